package main

import (
	"github.com/spf13/cobra"

	"headroom/slo/manifest"
)

func newSchema() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of spec files, for editors",
		Long: `Print the JSON Schema of spec files, for editors.

An editor with a YAML language server uses it when the first line of a spec is
# yaml-language-server: $schema=slo.schema.json`,
		Example: "  headroom schema > slo.schema.json",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			schema, err := manifest.Schema()
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(schema)
			return err
		},
	}
}
