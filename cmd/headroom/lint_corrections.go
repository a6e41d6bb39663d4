package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"headroom/budget/correction"
)

// lintCorrections reports the problems of corrections.
func lintCorrections(cmd *cobra.Command, paths []string, format lintFormat) error {
	loaded := correction.Lint(cmd.Context(), paths, time.Now())
	if err := cmd.Context().Err(); err != nil {
		return fmt.Errorf("read corrections: %w", err)
	}
	return format.report(cmd, count(len(loaded.Documents), "sound correction"), loaded.Problems)
}
