package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"headroom/api/client"
	"headroom/api/figure"
	"headroom/api/v1"
	"headroom/budget/incident"
	"headroom/slo"
)

func newIncidents() *cobra.Command {
	var (
		when spanFlags
		span v1.Span
	)
	return question[[]v1.Incidents]{
		use:   "incidents SLO",
		short: "Show the incidents that spent an error budget",
		long: `Show the incidents that spent the error budget of an objective, the latest
first: stretches of time in which it was spent more than twice as fast as it
lasts, that cost at least 1% of it and are no accident of few events. Those less
than an hour apart, or a 24th of a window under a day, are one, of the events of
its stretches alone. EXCESS are the bad events beyond what the target allows,
COST their share of the budget. Alerts are as the metrics store recorded them; ~
marks those computed from the slices, where it has none.`,
		example: "  headroom incidents checkout/availability\n  headroom incidents checkout/availability --last 90d\n  headroom incidents checkout/availability --json | jq '.[].incidents[] | select(.ongoing)'",
		flags:   when.add,
		check:   func() (err error) { span, err = when.span(time.Now()); return err },
		ask: func(ctx context.Context, service *client.Client, id slo.ID) ([]v1.Incidents, error) {
			return service.Incidents(ctx, id, span)
		},
		write: writeIncidents,
	}.command()
}

func writeIncidents(w io.Writer, all []v1.Incidents) error {
	found := false
	for _, g := range all {
		found = found || len(g.Incidents) > 0
	}
	if !found {
		_, err := fmt.Fprintln(w, "No incidents.")
		return err
	}
	for _, g := range all {
		if len(g.Incidents) == 0 {
			continue
		}
		fmt.Fprint(w, inGroup(g.Group))
		var rows [][]string
		for _, in := range g.Incidents {
			lasted := lasting(in.End.Sub(in.Start))
			if in.Ongoing {
				lasted += " so far"
			}
			rows = append(rows, []string{
				minute(in.Start), lasted, figure.Count(&in.Excess), figure.Spent(&in.Share), figure.Burn(&in.Burn), figure.Burn(&in.Peak), alertTimes(in),
			})
		}
		if err := writeTable(w, "START\tLASTED\tEXCESS\tCOST\tBURN\tPEAK\tALERTS", rows); err != nil {
			return err
		}
	}
	return nil
}

// alertTimes says how long after its start an incident alerted.
func alertTimes(in v1.Incident) string {
	var texts []string
	for _, a := range in.Alerts {
		mark := ""
		if a.Source == incident.Computed {
			mark = "~"
		}
		texts = append(texts, fmt.Sprintf("%s %safter %s", a.Severity, mark, lasting(a.At.Sub(in.Start))))
	}
	if len(texts) == 0 {
		return figure.Unknown
	}
	return strings.Join(texts, ", ")
}

// lasting writes a time to the minute, and what is shorter to the second.
func lasting(d time.Duration) string {
	if d < time.Minute {
		return span(d.Seconds())
	}
	return slo.FormatDuration(d.Round(time.Minute))
}
