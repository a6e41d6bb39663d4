package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"headroom/api/client"
	"headroom/api/figure"
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
	for _, series := range h.Series {
		fmt.Fprint(w, inGroup(series.Group))
		var rows [][]string
		for _, p := range series.Points {
			bad, total := &p.Bad, &p.Total
			if !isKnown(p) {
				bad, total = nil, nil
			}
			rows = append(rows, []string{minute(p.End), figure.Count(bad), figure.Count(total), figure.Share(p.Measured), figure.Remaining(p.Remaining)})
		}
		if err := writeTable(w, "END\tBAD\tTOTAL\tMEASURED\tLEFT", rows); err != nil {
			return err
		}
	}
	return nil
}

// isKnown reports whether anything is known of a point: corrections may add
// events to what was not measured.
func isKnown(p v1.Point) bool {
	return p.Measured != nil && *p.Measured > 0 || p.Bad != 0 || p.Total != 0
}
