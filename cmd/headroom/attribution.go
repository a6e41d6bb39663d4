package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"headroom/api/client"
	"headroom/api/figure"
	"headroom/api/v1"
	"headroom/rules"
	"headroom/slo"
)

// attributed is what headroom attribution answers: a split, or the labels that
// one may be made by.
type attributed struct {
	*v1.Attribution

	Labels []v1.Label `json:"labels,omitempty"`
}

func newAttribution() *cobra.Command {
	var (
		when  spanFlags
		query v1.AttributionQuery
		group map[string]string
	)
	return question[attributed]{
		use:   "attribution SLO",
		short: "Show which values of a label spent an error budget",
		long: `Show which values of a label of the raw series spent the error budget of an
objective, the most bad events first. EXCESS are the bad events beyond what the
target allows for the traffic of that value: below 0 it is within its part.
Without --by, labels are proposed.

The metrics store is asked once, and reads the raw series of the whole time: for
an objective with many series ask for a shorter time. What it has forgotten is
not attributed; when the ledger counted more bad events, that is said. Indicators
that are an error ratio and platform events cannot be split.`,
		example: "  headroom attribution checkout/availability\n  headroom attribution checkout/availability --by route\n  headroom attribution checkout/availability --by pod --last 6h --limit 5",
		flags: func(cmd *cobra.Command) {
			when.add(cmd)
			cmd.Flags().StringVar(&query.By, "by", "", "`LABEL` to split by (default: propose some)")
			cmd.Flags().StringToStringVar(&group, "group", nil, "`LABELS` of one group of the objective, such as region=eu (default: all groups together)")
			cmd.Flags().IntVar(&query.Limit, "limit", 10, "`NUMBER` of values")
		},
		check: func() (err error) {
			if query.Limit < 1 || query.Limit > rules.MaxAttributed {
				return usagef("--limit %d: give a number from 1 to %d", query.Limit, rules.MaxAttributed)
			}
			query.Group = slo.NewGroup(group)
			query.Span, err = when.span(time.Now())
			return err
		},
		ask: func(ctx context.Context, service *client.Client, id slo.ID) (attributed, error) {
			if query.By == "" {
				labels, err := service.Labels(ctx, id)
				return attributed{Labels: labels}, err
			}
			a, err := service.Attribution(ctx, id, query)
			return attributed{Attribution: &a}, err
		},
		write: writeAttribution,
	}.command()
}

func writeAttribution(w io.Writer, a attributed) error {
	if a.Attribution == nil {
		return writeLabels(w, a.Labels)
	}
	fmt.Fprintf(w, "%s of %s events were bad from %s to %s: %s of the budget\n\n",
		figure.Count(&a.Bad), figure.Count(&a.Total), minute(a.From), minute(a.To), figure.Spent(a.Spent))
	var rows [][]string
	row := func(name string, v v1.Attributed) {
		rows = append(rows, []string{name, figure.Count(&v.Bad), figure.Share(&v.BadShare), figure.Share(&v.TotalShare), signed(v.Excess), figure.Spent(v.Spent)})
	}
	for _, v := range a.Values {
		name := v.Value
		if name == "" {
			name = "(none)"
		}
		row(name, v)
	}
	if a.Rest.Bad > 0 {
		row("(all others)", a.Rest)
	}
	if err := writeTable(w, strings.ToUpper(printable(a.By))+"\tBAD\tOF BAD\tOF ALL\tEXCESS\tCOST", rows); err != nil {
		return err
	}
	for _, note := range attributionNotes(*a.Attribution) {
		if _, err := fmt.Fprintf(w, "\n%s\n", note); err != nil {
			return fmt.Errorf("write the attribution: %w", err)
		}
	}
	return nil
}

func attributionNotes(a v1.Attribution) []string {
	var notes []string
	if a.Concentrated && len(a.Values) > 0 {
		notes = append(notes, printable(fmt.Sprintf("One value stands out: %s=%q has %s of the bad events and %s of all.",
			a.By, a.Values[0].Value, figure.Share(&a.Values[0].BadShare), figure.Share(&a.Values[0].TotalShare))))
	}
	if len(a.Values) == 1 && a.Values[0].Value == "" {
		notes = append(notes, printable(fmt.Sprintf("No series has the label %s.", a.By)))
	}
	if a.Counted != nil && a.Bad < 0.95**a.Counted {
		share := a.Bad / *a.Counted
		notes = append(notes, fmt.Sprintf("The metrics store still has %s of the %s bad events that the ledger counted in this time.", figure.Share(&share), figure.Count(a.Counted)))
	}
	return notes
}

func signed(n float64) string {
	if n < 0 {
		n = -n
		return "-" + figure.Count(&n)
	}
	return figure.Count(&n)
}

func writeLabels(w io.Writer, labels []v1.Label) error {
	if len(labels) == 0 {
		_, err := fmt.Fprintln(w, "No label of the raw series has several values.")
		return err
	}
	var rows [][]string
	for _, l := range labels {
		rows = append(rows, []string{l.Label, strconv.Itoa(l.Values)})
	}
	if err := writeTable(w, "LABEL\tVALUES SEEN", rows); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\nSplit by one of them, such as --by %s.\n", labels[0].Label)
	return err
}
