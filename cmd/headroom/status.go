package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"headroom/api/client"
	"headroom/api/table"
	"headroom/api/v1"
	"headroom/slo/diag"
)

func newStatus() *cobra.Command {
	var (
		where  serviceFlags
		asJSON bool
		filter v1.Filter
	)
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show the error budgets of a running service",
		Long: `Show the error budgets of a running service: one line for each group of each
objective. What is not known is a dash, and null in JSON.`,
		Example: "  headroom status\n  headroom status --owner team-payments --state exhausted\n  headroom status --json | jq '.[] | select(.budget.remaining < 0.5) | .id'",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkFilter(filter); err != nil {
				return err
			}
			service, err := where.client(0)
			if err != nil {
				return err
			}
			slos, err := service.SLOs(cmd.Context(), filter)
			if err != nil {
				return explainUnanswered(err)
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), slos)
			}
			if err := table.Write(cmd.OutOrStdout(), slos, table.For(cmd.OutOrStdout(), os.Getenv)); err != nil {
				return err
			}
			return mentionProblems(cmd, service)
		},
	}
	flags := cmd.Flags()
	where.add(flags)
	flags.BoolVar(&asJSON, "json", false, "print an array of objects instead of a table")
	addFilter(cmd, &filter)
	return cmd
}

// addFilter adds the flags that select statuses.
func addFilter(cmd *cobra.Command, filter *v1.Filter) {
	flags := cmd.Flags()
	flags.StringVar(&filter.Namespace, "namespace", "", "one `NAMESPACE` only")
	flags.StringVar(&filter.Service, "service", "", "one `SERVICE` only: name, or namespace/name")
	flags.StringVar(&filter.Owner, "owner", "", "one `OWNER` only")
	flags.StringVar(&filter.Label, "label", "", "only what has the `LABEL`, as in tier=1; several with commas")
	flags.StringVar((*string)(&filter.State), "state", "", "one budget `STATE` only: exhausted, caution, healthy or unknown")
	flags.StringVar((*string)(&filter.Data), "data", "", "one `STATE` of the data only: ok, young, no_traffic, unmeasured, absent or rules_missing")
	_ = cmd.RegisterFlagCompletionFunc("state", words(stateNames()))          // fails for an unknown flag only
	_ = cmd.RegisterFlagCompletionFunc("data", words(texts(v1.DataStates()))) // likewise
}

// mentionProblems says on standard error what is wrong with the service's
// specs, rules or metrics store, so that a calm table is not taken for a calm
// service.
func mentionProblems(cmd *cobra.Command, service *client.Client) error {
	problems, err := service.Problems(cmd.Context())
	if err != nil {
		return explainUnanswered(err)
	}
	if len(problems) == 0 {
		return nil
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "\nProblems of the service: %d\n", len(problems))
	return diag.Write(cmd.ErrOrStderr(), problems)
}

func stateNames() []string {
	var names []string
	for _, state := range v1.States() {
		names = append(names, string(state))
	}
	return names
}

func checkFilter(filter v1.Filter) error {
	if filter.State != "" {
		if err := oneOf("state", string(filter.State), stateNames()); err != nil {
			return err
		}
	}
	if filter.Data != "" {
		if err := oneOf("data", string(filter.Data), texts(v1.DataStates())); err != nil {
			return err
		}
	}
	if _, err := v1.ParseFilter(filter.Query()); err != nil {
		return usagef("--label %q is not name=value", filter.Label)
	}
	return nil
}
