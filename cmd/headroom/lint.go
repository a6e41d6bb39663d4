package main

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"headroom/slo/diag"
	"headroom/slo/manifest"
)

func newLint() *cobra.Command {
	var format lintFormat
	var specs specFlags
	var store prometheusFlags
	policies, corrections := false, false
	cmd := &cobra.Command{
		Use:   "lint PATH...",
		Short: "Report every problem of spec files, with its place and how to mend it",
		Long: `Report every problem of spec files, with its place and how to mend it.

A PATH is a spec file of any name, or a directory, which is searched for
slo.yaml and *.slo.yaml. The problems go to standard output. The exit code is 1
when one of them is an error; warnings alone leave it 0. headroom checks says
more of each check, whose name stands in brackets.

Formats:
  text    for people: the place, the line, how to mend it
  json    an array of objects
  sarif   SARIF 2.1.0, with the pages of the checks, for code scanning
  github  workflow commands, which GitHub Actions shows at the lines
  gitlab  a code quality report, which GitLab shows in merge requests

With --policies, a PATH is a file of policies, or a directory, which is searched
for policy.yaml and *.policy.yaml; with --corrections one of corrections, which
is searched for correction.yaml and *.correction.yaml.

With --prometheus, the metrics store is asked too: whether series exist and
labels match, counters are counters, thresholds are buckets, what the rules would
cost, and whether there is traffic enough for the target and retention for the
window. What it measured goes to standard error.`,
		Example: "  headroom lint slo.yaml\n  headroom lint . --format sarif > headroom.sarif\n  headroom lint . --prometheus http://prometheus:9090\n  headroom lint --policies policies/",
		Args:    paths,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := format.check(); err != nil {
				return err
			}
			if policies && store.given() {
				return usagef("--policies and --prometheus exclude each other: policies read no metrics")
			}
			if corrections && (policies || store.given()) {
				return usagef("--corrections excludes --policies and --prometheus: corrections are neither, and read no metrics")
			}
			if corrections {
				return lintCorrections(cmd, args, format)
			}
			if policies {
				return lintPolicies(cmd, args, format)
			}
			options, broken := specs.read()
			result := manifest.Load(cmd.Context(), args, options)
			if err := cmd.Context().Err(); err != nil {
				return fmt.Errorf("read specs: %w", err)
			}
			problems := slices.Concat(broken, result.Problems, unheard(result), contradicted(result), burdens(result))
			if store.given() {
				found, err := lintLive(cmd.Context(), cmd.ErrOrStderr(), &store, result)
				if err != nil {
					return err
				}
				problems = append(problems, found...)
			}
			diag.Sort(problems)
			return format.report(cmd, count(len(result.Objectives()), "sound objective")+" in "+count(len(result.Files), "file"), problems)
		},
	}
	cmd.Flags().BoolVar(&policies, "policies", false, "read policies instead of specs")
	cmd.Flags().BoolVar(&corrections, "corrections", false, "read corrections instead of specs")
	specs.register(cmd.Flags())
	store.register(cmd.Flags(), "to be asked whether it has what the specs read")
	format.add(cmd)
	return cmd
}

// report writes the problems, and sums up what was read: "3 sound objectives in 1
// file: 2 errors, 1 warning".
func (f *lintFormat) report(cmd *cobra.Command, read string, problems []diag.Problem) error {
	if err := f.write(cmd.OutOrStdout(), problems); err != nil {
		return err
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "%s: %s\n", read, foundOf(problems))
	if diag.HasErrors(problems) {
		return errProblems
	}
	return nil
}

// foundOf counts problems: "2 errors, 1 warning", or "no problems".
func foundOf(problems []diag.Problem) string {
	errs := 0
	for _, p := range problems {
		if p.Severity == diag.Error {
			errs++
		}
	}
	found := "no problems"
	switch warnings := len(problems) - errs; {
	case errs > 0 && warnings > 0:
		found = count(errs, "error") + ", " + count(warnings, "warning")
	case errs > 0:
		found = count(errs, "error")
	case warnings > 0:
		found = count(warnings, "warning")
	}
	return found
}
