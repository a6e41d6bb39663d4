package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"headroom/api/client"
	"headroom/api/v1"
	"headroom/slo"
)

func newHistory() *cobra.Command {
	var (
		when   spanFlags
		points int
		sli    string
	)
	return question[v1.History]{
		use: "history SLO", short: "Show how an objective fared",
		long: `Show how an objective fared over a time, summed up: what was bad of what there
was, how much was measured, and what was left of the budget at the end of each
line. Corrections count. Without a time it is the objective's window.`,
		example: "  headroom history checkout/availability\n  headroom history checkout/availability --last 7d --points 28\n  headroom history checkout/availability --json | jq '.series[0].points'",
		flags: func(cmd *cobra.Command) {
			when.add(cmd)
			addSLI(cmd, &sli)
			cmd.Flags().IntVar(&points, "points", 28, fmt.Sprintf("at most so many lines, `N` from 2 to %d", v1.MaxPoints))
		},
		check: func() error {
			if points < 2 || points > v1.MaxPoints {
				return usagef("--points %d is not from 2 to %d", points, v1.MaxPoints)
			}
			_, err := when.span(time.Now())
			return err
		},
		ask: func(ctx context.Context, service *client.Client, id slo.ID) (v1.History, error) {
			span, err := when.span(time.Now())
			if err != nil {
				return v1.History{}, err
			}
			return service.History(ctx, id, v1.PastQuery{From: span.From, To: span.To, Points: points, SLI: sli})
		},
		write: writeHistory,
	}.command()
}

func writeHistory(w io.Writer, h v1.History) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "END\tBAD\tTOTAL\tMEASURED\tLEFT\t")
	for _, series := range h.Series {
		if !series.Group.IsZero() {
			fmt.Fprintf(t, "%s\t\t\t\t\t\n", series.Group)
		}
		for _, p := range series.Points {
			fmt.Fprintf(t, "%s\t%.6g\t%.6g\t%s\t%s\t\n", p.End.Format("2006-01-02 15:04"), p.Bad, p.Total, share(p.Measured), share(p.Remaining))
		}
	}
	return t.Flush()
}

// share writes a ratio as a percentage, and what is not known as a dash.
func share(ratio *float64) string {
	if ratio == nil {
		return "-"
	}
	return fmt.Sprintf("%.1f%%", 100**ratio)
}
