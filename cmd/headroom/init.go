package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"headroom/internal/atomicfile"
	"headroom/slo"
	"headroom/slo/catalog"
	"headroom/slo/diag"
	"headroom/slo/manifest"
	"headroom/slo/manifest/draft"
	"headroom/slo/slotest"
)

// initOptions are what headroom init is told.
type initOptions struct {
	specs      specFlags
	prometheus prometheusFlags

	service, owner, channel, runbook string
	templates                        []string
	set                              map[string]string
	target                           string
	output                           string
	force, ask, noTest               bool
}

func newInit() *cobra.Command {
	var o initOptions
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Write a first slo.yaml, by flags, by questions, or from what Prometheus has",
		Long: `Write a first slo.yaml, and an slo.test.yaml that tests it.

What flags do not say is asked when standard input is a terminal (or with --ask),
and taken from the templates otherwise. With --prometheus it looks there for the
metrics that the templates know, replays the last 28 days of those of the
service, and proposes the strictest target that would have been met with a
quarter of its budget to spare. Files that exist are left alone unless --force is
given.`,
		Example: "  headroom init\n" +
			"  headroom init --service checkout --prometheus http://prometheus:9090\n" +
			"  headroom init --service checkout --owner team-payments --template otel-http-availability --set job=checkout --target 99.9%",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return runInit(cmd, &o) },
	}
	flags := cmd.Flags()
	flags.StringVar(&o.service, "service", "", "`SERVICE`: name, or namespace/name (default: the name of this directory)")
	flags.StringVar(&o.owner, "owner", "", "`TEAM` that answers for the service")
	flags.StringVar(&o.channel, "channel", "", "`CHANNEL` where the owner is reached, such as #payments")
	flags.StringVar(&o.runbook, "runbook", "", "`URL` of the page that says what to do")
	flags.StringSliceVar(&o.templates, "template", nil, "`NAME` of a template, one for each objective; may be given again (see headroom templates list)")
	flags.StringToStringVar(&o.set, "set", nil, "`NAME=VALUE` of a parameter of the templates; may be given again")
	flags.StringVar(&o.target, "target", "", "`TARGET` of every objective, such as 99.9% (default: what was measured or the template suggests)")
	flags.StringVar(&o.output, "output", "slo.yaml", "`FILE` to write; - for standard output, without a test")
	flags.BoolVar(&o.force, "force", false, "replace files that exist")
	flags.BoolVar(&o.ask, "ask", false, "ask for what is not given, also when standard input is no terminal")
	flags.BoolVar(&o.noTest, "no-test", false, "write no slo.test.yaml")
	o.specs.registerTemplates(flags)
	o.prometheus.register(flags, "to look there for what the templates know")
	return cmd
}

// runInit decides on a draft and writes it.
func runInit(cmd *cobra.Command, o *initOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	options, err := o.specs.options(cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	known := options.Catalog
	w := newWizard(cmd, o, known)
	spec, err := w.draft(cmd.Context())
	if err != nil {
		return err
	}
	text, problems := spec.Text(known)
	if text == nil {
		if err := diag.Write(cmd.ErrOrStderr(), problems); err != nil {
			return err
		}
		return errProblems
	}
	if o.output == "-" {
		_, err := cmd.OutOrStdout().Write(text)
		return err
	}
	return o.write(cmd, text, known)
}

func (o *initOptions) check() error {
	if o.target != "" {
		if _, err := slo.ParseTarget(o.target); err != nil {
			return usagef("--target: %s", err)
		}
	}
	if o.service != "" {
		if _, _, err := slo.ParseService(o.service); err != nil {
			return usagef("--service: %s", err)
		}
	}
	if o.output == "-" || o.force {
		return nil
	}
	for _, path := range o.paths() {
		if _, err := os.Lstat(path); err == nil {
			return fmt.Errorf("write %s: it exists already; use --force to replace it, or --output for another file", path)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("write %s: %w", path, err)
		}
	}
	return nil
}

// paths are the files that are written: the spec and its test.
func (o *initOptions) paths() []string {
	if o.noTest {
		return []string{o.output}
	}
	return []string{o.output, slotest.TestName(o.output)}
}

// write writes the spec and its test, and says what to do next.
func (o *initOptions) write(cmd *cobra.Command, text []byte, known *catalog.Catalog) error {
	paths := o.paths()
	files := [][]byte{text}
	if !o.noTest {
		test, err := firstTest(paths[0], text, known)
		if err != nil {
			return err
		}
		files = append(files, test)
	}
	for i, path := range paths {
		_, err := atomicfile.Write(path, func(w io.Writer) error {
			_, err := w.Write(files[i])
			return err
		})
		if err != nil {
			return fmt.Errorf("write %s: %w", path, err)
		}
	}
	out := cmd.ErrOrStderr()
	fmt.Fprintf(out, "wrote %s\n\nNext:\n  headroom lint %[2]s\n  headroom explain %[2]s\n", strings.Join(paths, " and "), paths[0])
	if !o.noTest {
		fmt.Fprintf(out, "  headroom test %s\n", paths[1])
	}
	return nil
}

var notInNames = regexp.MustCompile(`[^a-z0-9]+`)

// nameOf makes a service's name of a directory's.
func nameOf(directory string) string {
	absolute, err := filepath.Abs(directory)
	if err != nil {
		return ""
	}
	name := strings.Trim(notInNames.ReplaceAllString(strings.ToLower(filepath.Base(absolute)), "-"), "-")
	if !slo.ValidName(name) {
		return ""
	}
	return name
}

// suggestion is the first objective of a template.
func suggestion(t *catalog.Template, values catalog.Values) draft.Objective {
	target, err := slo.ParseTarget(t.Suggest.Target)
	if err != nil {
		panic("headroom: the template " + t.Name + " was loaded with a bad target: " + err.Error())
	}
	return draft.Objective{
		Name: t.Suggest.Objective, Description: t.Description, Target: target, Window: t.Suggest.Window,
		Template: t.Name, Values: values,
	}
}

// firstTest writes a test of a spec's first objective.
func firstTest(spec string, text []byte, known *catalog.Catalog) ([]byte, error) {
	documents, problems := manifest.Options{Catalog: known}.Parse(spec, text)
	if diag.HasErrors(problems) || len(documents) == 0 || len(documents[0].Objectives) == 0 {
		return nil, fmt.Errorf("write a test for %s: the spec has no sound objective", spec)
	}
	return slotest.Sample(filepath.Base(spec), documents[0].Objectives[0]), nil
}
