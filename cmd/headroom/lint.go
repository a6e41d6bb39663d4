package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"headroom/slo/diag"
	"headroom/slo/manifest"
)

func newLint() *cobra.Command {
	formats := []string{"text", "json"}
	format := formats[0]
	policies := false
	cmd := &cobra.Command{
		Use:   "lint PATH...",
		Short: "Report every problem of spec files, with its place and how to mend it",
		Long: `Report every problem of spec files, with its place and how to mend it.

A PATH is a spec file of any name, or a directory, which is searched for
slo.yaml and *.slo.yaml. The problems go to standard output. The exit code is 1
when one of them is an error; warnings alone leave it 0.

With --policies, a PATH is a file of policies, or a directory, which is searched
for policy.yaml and *.policy.yaml.`,
		Example: "  headroom lint slo.yaml\n  headroom lint . --format json\n  headroom lint --policies policies/",
		Args:    paths,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOf("format", format, formats); err != nil {
				return err
			}
			if policies {
				return lintPolicies(cmd, args, format)
			}
			result := manifest.Load(cmd.Context(), args, manifest.Options{})
			if err := cmd.Context().Err(); err != nil {
				return fmt.Errorf("read specs: %w", err)
			}
			problems := slices.Concat(result.Problems, unheard(result))
			diag.Sort(problems)
			if err := writeProblems(cmd.OutOrStdout(), format, problems); err != nil {
				return err
			}
			fmt.Fprintln(cmd.ErrOrStderr(), verdict(result, problems))
			if diag.HasErrors(problems) {
				return errProblems
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&policies, "policies", false, "read policies instead of specs")
	cmd.Flags().StringVar(&format, "format", format, "`FORMAT` of the problems: text, or json for an array of objects")
	_ = cmd.RegisterFlagCompletionFunc("format", words(formats)) // fails for an unknown flag only
	return cmd
}

func writeProblems(w io.Writer, format string, problems []diag.Problem) error {
	if format == "text" {
		return diag.Write(w, problems)
	}
	if problems == nil {
		problems = []diag.Problem{} // an empty array rather than null
	}
	return writeJSON(w, problems)
}

func writeJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(v); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return nil
}

// verdict sums up what was read: "3 objectives in 1 file: 2 errors, 1 warning".
func verdict(result manifest.Result, problems []diag.Problem) string {
	return fmt.Sprintf("%s in %s: %s", count(len(result.Objectives()), "sound objective"), count(len(result.Files), "file"), foundOf(problems))
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
