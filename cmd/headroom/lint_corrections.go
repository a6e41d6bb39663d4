package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"headroom/budget/correction"
	"headroom/slo/diag"
)

// lintCorrections reports the problems of corrections.
func lintCorrections(cmd *cobra.Command, paths []string, format lintFormat) error {
	loaded := correction.Lint(cmd.Context(), paths, time.Now())
	if err := cmd.Context().Err(); err != nil {
		return fmt.Errorf("read corrections: %w", err)
	}
	if err := format.write(cmd.OutOrStdout(), loaded.Problems); err != nil {
		return err
	}
	n := len(loaded.Documents)
	noun := "sound corrections"
	if n == 1 {
		noun = "sound correction"
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "%d %s: %s\n", n, noun, foundOf(loaded.Problems))
	if diag.HasErrors(loaded.Problems) {
		return errProblems
	}
	return nil
}
