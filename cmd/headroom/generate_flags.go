package main

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"headroom/internal/config"
	"headroom/rules"
	"headroom/rules/outputs"
	"headroom/slo"
)

// compileFlags say how objectives become rules.
type compileFlags struct {
	target, externalURL, dashboardURL, runbookURL string
	queryOffset                                   time.Duration
}

func (f *compileFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.target, "target", config.DefaultTarget, "`TARGET` that evaluates the rules: "+strings.Join(config.Targets(), ", "))
	flags.StringVar(&f.externalURL, "external-url", "", "`URL` of the headroom service, for links in alerts")
	flags.StringVar(&f.dashboardURL, "dashboard-url", "", "`URL` of an objective's dashboard, for links in alerts, such as https://grafana.example/d/{uid}")
	flags.StringVar(&f.runbookURL, "runbook-url", "", "`URL` of what to do about an alert, where a spec has no runbook, such as https://wiki.example/alerts#{alert} (default: the page of the service)")
	flags.DurationVar(&f.queryOffset, "query-offset", 0, "`TIME` for which rules wait for late samples (prometheus-3 and later)")
}

// options checks the flags.
func (f *compileFlags) options() (rules.Dialect, rules.Options, error) {
	dialect, o := rules.Dialect(f.target), rules.Options{ExternalURL: f.externalURL, DashboardURL: f.dashboardURL, RunbookURL: f.runbookURL, QueryOffset: f.queryOffset}
	if err := oneOf("target", f.target, config.Targets()); err != nil {
		return dialect, o, err
	}
	if err := checkURL("external-url", f.externalURL); err != nil {
		return dialect, o, err
	}
	if err := rules.CheckDashboardURL(f.dashboardURL); err != nil {
		return dialect, o, usagef("--dashboard-url: %s", err)
	}
	if err := rules.CheckRunbookURL(f.runbookURL); err != nil {
		return dialect, o, usagef("--runbook-url: %s", err)
	}
	if f.queryOffset < 0 || f.queryOffset > time.Hour {
		return dialect, o, usagef("--query-offset %s: give a time from 0 to 1h", f.queryOffset)
	}
	if f.queryOffset > 0 && !dialect.HasQueryOffset() {
		return dialect, o, usagef("--query-offset: the target %s knows no query_offset", f.target)
	}
	return dialect, o, nil
}

// tell says on w what of the rules for some objectives people may not expect.
func (f *compileFlags) tell(w io.Writer, objectives int) {
	if objectives == 0 {
		return
	}
	if f.externalURL == "" && f.dashboardURL == "" && f.runbookURL == "" {
		fmt.Fprintln(w, "note: alerts have no links but the runbooks of the specs: give --external-url with the URL of the service, or --dashboard-url and --runbook-url")
	}
	if f.queryOffset > 0 {
		fmt.Fprintf(w, "note: rules wait %s for late samples (--query-offset), so pages come as much later\n", slo.FormatDuration(f.queryOffset))
	}
}

// compiler checks the flags.
func (f *compileFlags) compiler() (func([]*slo.Objective) (iter.Seq[rules.Group], error), error) {
	dialect, o, err := f.options()
	if err != nil {
		return nil, err
	}
	return func(objectives []*slo.Objective) (iter.Seq[rules.Group], error) {
		return rules.All(objectives, dialect, o)
	}, nil
}

// formatFlags say in which form rules are written.
type formatFlags struct {
	outputs.Options

	format  string
	labels  []string
	maxSize size
}

func (f *formatFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	f.maxSize = outputs.DefaultMaxBytes
	flags.StringVar(&f.format, "format", string(outputs.Prometheus), "`FORMAT` to write: "+strings.Join(formats(), ", "))
	flags.StringVar(&f.Name, "name", outputs.DefaultName, "`NAME` that the names of objects begin with")
	flags.StringVar(&f.Namespace, "namespace", "", "`NAMESPACE` of objects (default: that of whoever applies them)")
	flags.StringArrayVar(&f.labels, "label", nil, "`NAME=VALUE` of a label of objects; may be given again")
	flags.Var(&f.maxSize, "max-size", "`SIZE` of an object, such as 200KiB; what does not fit is split")
	flags.StringVar(&f.PartialResponse, "partial-response", outputs.Abort, "what Thanos does when a store does not answer: `abort` or warn")
	_ = cmd.RegisterFlagCompletionFunc("format", words(formats()))                                       // fails for an unknown flag only
	_ = cmd.RegisterFlagCompletionFunc("partial-response", words([]string{outputs.Abort, outputs.Warn})) // fails for an unknown flag only
}

func formats() []string {
	list := make([]string, 0, len(outputs.Formats()))
	for _, f := range outputs.Formats() {
		list = append(list, string(f))
	}
	return list
}

// output checks the flags. The format chooses the target when nobody says.
func (f *formatFlags) output(cmd *cobra.Command, c *compileFlags) (*outputs.Output, error) {
	if err := oneOf("format", f.format, formats()); err != nil {
		return nil, err
	}
	f.Format, f.MaxBytes = outputs.Format(f.format), int(f.maxSize)
	if !cmd.Flags().Changed("target") {
		c.target = string(f.Format.Dialects()[0])
	}
	if err := f.unused(cmd.Flags()); err != nil {
		return nil, err
	}
	if err := f.readLabels(); err != nil {
		return nil, err
	}
	dialect, compile, err := c.options()
	if err != nil {
		return nil, err
	}
	if !f.Format.Evaluates(dialect) {
		return nil, usagef("--target %s is nothing for --format %s: leave --target out", c.target, f.format)
	}
	out, err := outputs.New(f.Options, dialect, compile)
	if err != nil {
		return nil, usagef("%s", err)
	}
	return out, nil
}

func (f *formatFlags) readLabels() error {
	f.Labels = make(map[string]string, len(f.labels))
	for _, text := range f.labels {
		name, value, found := strings.Cut(text, "=")
		if _, twice := f.Labels[name]; !found || twice {
			return usagef("--label %q: write NAME=VALUE, each name once", text)
		}
		f.Labels[name] = value
	}
	return nil
}

// unused refuses flags that would have no effect.
func (f *formatFlags) unused(flags *pflag.FlagSet) error {
	for _, name := range []string{"name", "namespace", "label", "max-size"} {
		if flags.Changed(name) && !f.Format.Kubernetes() {
			return usagef("--%s is for objects of Kubernetes: give --format prometheusrule, vmrule or configmap with it", name)
		}
	}
	if flags.Changed("partial-response") && f.Format != outputs.Thanos {
		return usagef("--partial-response is for Thanos: give --format thanos with it")
	}
	return nil
}

// size is a number of bytes on the command line.
type size int

var sizeForm = regexp.MustCompile(`^([0-9]{1,9})(KiB|MiB)?$`)

// Set implements pflag.Value.
func (s *size) Set(text string) error {
	parts := sizeForm.FindStringSubmatch(text)
	if parts == nil {
		return errors.New("write a size such as 200KiB or 1MiB")
	}
	n, err := strconv.Atoi(parts[1])
	if err != nil {
		return err
	}
	*s = size(n * map[string]int{"": 1, "KiB": 1 << 10, "MiB": 1 << 20}[parts[2]])
	return nil
}

// String implements pflag.Value.
func (s *size) String() string {
	if *s%1024 != 0 {
		return strconv.Itoa(int(*s))
	}
	return strconv.Itoa(int(*s)>>10) + "KiB"
}

// Type implements pflag.Value.
func (s *size) Type() string { return "size" }

func formatHelp() string {
	return `  prometheus      a rule file, also for Mimir and Cortex
  prometheusrule  PrometheusRule objects of prometheus-operator
  vmrule          VMRule objects of VictoriaMetrics's operator
  vmalert         a rule file of vmalert, 1.79 and later
  thanos          a rule file of Thanos's ruler
  configmap       ConfigMaps that hold rule files`
}

// destination is where generate writes.
type destination interface {
	// write compiles everything before it changes anything, and says on log
	// what it did.
	write(out *outputs.Output, objectives []*slo.Objective, log io.Writer) error
}
