package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"headroom/internal/version"
)

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version of headroom",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "headroom %s (%s, %s/%s)\n", version.String(), version.Go(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}
