package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"headroom/alerting"
	"headroom/budget"
	"headroom/rules"
	"headroom/slo"
)

// withheld is a tier of an objective that was above its thresholds without
// enough evidence.
type withheld struct {
	SLO      string   `json:"slo"`
	Group    string   `json:"group,omitempty"`
	Severity string   `json:"severity"`
	Tier     string   `json:"tier"`
	Burn     float64  `json:"burn"`               // the highest, in budgets
	Evidence *float64 `json:"evidence,omitempty"` // the most in a window that proves the tier, while it was withheld, in nats
	Needed   string   `json:"needed,omitempty"`   // nats
}

func newWithheld() *cobra.Command {
	var (
		store  prometheusFlags
		specs  specFlags
		text   string
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "withheld PATH... --prometheus URL",
		Short: "Show the alerts that were withheld for want of evidence",
		Long: `Show what the evidence guard withheld: tiers that burned faster than they allow
while the bad events were too few to tell a burn from chance. For each, the
highest burn, the most evidence that there was meanwhile in one of the windows that
prove the tier, and how much is needed. The rules record both.`,
		Example: "  headroom withheld services/ --prometheus http://prometheus:9090\n  headroom withheld slo.yaml --prometheus http://prometheus:9090 --last 7d --json",
		Args:    paths,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !store.given() {
				return usagef("--prometheus is missing: name the metrics store that evaluates the rules")
			}
			last, err := slo.ParseDuration(text)
			if err != nil {
				return usagef("--last %q is not a time such as 24h or 7d", text)
			}
			if last < time.Minute || last > slo.MaxWindow {
				return usagef("--last %s is out of bounds: write a time from 1m to %s", text, slo.FormatDuration(slo.MaxWindow))
			}
			result, failed := specs.load(cmd.Context(), cmd.ErrOrStderr(), args)
			client, err := store.client()
			if err != nil {
				return err
			}
			defer client.Close()
			list := []withheld{}
			for _, o := range result.Objectives() {
				found, err := withheldOf(cmd.Context(), client, o, last)
				if err != nil {
					return fmt.Errorf("ask what was withheld of %s: %w", o.ID, err)
				}
				list = append(list, found...)
			}
			if asJSON {
				err = writeJSON(cmd.OutOrStdout(), list)
			} else {
				err = writeWithheld(cmd.OutOrStdout(), list, last)
			}
			return cmp.Or(err, failed)
		},
	}
	flags := cmd.Flags()
	specs.register(flags)
	store.register(flags, "that evaluates the rules")
	flags.StringVar(&text, "last", "24h", "`TIME` to look back, such as 24h or 7d")
	flags.BoolVar(&asJSON, "json", false, "print an array of objects instead of a table")
	return cmd
}

// withheldOf asks what was withheld of an objective.
func withheldOf(ctx context.Context, q budget.Querier, o *slo.Objective, last time.Duration) ([]withheld, error) {
	plan, now := alerting.NewPlan(o), time.Now()
	burns, err := q.Instant(ctx, fmt.Sprintf("max_over_time(%s{slo=%q, sli=%q}[%ds])", rules.MetricTierWithheld, o.ID, o.SLI(), int64(last.Seconds())), now)
	if err != nil {
		return nil, err
	}
	var list []withheld
	for _, t := range plan.Tiers {
		of := slices.DeleteFunc(slices.Clone(burns), func(s budget.Series) bool {
			return s.Labels["severity"] != string(t.Severity) || s.Labels[rules.TierLabel(o)] != t.Name()
		})
		if len(of) == 0 {
			continue
		}
		evidence, err := evidenceFor(ctx, q, o, plan, t, last, now)
		if err != nil {
			return nil, err
		}
		for _, s := range of {
			w := withheld{
				SLO: o.ID.String(), Group: groupOf(o, s), Severity: string(t.Severity), Tier: t.Name(),
				Burn: s.Points[0].V, Needed: plan.Guard.Needed(t.Severity),
			}
			if e, known := evidence[w.Group]; known {
				w.Evidence = &e
			}
			list = append(list, w)
		}
	}
	slices.SortFunc(list, func(a, b withheld) int {
		return cmp.Or(strings.Compare(a.Group, b.Group), strings.Compare(a.Severity, b.Severity), cmp.Compare(b.Burn, a.Burn))
	})
	return list, nil
}

// evidenceFor asks for the most evidence that there was while a tier was
// withheld, in one of the windows that prove it, by group.
func evidenceFor(ctx context.Context, q budget.Querier, o *slo.Objective, plan alerting.Plan, t alerting.Tier, last time.Duration, now time.Time) (map[string]float64, error) {
	most := map[string]float64{}
	for _, window := range plan.Proving(t) {
		found, err := q.Instant(ctx, rules.WithheldEvidence(o, plan, t, window, last), now)
		if err != nil {
			return nil, err
		}
		for _, s := range found {
			group := groupOf(o, s)
			most[group] = max(most[group], s.Points[0].V)
		}
	}
	return most, nil
}

// groupOf names the group of a series, "" without group labels.
func groupOf(o *slo.Objective, s budget.Series) string {
	var parts []string
	for _, name := range o.GroupBy {
		parts = append(parts, name+"="+strconv.Quote(s.Labels[name]))
	}
	return strings.Join(parts, ", ")
}

func writeWithheld(w io.Writer, list []withheld, last time.Duration) error {
	if len(list) == 0 {
		_, err := fmt.Fprintf(w, "Nothing was withheld in the last %s.\n", slo.FormatDuration(last))
		return err
	}
	rows := make([][]string, len(list))
	for i, one := range list {
		had := "–"
		if one.Evidence != nil {
			had = strconv.FormatFloat(*one.Evidence, 'f', 1, 64)
		}
		rows[i] = []string{one.SLO, printable(one.Group), one.Severity, one.Tier, strconv.FormatFloat(one.Burn, 'f', 1, 64), had, one.Needed}
	}
	return writeTable(w, "SLO\tGROUP\tSEVERITY\tTIER\tBURN\tEVIDENCE\tNEEDED", rows)
}
