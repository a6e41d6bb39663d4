package correction_test

import (
	"fmt"
	"runtime"
	"strconv"
	"testing"
	"time"

	"headroom/budget"
	"headroom/budget/correction"
	"headroom/slo"
)

// BenchmarkCorrectEverything gives a ledger of 10,000 objectives twenty
// corrections of all of them, one nightly and the others weekly for two years,
// and tells what is held of it.
func BenchmarkCorrectEverything(b *testing.B) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	ledger, objectives := manyObjectives(b, 10_000, now)
	list := everything(b, now.AddDate(-2, 0, 0))
	before := held()
	b.ReportAllocs()
	for b.Loop() {
		ledger.SetCorrections(correction.Expand(list, objectives, now, now.Add(2*time.Hour)))
	}
	b.ReportMetric(float64(held()-before)/(1<<20), "held-MiB")
	runtime.KeepAlive(ledger)
}

func manyObjectives(tb testing.TB, n int, now time.Time) (*budget.Ledger, []*slo.Objective) {
	tb.Helper()
	var objectives []*slo.Objective
	for i := range n {
		objectives = append(objectives, &slo.Objective{
			ID: slo.ID{Namespace: "default", Service: fmt.Sprintf("service-%d", i), Objective: "availability"}, Owner: "team",
			Target: slo.MustTarget("99%"), Window: slo.Window{Rolling: slo.DefaultWindow}, Resolution: slo.DefaultResolution, Indicator: slo.Gauge{},
		})
	}
	ledger, err := budget.OpenLedger(tb.Context(), budget.LedgerOptions{})
	if err == nil {
		err = ledger.SetObjectives(tb.Context(), objectives, now)
	}
	if err != nil {
		tb.Fatal(err)
	}
	for _, o := range objectives {
		slice := budget.Slice{Start: now.Add(-time.Hour).UnixMilli(), End: now.UnixMilli(), Total: 100, Source: budget.SourceRaw}
		if _, err := ledger.Add(tb.Context(), budget.Key{SLO: o.ID, SLI: o.SLI()}, now, slice); err != nil {
			tb.Fatal(err)
		}
	}
	return ledger, objectives
}

// everything are twenty corrections of all objectives.
func everything(tb testing.TB, from time.Time) []correction.Correction {
	tb.Helper()
	from = from.Truncate(24 * time.Hour)
	var list []correction.Correction
	for i := range 20 {
		c := correction.Correction{ID: strconv.Itoa(i), ApprovedAt: from}
		begin := from.Add(time.Duration(i) * time.Hour)
		d := draft(func(d *correction.Draft) {
			d.Objectives, d.Repeat = correction.Selection{Namespaces: []string{"*"}}, "FREQ=WEEKLY"
			d.From, d.To = begin.Format("2006-01-02T15:04"), begin.Add(30*time.Minute).Format("2006-01-02T15:04")
			if i == 0 {
				d.Repeat = "FREQ=DAILY"
			}
		})
		terms, err := d.Terms()
		if err != nil {
			tb.Fatal(err)
		}
		c.Terms = terms
		list = append(list, c)
	}
	return list
}

// held is how much of memory is in use.
func held() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
