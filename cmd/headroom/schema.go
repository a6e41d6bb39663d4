package main

import (
	"encoding/json"
	"strings"

	"github.com/invopop/jsonschema"
	"github.com/spf13/cobra"
)

func newSchema() *cobra.Command {
	var names []string
	for _, kind := range documentKinds() {
		names = append(names, kind.name)
	}
	return &cobra.Command{
		Use:   "schema [KIND]",
		Short: "Print the JSON Schema of spec files, for editors",
		Long: `Print the JSON Schema of spec files, or of documents of another KIND: ` + strings.Join(names, ", ") + `.

An editor with a YAML language server uses it when the first line of a spec is
# yaml-language-server: $schema=slo.schema.json`,
		Example:   "  headroom schema > slo.schema.json\n  headroom schema defaults > defaults.schema.json",
		ValidArgs: names,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef("%s takes one KIND, and %q is another", cmd.CommandPath(), args[1])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			kind := names[0]
			if len(args) == 1 {
				kind = args[0]
			}
			for _, k := range documentKinds() {
				if k.name != kind {
					continue
				}
				schema := k.schema()
				schema.Version = jsonschema.Version
				encoder := json.NewEncoder(cmd.OutOrStdout())
				encoder.SetIndent("", "  ")
				return encoder.Encode(schema)
			}
			return usagef("kind %q is not known: use %s", kind, strings.Join(names, ", "))
		},
	}
}
