package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"headroom/budget/policy"
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
	read := "1 sound policy"
	if n := len(snapshot.Policies); n != 1 {
		read = fmt.Sprintf("%d sound policies", n)
	}
	return format.report(cmd, read, snapshot.Problems)
}
