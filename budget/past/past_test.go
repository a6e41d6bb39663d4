package past_test

import (
	"testing"
	"time"

	"headroom/budget"
	"headroom/budget/past"
	"headroom/slo"
)

const week = 7 * 24 * time.Hour

// monday is one on which windows of a week begin.
var monday = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

func ledger(t *testing.T, bad ...float64) (*budget.Ledger, *slo.Objective) {
	t.Helper()
	l, err := budget.OpenLedger(t.Context(), budget.LedgerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	o := &slo.Objective{
		ID: slo.ID{Namespace: "default", Service: "shop", Objective: "test"}, Target: slo.MustTarget("90%"),
		Window: slo.Window{Rolling: week}, Resolution: 5 * time.Minute,
		Indicator: slo.Ratio{Bad: slo.MustCounter(`errors_total`), Total: slo.MustCounter(`requests_total`)},
	}
	if err := l.SetObjectives(t.Context(), []*slo.Objective{o}, monday); err != nil {
		t.Fatal(err)
	}
	key := budget.Key{SLO: o.ID, SLI: o.SLI()}
	for day, n := range bad { // from Wednesday on; below 0 is not measured
		from := monday.Add(time.Duration(day+2) * 24 * time.Hour)
		if n < 0 {
			continue
		}
		s := budget.Slice{Start: from.UnixMilli(), End: from.Add(24 * time.Hour).UnixMilli(), Bad: budget.CountOf(n), Total: budget.CountOf(100), Source: budget.SourceRaw}
		if _, err := l.Add(t.Context(), key, monday, s); err != nil {
			t.Fatal(err)
		}
	}
	return l, o
}

func TestWindows(t *testing.T) {
	l, o := ledger(t,
		0, 0, 0, 0, 50, // Wednesday to Sunday: exactly the budget
		11, 10, 10, 10, 10, 10, 10, // one over
		0, -1, -1, 0, 0, 0, 0, // five of seven days
		20, 5) // Monday and Tuesday
	now := monday.Add(3*week + 48*time.Hour)
	list := past.Windows(l, o, slo.Group{}, now, 10)
	want := []struct {
		verdict          past.Verdict
		running, partial bool
		remaining        float64
	}{
		{past.Missed, true, false, -0.25},
		{past.Unknown, false, false, 1},
		{past.Missed, false, false, -1. / 70},
		{past.Met, false, true, 0},
	}
	if len(list) != len(want) {
		t.Fatalf("%d windows, want %d: %+v", len(list), len(want), list)
	}
	for i, w := range list {
		start := monday.Add(time.Duration(3-i) * week)
		if !w.Start.Equal(start) || !w.End.Equal(start.Add(week)) {
			t.Errorf("window %d from %s to %s, want from %s", i, w.Start, w.End, start)
		}
		if w.Verdict != want[i].verdict || w.Running != want[i].running || w.Partial != want[i].partial || w.Corrected {
			t.Errorf("window %d: %+v, want %+v", i, w, want[i])
		}
		if off := *w.Account.Remaining - want[i].remaining; off > 1e-9 || off < -1e-9 {
			t.Errorf("window %d: %g remains, want %g", i, *w.Account.Remaining, want[i].remaining)
		}
	}
	if n := len(past.Windows(l, o, slo.Group{}, now, 2)); n != 2 {
		t.Errorf("%d windows, want the 2 latest", n)
	}
}

func TestWindowsOnAnEdge(t *testing.T) {
	l, o := ledger(t, 0, 0, 0, 0, 0)
	list := past.Windows(l, o, slo.Group{}, monday.Add(week), 10)
	if len(list) != 1 || list[0].Running || !list[0].Start.Equal(monday) {
		t.Errorf("at the end of a window: %+v", list)
	}
	if list := past.Windows(l, o, slo.NewGroup(map[string]string{"a": "b"}), monday.Add(week), 10); len(list) != 0 {
		t.Errorf("of an unknown group: %+v", list)
	}
}
