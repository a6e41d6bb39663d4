package budget_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"headroom/budget"
	"headroom/slo"
)

// TestTraceIsWhatTheBalanceSays demands that a trace of any slices and
// corrections adds up to the balance, by parts, gaps and steps.
func TestTraceIsWhatTheBalanceSays(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		o := objective("availability", "99.9%", rapid.SampledFrom([]time.Duration{5 * time.Hour, 48 * time.Hour}).Draw(rt, "window"), 5*time.Minute)
		l := openLedger(t, newPaged())
		declare(t, l, epoch, o)
		key := keyOf(o, nil)
		for range rapid.IntRange(1, 60).Draw(rt, "slices") {
			add(t, l, key, drawSlice(rt))
		}
		one, both := drawCorrections(rt), drawCorrections(rt)
		both.Excluded, both.Adjustments = append(both.Excluded, one.Excluded...), append(both.Adjustments, one.Adjustments...)
		l.SetCorrections(map[slo.ID]budget.Corrections{o.ID: both})
		now := epoch.Add(time.Duration(rapid.IntRange(0, 6*24*3600).Draw(rt, "now")) * time.Second)
		traces, err := l.Trace(t.Context(), budget.TraceQuery{ID: o.ID, At: now, Now: true, Steps: []budget.Corrections{one, both}})
		if err != nil || len(traces) != 1 || len(traces[0].Sums) != 3 {
			rt.Fatalf("%d traces, %v", len(traces), err)
		}
		got, want := traces[0], only(t, l, o, now).Balance
		if text(got.Status.Balance) != text(want) {
			rt.Fatalf("at %s\n got %s\nwant %s", now, text(got.Status.Balance), text(want))
		}
		var parts budget.TraceSum
		for _, p := range got.Parts {
			parts.Bad, parts.Total, parts.Measured = parts.Bad+p.Bad, parts.Total+p.Total, parts.Measured+p.Measured
		}
		raw, last := got.Sums[0], got.Sums[2]
		if parts.Bad != raw.Bad || parts.Total != raw.Total || parts.Measured != raw.Measured {
			rt.Fatalf("the parts are %+v, the sum is %+v", parts, raw)
		}
		if raw.Life-raw.Measured != got.GapTime {
			rt.Fatalf("life %s, measured %s, gaps %s", raw.Life, raw.Measured, got.GapTime)
		}
		if want.Raw.Total != nil && (*want.Raw.Total != raw.Total.Events() || *want.Raw.Bad != raw.Bad.Events()) {
			rt.Fatalf("raw is %+v, the balance says %s", raw, text(want))
		}
		if want.Total != nil && (*want.Total != last.Total.Events() || *want.Bad != last.Bad.Events() || want.Measured != last.Measured || want.Life != last.Life) {
			rt.Fatalf("corrected is %+v, the balance says %s", last, text(want))
		}
		l.SetCorrections(map[slo.ID]budget.Corrections{o.ID: one})
		if first := only(t, l, o, now).Balance; first.Total != nil && *first.Total != got.Sums[1].Total.Events() {
			rt.Fatalf("after the first step %+v, the balance says %s", got.Sums[1], text(first))
		}
	})
}

// TestTraceAsksOfOneObjective demands that the corrections of the past are
// expanded for the objective alone that is traced: readers wait meanwhile.
func TestTraceAsksOfOneObjective(t *testing.T) {
	o, other := objective("one", "99%", time.Hour, time.Minute), objective("other", "99%", time.Hour, time.Minute)
	l := openLedger(t, newPaged())
	declare(t, l, epoch, o, other)
	var asked [][]slo.ID
	l.SetCorrectionsKnown(func(_ time.Time, ids ...slo.ID) map[slo.ID]budget.Corrections {
		asked = append(asked, ids)
		return nil
	})
	_, _ = l.Trace(t.Context(), budget.TraceQuery{ID: o.ID, At: after(time.Hour), Known: after(time.Hour)})
	_, _ = l.StatusesKnown(t.Context(), after(time.Hour), after(time.Hour), o.ID)
	if len(asked) != 2 || len(asked[0]) != 1 || asked[0][0] != o.ID || len(asked[1]) != 1 {
		t.Errorf("asked of %v", asked)
	}
}
