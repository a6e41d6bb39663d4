package insight_test

import (
	"fmt"
	"testing"
	"time"

	"headroom/budget"
	"headroom/budget/insight"
	"headroom/rules"
	"headroom/slo"
)

// BenchmarkLook makes the outlooks of objectives whose window is full, each with
// 8,064 slices of five minutes. Divide by their number for the cost of one.
func BenchmarkLook(b *testing.B) {
	const many = 100
	for _, kind := range []struct {
		name string
		bad  func(i int) float64 // of the thousand events in a slice of 99.9 %
	}{
		{"calm", func(int) float64 { return 0.1 }},
		{"half spent", func(int) float64 { return 0.5 }},
		{"ten incidents", func(i int) float64 {
			if i%800 < 4 {
				return 100
			}
			return 0.1
		}},
	} {
		b.Run(kind.name, func(b *testing.B) {
			in := filled(b, many, kind.bad)
			b.ResetTimer()
			for b.Loop() {
				in.Look(b.Context())
			}
		})
	}
}

func filled(tb testing.TB, many int, bad func(i int) float64) *insight.Insight {
	tb.Helper()
	now := time.Date(2026, 3, 30, 12, 0, 0, 0, time.UTC)
	begin := now.Add(-28 * 24 * time.Hour)
	ledger, err := budget.OpenLedger(tb.Context(), budget.LedgerOptions{})
	if err != nil {
		tb.Fatal(err)
	}
	var objectives []*slo.Objective
	for n := range many {
		o := &slo.Objective{
			ID:     slo.ID{Namespace: "shop", Service: fmt.Sprintf("service-%04d", n), Objective: "availability"},
			Target: slo.MustTarget("99.9%"), Window: slo.Window{Rolling: now.Sub(begin)}, Resolution: 5 * time.Minute,
			Indicator: slo.Ratio{Bad: slo.MustCounter(`errors_total`), Total: slo.MustCounter(`requests_total`)},
		}
		objectives = append(objectives, o)
		var list []budget.Slice
		for i, at := 0, begin; at.Before(now); i, at = i+1, at.Add(o.Resolution) {
			list = append(list, budget.Slice{
				Start: at.UnixMilli(), End: at.Add(o.Resolution).UnixMilli(),
				Bad: budget.CountOf(bad(i)), Total: budget.CountOf(1000), Source: budget.SourceTile,
			})
		}
		if _, err := ledger.Add(tb.Context(), budget.Key{SLO: o.ID, SLI: o.SLI()}, begin, list...); err != nil {
			tb.Fatal(err)
		}
	}
	if err := ledger.SetObjectives(tb.Context(), objectives, begin); err != nil {
		tb.Fatal(err)
	}
	in, err := insight.New(insight.Options{Ledger: ledger, Dialect: rules.Embedded, Now: func() time.Time { return now }})
	if err != nil {
		tb.Fatal(err)
	}
	return in
}
