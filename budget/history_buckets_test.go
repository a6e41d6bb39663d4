package budget_test

import (
	"testing"
	"time"

	"headroom/budget"
	"headroom/slo"
)

// TestHistoryAddsUp demands that buckets cover the interval without gaps, lie on
// a grid of their own, are as many as were asked for at most, and add up to what
// the ledger says of the whole.
func TestHistoryAddsUp(t *testing.T) {
	o := objective("history", "90%", time.Hour, time.Minute)
	l := openLedger(t, nil)
	declare(t, l, epoch, o)
	k := budget.Key{SLO: o.ID, SLI: o.SLI()}
	for m := range 600 {
		if m%50 != 49 { // a gap now and then
			add(t, l, k, at(m, m+1, float64(m%7), 10, budget.SourceRaw))
		}
	}
	now := after(10 * time.Hour)
	for _, test := range []struct {
		from, to int // minutes
		points   int
	}{{0, 600, 600}, {0, 600, 60}, {7, 593, 10}, {1, 2, 5}, {0, 600, 2}, {13, 599, 7}, {-600, 1200, 100}, {0, 600, 1_000_000}} {
		from, to := after(time.Duration(test.from)*time.Minute), after(time.Duration(test.to)*time.Minute)
		h, found := l.History(budget.Key{SLO: o.ID}, from, to, now, test.points)
		if !found || len(h.Buckets) == 0 || len(h.Buckets) > min(test.points, budget.MaxBuckets) {
			t.Fatalf("%+v: %t, %d buckets", test, found, len(h.Buckets))
		}
		first, last := h.Buckets[0], h.Buckets[len(h.Buckets)-1]
		if first.Start.After(from) || last.End.Before(to) || first.End.Before(from) || last.Start.After(to) {
			t.Errorf("%+v: covers %s to %s", test, first.Start, last.End)
		}
		var bad, total budget.Count
		var measured time.Duration
		for i, b := range h.Buckets {
			if i > 0 && b.Start != h.Buckets[i-1].End || b.End.Sub(b.Start) != h.Step || b.Start.UnixMilli()%h.Step.Milliseconds() != 0 {
				t.Fatalf("%+v: bucket %d is %s to %s, of steps of %s", test, i, b.Start, b.End, h.Step)
			}
			bad, total, measured = bad+b.Bad, total+b.Total, measured+b.Measured
		}
		whole := l.Sum(k, first.Start, last.End)
		if bad != whole.Bad || total != whole.Total || measured != whole.Measured {
			t.Errorf("%+v: %d of %d in %s, and the whole is %d of %d in %s", test, bad, total, measured, whole.Bad, whole.Total, whole.Measured)
		}
	}
}

// TestHistoryRemembersBudgets compares the remaining budget at the end of each
// bucket with the status that the ledger gives for that time.
func TestHistoryRemembersBudgets(t *testing.T) {
	o := objective("remaining", "90%", time.Hour, time.Minute)
	l := openLedger(t, nil)
	declare(t, l, epoch, o)
	k := budget.Key{SLO: o.ID, SLI: o.SLI()}
	for m := range 300 {
		add(t, l, k, at(m, m+1, float64(m%3), 10, budget.SourceRaw))
	}
	l.SetCorrections(map[slo.ID]budget.Corrections{o.ID: {Excluded: []budget.Excluded{{From: after(100 * time.Minute).UnixMilli(), To: after(130 * time.Minute).UnixMilli()}}}})
	h, _ := l.History(budget.Key{SLO: o.ID}, epoch, after(5*time.Hour), after(5*time.Hour), 30)
	known := 0
	for _, b := range h.Buckets {
		want := l.StatusesAt(b.End)[0].Balance.Remaining
		wantNumber(t, "remaining at "+b.End.String(), b.Remaining, want)
		if want != nil {
			known++
		}
	}
	if known < 25 || !h.Since.Equal(epoch) {
		t.Errorf("%d of %d known, since %s", known, len(h.Buckets), h.Since)
	}
	if excluded := h.Buckets[11]; excluded.Total != 0 || excluded.Life != 0 || excluded.Measured != 0 {
		t.Errorf("a bucket that is excluded holds %+v", excluded)
	}
}

func TestHistoryOfAFormerIndicator(t *testing.T) {
	o := objective("history", "90%", time.Hour, time.Minute)
	l := openLedger(t, nil)
	declare(t, l, epoch, o)
	k := keyOf(o, nil)
	add(t, l, k, at(0, 60, 3, 100, budget.SourceRaw))
	next := *o
	next.Indicator = slo.Ratio{Bad: slo.MustCounter("other_bad_total"), Total: slo.MustCounter("other_total")}
	declare(t, l, after(time.Hour), &next)
	add(t, l, keyOf(&next, nil), at(60, 120, 9, 90, budget.SourceRaw))
	for sli, want := range map[string]budget.Count{"": 900, next.SLI(): 900, k.SLI: 300, "none": 0} {
		h, found := l.History(budget.Key{SLO: o.ID, SLI: sli}, epoch, after(2*time.Hour), after(2*time.Hour), 2)
		if !found || len(h.Buckets) != 2 || h.Buckets[0].Bad+h.Buckets[1].Bad != want {
			t.Errorf("of sli %q: %t, %+v, want %d bad", sli, found, h, want)
		}
	}
}

func TestHistoryOfNothing(t *testing.T) {
	o := objective("nothing", "90%", time.Hour, time.Minute)
	l := openLedger(t, nil)
	if _, found := l.History(budget.Key{SLO: o.ID}, epoch, after(time.Hour), after(time.Hour), 10); found {
		t.Error("an objective that is not declared has a history")
	}
	declare(t, l, epoch, o)
	h, found := l.History(budget.Key{SLO: o.ID}, epoch, after(time.Hour), after(time.Hour), 10)
	if !found || len(h.Buckets) != 10 || h.Buckets[9].Total != 0 || h.Buckets[9].Remaining != nil || !h.Since.IsZero() {
		t.Errorf("%t, %+v", found, h)
	}
	if h, _ := l.History(budget.Key{SLO: o.ID}, after(time.Hour), epoch, after(time.Hour), 10); len(h.Buckets) != 0 {
		t.Errorf("a backward interval has %d buckets", len(h.Buckets))
	}
}

func TestRevisionTellsChanges(t *testing.T) {
	o := objective("revision", "90%", time.Hour, time.Minute)
	l := openLedger(t, nil)
	last := l.Revision()
	for name, change := range map[string]func(){
		"objectives": func() { declare(t, l, epoch, o) },
		"corrections": func() {
			l.SetCorrections(map[slo.ID]budget.Corrections{o.ID: {Excluded: []budget.Excluded{{From: 1, To: 2}}}})
		},
		"slices": func() { add(t, l, budget.Key{SLO: o.ID, SLI: o.SLI()}, at(0, 1, 0, 10, budget.SourceRaw)) },
	} {
		change()
		if now := l.Revision(); now == last {
			t.Errorf("the revision stays when %s change", name)
		} else {
			last = now
		}
	}
	l.Statuses(after(time.Hour))
	if l.Revision() != last {
		t.Error("the revision grows by reading")
	}
}
