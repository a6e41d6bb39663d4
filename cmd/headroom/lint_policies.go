package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"headroom/budget/policy"
	"headroom/slo/diag"
)

// lintPolicies reports the problems of policies.
func lintPolicies(cmd *cobra.Command, paths []string, format lintFormat) error {
	snapshot, err := policy.NewRegistry(nil, policy.Options{}).Update(cmd.Context(), paths)
	if err == nil {
		err = cmd.Context().Err()
	}
	if err != nil {
		return fmt.Errorf("read policies: %w", err)
	}
	if err := format.write(cmd.OutOrStdout(), snapshot.Problems); err != nil {
		return err
	}
	n := len(snapshot.Policies)
	noun := "sound policies"
	if n == 1 {
		noun = "sound policy"
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "%d %s: %s\n", n, noun, foundOf(snapshot.Problems))
	if diag.HasErrors(snapshot.Problems) {
		return errProblems
	}
	return nil
}
