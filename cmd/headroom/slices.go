package main

import (
	"encoding/json"
	"fmt"
	"math"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"headroom/api/v1"
	"headroom/slo"
)

func newSlices() *cobra.Command {
	var (
		where     serviceFlags
		when      spanFlags
		corrected bool
		sli       string
		asJSON    bool
	)
	cmd := &cobra.Command{
		Use:   "slices SLO",
		Short: "Show the slices of an objective",
		Long: `Show the slices that an objective's balance is made of: what was bad of what
there was in each, and where that is from: tile, recorded by the rules; raw, read
from the raw series; event, from platform events. Without a time it is the
objective's window. COUNTED is how much of a slice's time counts: with --corrected
what no correction excludes.`,
		Example: "  headroom slices checkout/availability --last 2h\n  headroom slices checkout/availability --from 2026-11-23T14:00:00Z --corrected --json",
		Args:    oneObjective,
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := slo.ParseID(args[0])
			if err != nil {
				return usagef("%s", err)
			}
			span, err := when.span(time.Now())
			if err != nil {
				return err
			}
			service, err := where.client(0)
			if err != nil {
				return err
			}
			lines := json.NewEncoder(cmd.OutOrStdout())
			table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			if !asJSON {
				fmt.Fprintln(table, "START\tEND\tCOUNTED\tBAD\tTOTAL\tSOURCE\tGROUP")
			}
			for page, err := range service.Slices(cmd.Context(), id, v1.PastQuery{From: span.From, To: span.To, Corrected: corrected, SLI: sli}) {
				if err != nil {
					return explainUnanswered(err)
				}
				for _, s := range page {
					if asJSON {
						if err := lines.Encode(s); err != nil {
							return err
						}
						continue
					}
					fmt.Fprintf(table, "%s\t%s\t%s\t%.8g\t%.8g\t%s\t%s\n", s.Start.Format(time.DateTime), s.End.Format(time.DateTime), counted(s.Counted), s.Bad, s.Total, s.Source, s.Group)
				}
			}
			return table.Flush()
		},
	}
	where.add(cmd.Flags())
	when.add(cmd)
	addSLI(cmd, &sli)
	cmd.Flags().BoolVar(&corrected, "corrected", false, "leave out what corrections exclude")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object on each line instead of a table")
	return cmd
}

func counted(seconds float64) string {
	return slo.FormatDuration(time.Duration(math.Round(seconds*1000)) * time.Millisecond)
}
