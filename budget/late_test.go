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

// TestThinnerLateReadForgivesNothing lets the store lose the errors of an outage
// before the time is read again, while all its events are still there.
func TestThinnerLateReadForgivesNothing(t *testing.T) {
	s, f, o := usual()
	k := newKeeper(t, s, o)
	k.reader = newReader(t, budget.ReaderOptions{
		Ledger: k.ledger, Querier: s, Raw: raw, SettleDelay: 10 * time.Second, Late: 40 * time.Minute,
	})
	k.run(0, 2*time.Hour)
	sum := func() budget.Sum { return k.ledger.Sum(keyOf(o, nil), after(80*time.Minute), after(2*time.Hour)) }
	before := sum()
	if before.Bad.Events() < 1000 {
		t.Fatalf("%v bad events: there was no outage", before.Bad.Events())
	}
	f.outage = [2]time.Duration{} // as many events, and hardly one of them bad
	k.run(2*time.Hour, 4*time.Hour)
	if got := sum(); got.Bad != before.Bad || got.Total != before.Total {
		t.Errorf("%v bad of %v events after the store lost series of the bad ones, want %v of %v",
			got.Bad.Events(), got.Total.Events(), before.Bad.Events(), before.Total.Events())
	}
}
