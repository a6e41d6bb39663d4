package main

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"headroom/internal/config"
)

// toStdout is the --output that writes to standard output.
const toStdout = "-"

func newGenerate() *cobra.Command {
	var output string
	var force bool
	var specs specFlags
	var compile compileFlags
	var format formatFlags
	cmd := &cobra.Command{
		Use:   "generate PATH...",
		Short: "Compile spec files into recording and alert rules",
		Long: `Compile spec files into recording and alert rules, in the form in which their
consumer reads them.

A PATH is a spec file of any name, or a directory, which is searched for
slo.yaml and *.slo.yaml. Nothing is written unless every spec is sound. A file
is replaced at once, and only when its content changes; one that headroom did not
write only with --force. In a directory, the rules of each service are a file of
their own. Those of the same format that belong to no service of PATH are removed;
files that headroom did not write, and those of other formats, stay as they are.

Formats:
` + formatHelp() + `

Targets:
` + targetHelp(),
		Example: `  headroom generate slo.yaml
  headroom generate services/ --output /etc/prometheus/slo/ --target prometheus-3
  headroom generate services/ --format prometheusrule --namespace monitoring --label release=prometheus --output rules/
  headroom generate services/ --format configmap --name slo-rules | kubectl apply -f -`,
		Args: paths,
		RunE: func(cmd *cobra.Command, args []string) error {
			out, err := format.output(cmd, &compile)
			if err != nil {
				return err
			}
			result, err := specs.load(cmd.Context(), cmd.ErrOrStderr(), args)
			if err != nil {
				return err
			}
			where, err := newDestination(output, force, format.Format, result.Files, cmd.OutOrStdout())
			if err != nil {
				return err
			}
			if err := where.write(out, result.Objectives(), cmd.ErrOrStderr()); err != nil {
				return err
			}
			compile.tell(cmd.ErrOrStderr(), len(result.Objectives()))
			return nil
		},
	}
	flags := cmd.Flags()
	specs.register(flags)
	compile.register(flags)
	format.register(cmd)
	flags.StringVarP(&output, "output", "o", toStdout, "`FILE` to write, or an existing directory or one that ends in /, or - for standard output")
	flags.BoolVar(&force, "force", false, "replace FILE also when headroom did not write it")
	_ = cmd.RegisterFlagCompletionFunc("target", words(config.Targets())) // fails for an unknown flag only
	cmd.AddCommand(newGenerateAlertmanager())
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
