package correction_test

import (
	"testing"
	"time"

	"headroom/budget"
	"headroom/budget/correction"
)

// TestObjectivesShareWhatIsExcluded expands nightly corrections of everything
// for a thousand objectives, which must cost no more room than for a few, again
// and again.
func TestObjectivesShareWhatIsExcluded(t *testing.T) {
	now := day(t, "2026-11-23T12:00:00Z")
	ledger, objectives := manyObjectives(t, 1000, now)
	list := everything(t, now.AddDate(-2, 0, 0))
	before := held()
	for range 3 {
		ledger.SetCorrections(correction.Expand(list, objectives, now, now.Add(2*time.Hour)))
	}
	if more := int64(held()) - int64(before); more > 5<<20 {
		t.Errorf("%d KiB are held", more>>10)
	}
	all := correction.Expand(list, objectives, now, now)
	first, other := all[objectives[0].ID].Excluded, all[objectives[999].ID].Excluded
	if len(first) == 0 || &first[0] != &other[0] {
		t.Error("objectives have a list of their own")
	}
	if b := ledger.Status(objectives[7].ID, now)[0].Balance; !b.Corrected {
		t.Errorf("nothing is corrected: %+v", b)
	}
}

// TestExpansionsBeginWithTheSlices demands that what ended before the earliest
// slice is left out, and that no account is another one because of it.
func TestExpansionsBeginWithTheSlices(t *testing.T) {
	now := day(t, "2026-11-23T12:00:00Z")
	ledger, objectives := manyObjectives(t, 2, now)
	list := everything(t, now.AddDate(-2, 0, 0))
	whole := correction.Expand(list, objectives, now, now)
	left := correction.ExpandFrom(list, objectives, now, ledger.Earliest(), now)
	id := objectives[0].ID
	if n, all := len(left[id].Excluded), len(whole[id].Excluded); n > 3 || all < 700 {
		t.Errorf("%d of %d intervals are left", n, all)
	}
	ledger.SetCorrections(whole)
	want := ledger.Status(id, now)[0].Balance
	ledger.SetCorrections(left)
	got := ledger.Status(id, now)[0].Balance
	if *got.Total != *want.Total || got.Life != want.Life || got.Measured != want.Measured {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// TestSomeAreAboutSomeObjectives demands that objectives which other corrections
// are about have other lists.
func TestSomeAreAboutSomeObjectives(t *testing.T) {
	now := day(t, "2026-11-23T12:00:00Z")
	_, objectives := manyObjectives(t, 3, now)
	list := everything(t, now.AddDate(0, 0, -2))[:2]
	list[1].Terms.Objectives = correction.Selector{Services: []string{objectives[1].Service()}}
	all := correction.Expand(list, objectives[:2], now, now)
	if len(all) != 2 || len(all[objectives[0].ID].Excluded) >= len(all[objectives[1].ID].Excluded) {
		t.Errorf("got %+v", all)
	}
	list[0].Terms.Objectives = list[1].Terms.Objectives
	if got := correction.Expand(list, objectives, now, now); len(got) != 1 {
		t.Errorf("corrections of one objective are about %d", len(got))
	}
}

// TestComparingTakesNoTimeOfMany demands that the effect of a correction of
// everything is told in a time that grows with the objectives, not with their
// square.
func TestComparingTakesNoTimeOfMany(t *testing.T) {
	now := day(t, "2026-11-23T12:00:00Z")
	ledger, objectives := manyObjectives(t, 20_000, now)
	all := ledger.Statuses(now)
	calls := 0
	effects := correction.Compare(all, all, func(budget.Status) []string { calls++; return nil })
	if len(effects) != len(objectives) || calls != 2*len(objectives) {
		t.Errorf("%d effects of %d objectives, %d looks", len(effects), len(objectives), calls)
	}
}
