package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"headroom/api/client"
	"headroom/api/table"
	"headroom/api/v1"
	"headroom/budget"
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
	flags.StringVar(&filter.Namespace, "namespace", "", "show one `NAMESPACE` only")
	flags.StringVar(&filter.Service, "service", "", "show one `SERVICE` only: name, or namespace/name")
	flags.StringVar(&filter.Owner, "owner", "", "show one `OWNER` only")
	flags.StringVar((*string)(&filter.State), "state", "", "show one budget `STATE` only: exhausted, caution, healthy or unknown")
	_ = cmd.RegisterFlagCompletionFunc("state", words(stateNames())) // fails for an unknown flag only
	return cmd
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
	if filter.State == budget.State("") {
		return nil
	}
	return oneOf("state", string(filter.State), stateNames())
}
