package budget_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"headroom/budget"
	"headroom/slo"
)

// pipelines is an objective of platform events.
func pipelines(window, resolution time.Duration) *slo.Objective {
	o := objective("pipelines", "90%", window, resolution)
	o.Indicator = slo.Events{EventKind: "pipeline"}
	return o
}

func eventSlice(n int, bad, total float64) budget.Slice {
	start := epoch.Add(time.Duration(n) * 5 * time.Minute)
	return budget.Slice{
		Start: start.UnixMilli(), End: start.Add(5 * time.Minute).UnixMilli(),
		Bad: budget.CountOf(bad), Total: budget.CountOf(total), Source: budget.SourceEvent,
	}
}

func revise(t *testing.T, l *budget.Ledger, k budget.Key, want int, list ...budget.Slice) {
	t.Helper()
	if got, err := l.Revise(t.Context(), k, epoch, list...); err != nil || got != want {
		t.Fatalf("revise: %d changed, %v; want %d", got, err, want)
	}
}

func TestReviseReplacesWhatWasSaidBefore(t *testing.T) {
	store, o := newMemory(), pipelines(24*time.Hour, 5*time.Minute)
	l, err := budget.OpenLedger(t.Context(), budget.LedgerOptions{Store: store})
	if err != nil {
		t.Fatal(err)
	}
	k := keyOf(o, nil)
	revise(t, l, k, 3, eventSlice(0, 0, 1), eventSlice(1, 0, 0), eventSlice(2, 1, 2))
	revise(t, l, k, 0, eventSlice(0, 0, 1), eventSlice(1, 0, 0), eventSlice(2, 1, 2))
	revise(t, l, k, 1, eventSlice(0, 0, 1), eventSlice(1, 1, 1))
	revise(t, l, k, 1, eventSlice(2, 0, 2))
	tile := eventSlice(4, 3, 3)
	tile.Source = budget.SourceTile
	if n, err := l.Add(t.Context(), k, epoch, tile); err != nil || n != 1 {
		t.Fatalf("add: %d, %v", n, err)
	}
	revise(t, l, k, 1, eventSlice(4, 0, 5))
	want := []budget.Slice{eventSlice(0, 0, 1), eventSlice(1, 1, 1), eventSlice(2, 0, 2), eventSlice(4, 0, 5)}
	reopened, err := budget.OpenLedger(t.Context(), budget.LedgerOptions{Store: store})
	if err != nil {
		t.Fatal(err)
	}
	for name, l := range map[string]*budget.Ledger{"ledger": l, "ledger opened again": reopened} {
		if got := l.Slices(k, epoch, epoch.Add(time.Hour)); !slices.Equal(got, want) {
			t.Errorf("%s holds %v, want %v", name, got, want)
		}
	}
}

func TestReviseKeepsHigherSources(t *testing.T) {
	l, err := budget.OpenLedger(t.Context(), budget.LedgerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	k := keyOf(pipelines(24*time.Hour, 5*time.Minute), nil)
	revise(t, l, k, 1, eventSlice(0, 1, 1))
	tile := eventSlice(0, 0, 9)
	tile.Source = budget.SourceTile
	revise(t, l, k, 0, tile)
}

func TestReviseTakesAFinerStep(t *testing.T) {
	l, err := budget.OpenLedger(t.Context(), budget.LedgerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	k := keyOf(pipelines(24*time.Hour, 5*time.Minute), nil)
	revise(t, l, k, 2, eventSlice(0, 2, 5), eventSlice(1, 0, 0))
	var fine []budget.Slice
	for i := range 10 {
		s := eventSlice(0, 0, 0)
		s.Start += int64(i) * 60_000
		s.End = s.Start + 60_000
		if i < 5 {
			s.Total = 100
		}
		fine = append(fine, s)
	}
	revise(t, l, k, 10, fine...)
	if got := l.Slices(k, epoch, epoch.Add(time.Hour)); !slices.Equal(got, fine) {
		t.Errorf("%v, want %v", got, fine)
	}
	revise(t, l, k, 1, eventSlice(0, 2, 5))
	if got, want := l.Slices(k, epoch, epoch.Add(time.Hour)), append([]budget.Slice{eventSlice(0, 2, 5)}, fine[5:]...); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestReviseThatIsNotStoredChangesNothing(t *testing.T) {
	store := newMemory()
	l, err := budget.OpenLedger(t.Context(), budget.LedgerOptions{Store: store})
	if err != nil {
		t.Fatal(err)
	}
	k := keyOf(pipelines(24*time.Hour, 5*time.Minute), nil)
	revise(t, l, k, 1, eventSlice(0, 1, 1))
	store.refuse = true
	if _, err := l.Revise(t.Context(), k, epoch, eventSlice(0, 0, 1), eventSlice(1, 0, 0)); err == nil {
		t.Fatal("no error")
	}
	if got := l.Slices(k, epoch, epoch.Add(time.Hour)); !slices.Equal(got, []budget.Slice{eventSlice(0, 1, 1)}) {
		t.Errorf("%v", got)
	}
}

// asked notes what it was asked.
type asked struct{ queries []string }

func (a *asked) Instant(_ context.Context, expr string, _ time.Time) ([]budget.Series, error) {
	a.queries = append(a.queries, expr)
	return nil, nil
}

func (a *asked) Range(_ context.Context, expr string, _, _ time.Time, _ time.Duration) ([]budget.Series, error) {
	a.queries = append(a.queries, expr)
	return nil, nil
}

// TestReaderLeavesEventsAlone asks the metrics store which rules run, and for
// nothing else.
func TestReaderLeavesEventsAlone(t *testing.T) {
	l, err := budget.OpenLedger(t.Context(), budget.LedgerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	o := pipelines(time.Hour, time.Minute)
	if err := l.SetObjectives(t.Context(), []*slo.Objective{o}, epoch); err != nil {
		t.Fatal(err)
	}
	q := &asked{}
	reader, err := budget.NewReader(budget.ReaderOptions{
		Ledger: l, Querier: q,
		Raw: func(*slo.Objective, time.Duration) (bad, total string) {
			t.Error("the reader wants raw expressions of events")
			return "", ""
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		if err := reader.Tick(t.Context(), epoch.Add(time.Duration(i)*time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	if len(q.queries) != 10 {
		t.Errorf("asked %q", q.queries)
	}
	if n := reader.Pending(epoch.Add(time.Hour)); n != 0 {
		t.Errorf("%d objectives wait for history", n)
	}
	if data := l.Statuses(epoch.Add(10 * time.Minute))[0].Data; data != budget.DataRulesMissing {
		t.Errorf("data %s, want %s", data, budget.DataRulesMissing)
	}
}
