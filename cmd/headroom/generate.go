package main

import (
	"fmt"
	"io"
	"iter"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"headroom/internal/config"
	"headroom/rules"
	"headroom/slo"
)

// frugal is the growth of the heap, in percent, after which memory is collected
// while rules are generated. It keeps the peak low where CI has little memory.
const frugal = 30

// toStdout is the --output that writes to standard output.
const toStdout = "-"

func newGenerate() *cobra.Command {
	var target, output, externalURL string
	cmd := &cobra.Command{
		Use:   "generate PATH...",
		Short: "Compile spec files into recording and alert rules",
		Long: `Compile spec files into recording and alert rules for Prometheus or
VictoriaMetrics.

A PATH is a spec file of any name, or a directory, which is searched for
slo.yaml and *.slo.yaml. Nothing is written unless every spec is sound. A file
is replaced at once, and only when its content changes. In a directory, the
rules of each service are a file of their own, and those of services that are
gone are removed; files that headroom did not write stay as they are.

Targets:
` + targetHelp(),
		Example: `  headroom generate slo.yaml
  headroom generate services/ --output rules.yml
  headroom generate services/ --output /etc/prometheus/slo/ --target prometheus-3`,
		Args: paths,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOf("target", target, config.Targets()); err != nil {
				return err
			}
			if err := checkURL("external-url", externalURL); err != nil {
				return err
			}
			defer debug.SetGCPercent(debug.SetGCPercent(frugal))
			result, err := loadSpecs(cmd.Context(), cmd.ErrOrStderr(), args)
			if err != nil {
				return err
			}
			out, err := newDestination(output, result.Files, cmd.OutOrStdout())
			if err != nil {
				return err
			}
			compile := func(objectives []*slo.Objective) (iter.Seq[rules.Group], error) {
				return rules.All(objectives, rules.Dialect(target), rules.Options{ExternalURL: externalURL})
			}
			return out.write(result.Objectives(), compile, cmd.ErrOrStderr())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&target, "target", config.DefaultTarget, "`TARGET` that evaluates the rules: "+strings.Join(config.Targets(), ", "))
	flags.StringVarP(&output, "output", "o", toStdout, "`FILE` to write, or an existing directory or one that ends in /, or - for standard output")
	flags.StringVar(&externalURL, "external-url", "", "`URL` of the headroom service, for links in alerts")
	_ = cmd.RegisterFlagCompletionFunc("target", words(config.Targets())) // fails for an unknown flag only
	return cmd
}

func targetHelp() string {
	help := map[string]string{
		"prometheus-2.42": "Prometheus 2.42 and every later version",
		"prometheus-3":    "Prometheus 3: UTF-8 names",
		"prometheus-3.16": "Prometheus 3.16 and later: counts without extrapolation (anchored)",
		"victoriametrics": "vmalert with VictoriaMetrics",
	}
	lines := make([]string, 0, len(help))
	for _, t := range config.Targets() {
		lines = append(lines, fmt.Sprintf("  %-15s  %s", t, help[t]))
	}
	return strings.Join(lines, "\n")
}

func checkURL(flag, value string) error {
	if value == "" {
		return nil
	}
	u, err := url.Parse(value)
	if err != nil || u.Host == "" || !slices.Contains([]string{"http", "https"}, u.Scheme) {
		return usagef("--%s %q is not a URL: write https://host or http://host:port", flag, value)
	}
	return nil
}

// compiler turns objectives into rule groups; its error means that none of
// them was compiled.
type compiler func([]*slo.Objective) (iter.Seq[rules.Group], error)

// destination is where generate writes.
type destination interface {
	// write compiles everything before it changes anything, and says on log
	// what it did.
	write(objectives []*slo.Objective, compile compiler, log io.Writer) error
}
