package sqlite_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"headroom/budget"
	"headroom/slo"
)

// TestWhatWasKnownOutlivesReopeningAndRenaming revises slices, renames the
// objective, and asks what was known before and after, of one objective and of
// so many that all revisions are gone through.
func TestWhatWasKnownOutlivesReopeningAndRenaming(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.sqlite")
	now := epoch
	declared := func(first *slo.Objective) []*slo.Objective {
		list := []*slo.Objective{first}
		for i := range 250 {
			o := objective(fmt.Sprintf("other-%d", i))
			o.GroupBy = nil
			list = append(list, o)
		}
		return list
	}
	openAt := func(s budget.Store, first *slo.Objective) *budget.Ledger {
		l, err := budget.OpenLedger(t.Context(), budget.LedgerOptions{Store: s, Clock: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		if err := l.SetObjectives(t.Context(), declared(first), now); err != nil {
			t.Fatal(err)
		}
		return l
	}
	o := objective("availability")
	o.GroupBy = nil
	s := open(t, path)
	l := openAt(s, o)
	k := budget.Key{SLO: o.ID, SLI: o.SLI()}
	for n := range 12 {
		now = time.UnixMilli(step(n).End)
		add(t, l, k, step(n))
	}
	for _, other := range declared(o)[1:] {
		add(t, l, budget.Key{SLO: other.ID, SLI: other.SLI()}, step(0))
	}
	now = epoch.Add(5 * time.Hour)
	late := step(3)
	late.Bad, late.Source = late.Total, budget.SourceRaw
	add(t, l, k, late)
	renamed := objective("uptime", o.ID)
	renamed.GroupBy = nil
	now = epoch.Add(7 * time.Hour)
	l = openAt(open(t, path), renamed)
	first := float64(0)
	for n := range 12 {
		first += step(n).Bad.Events()
	}
	then := first - step(3).Bad.Events() + late.Bad.Events()
	for known, want := range map[time.Duration]float64{2 * time.Hour: first, 6 * time.Hour: then, 8 * time.Hour: then} {
		for _, ids := range [][]slo.ID{{renamed.ID}, nil} {
			list, err := l.StatusesKnown(t.Context(), epoch.Add(time.Hour), epoch.Add(known), ids...)
			if err != nil {
				t.Fatal(err)
			}
			found := false
			for _, status := range list {
				if status.Objective.ID == renamed.ID {
					found = true
					if b := status.Balance.Bad; b == nil || *b != want {
						t.Errorf("known after %s: %v bad events, want %v", known, b, want)
					}
				}
			}
			if !found {
				t.Errorf("known after %s: nothing of %s among %d", known, renamed.ID, len(list))
			}
		}
	}
	if list, err := l.StatusesKnown(t.Context(), epoch.Add(time.Hour), epoch, renamed.ID); err != nil || list[0].Balance.Total != nil {
		t.Errorf("before anything was known: %+v, %v", list, err)
	}
}
