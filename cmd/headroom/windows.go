package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"headroom/api/client"
	"headroom/api/figure"
	"headroom/api/v1"
	"headroom/slo"
)

func newWindows() *cobra.Command {
	var limit int
	return question[[]v1.Windows]{
		use:   "windows SLO",
		short: "Show in which windows an objective was met",
		long: `Show how the consecutive windows of an objective ended, and first how the present
one stands so far, as far back as the ledger knows what is counted now: met or
missed, and by how much of the budget. Windows of whole weeks begin on Mondays,
0:00 UTC. They are judged by today's target and with corrections; less than 90%
measured is unknown.`,
		example: "  headroom windows checkout/availability\n  headroom windows checkout/availability --limit 4 --json",
		flags: func(cmd *cobra.Command) {
			cmd.Flags().IntVar(&limit, "limit", v1.DefaultWindows, "`NUMBER` of windows")
		},
		check: func() error {
			if limit < 1 || limit > v1.MaxWindows {
				return usagef("--limit %d: give a number from 1 to %d", limit, v1.MaxWindows)
			}
			return nil
		},
		ask: func(ctx context.Context, service *client.Client, id slo.ID) ([]v1.Windows, error) {
			return service.Windows(ctx, id, limit)
		},
		write: writeWindows,
	}.command()
}

func writeWindows(w io.Writer, all []v1.Windows) error {
	told := false
	for _, g := range all {
		if len(g.Windows) == 0 {
			continue
		}
		told = true
		fmt.Fprint(w, inGroup(g.Group))
		var rows [][]string
		for _, win := range g.Windows {
			verdict := string(win.Verdict)
			switch {
			case win.Running:
				verdict += " so far"
			case win.Partial:
				verdict += ", begun within"
			}
			if win.Corrected {
				verdict += ", corrected"
			}
			rows = append(rows, []string{
				minute(win.Start), minute(win.End), verdict, figure.Remaining(win.Remaining), figure.Share(win.ErrorRatio),
				figure.Count(win.Bad), figure.Count(win.Total), figure.Share(win.Coverage),
			})
		}
		if err := writeTable(w, "FROM\tTO\tTARGET\tLEFT\tERRORS\tBAD\tTOTAL\tMEASURED", rows); err != nil {
			return err
		}
	}
	if !told {
		_, err := fmt.Fprintln(w, "No windows: nothing was measured yet.")
		return err
	}
	return nil
}
