package main

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"headroom/api/client"
	"headroom/api/v1"
	"headroom/slo"
)

// whyFlags say which numbers are meant.
type whyFlags struct {
	group     []string
	at, known string
}

func newWhy() *cobra.Command {
	var (
		flags whyFlags
		query v1.WhyQuery
	)
	return question[[]v1.Why]{
		use:   "why SLO",
		short: "Tell how the numbers of an objective came to be",
		long: `Tell how the numbers of an objective came to be, one after the other: where it is
declared and what it counts, the slices of its window by source, the gaps, every
correction with who, when and why and what it took out, the sums, the arithmetic
with its exact decimals, and what follows. At the end are the queries that record
the tiles, and those that check the sums by hand in the metrics store.`,
		example: "  headroom why checkout/availability\n  headroom why gateway/errors --group region=eu\n  headroom why checkout/availability --at 2026-03-01T00:00:00Z --known 2026-03-02T09:00:00Z --json",
		flags: func(cmd *cobra.Command) {
			cmd.Flags().StringArrayVar(&flags.group, "group", nil, "a label `NAME=VALUE` of the group, may be given several times (default: every group)")
			cmd.Flags().StringVar(&flags.at, "at", "", "`TIME` or date at which the window ends (default: now)")
			cmd.Flags().StringVar(&flags.known, "known", "", "by what was known at a `TIME` or date (default: now)")
		},
		check: func() (err error) {
			query, err = flags.query()
			return err
		},
		ask: func(ctx context.Context, service *client.Client, id slo.ID) ([]v1.Why, error) {
			return service.Why(ctx, id, query)
		},
		write: writeWhy,
	}.command()
}

func (f *whyFlags) query() (v1.WhyQuery, error) {
	var q v1.WhyQuery
	for _, one := range []struct {
		flag, text string
		into       *time.Time
	}{{"at", f.at, &q.At}, {"known", f.known, &q.Known}} {
		if one.text == "" {
			continue
		}
		at, err := v1.ParseTime(one.text)
		if err != nil {
			return q, usagef("--%s %v", one.flag, err)
		}
		*one.into = at
	}
	labels := map[string]string{}
	for _, text := range f.group {
		name, value, found := strings.Cut(text, "=")
		if !found || name == "" {
			return q, usagef("--group %q is not NAME=VALUE", text)
		}
		labels[name] = value
	}
	if len(labels) > 0 {
		g := slo.NewGroup(labels)
		q.Group = &g
	}
	if _, err := v1.ParseWhyQuery(q.Query()); err != nil {
		return q, usagef("--at is after --known: what happened later was not known then")
	}
	return q, nil
}

// exact writes a number with all its digits.
func exact(f float64) string {
	text, err := json.Marshal(f)
	if err != nil {
		return "?"
	}
	return string(text)
}
