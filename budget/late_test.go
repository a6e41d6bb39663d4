package budget_test

import (
	"testing"
	"time"

	"headroom/budget"
)

// TestLateSamplesAreReadAgain lets the errors of an outage reach the metrics
// store only after its tiles were read.
func TestLateSamplesAreReadAgain(t *testing.T) {
	s, f, o := usual()
	outage := f.outage
	f.outage = [2]time.Duration{}
	k := newKeeper(t, s, o)
	k.reader = newReader(t, budget.ReaderOptions{
		Ledger: k.ledger, Querier: s, Raw: raw, SettleDelay: 10 * time.Second, Late: 40 * time.Minute,
	})
	bad := func() float64 {
		return k.ledger.Sum(keyOf(o, nil), after(80*time.Minute), after(2*time.Hour)).Bad.Events()
	}
	k.run(0, 2*time.Hour)
	before := bad()
	f.outage = outage // the samples are there now
	k.run(2*time.Hour, 2*time.Hour+18*time.Minute)
	if got := bad(); got <= before || got >= before+6000 {
		t.Errorf("%v bad events while a part of the outage is young, %v before", got, before)
	}
	k.run(2*time.Hour+18*time.Minute, 3*time.Hour)
	k.wantTruth(t, o, f, -day, 3*time.Hour)
	raws := 0
	for _, sl := range k.slices(o, nil) {
		if sl.Source == budget.SourceRaw && sl.End > after(85*time.Minute).UnixMilli() {
			raws++
		}
	}
	if raws < 4 || raws > 6 {
		t.Errorf("%d slices of the outage were taken anew, want those of 20 minutes alone", raws)
	}
	// What the store loses later is no news.
	f.outage = [2]time.Duration{}
	f.total = 1
	k.restart(after(3 * time.Hour))
	k.reader = newReader(t, budget.ReaderOptions{Ledger: k.ledger, Querier: s, Raw: raw, SettleDelay: 10 * time.Second, Late: 40 * time.Minute})
	want := bad()
	k.run(3*time.Hour, 4*time.Hour)
	if got := bad(); got != want {
		t.Errorf("%v bad events after the store lost them, want %v", got, want)
	}
}
