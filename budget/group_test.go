package budget_test

import (
	"slices"
	"testing"
	"time"

	"headroom/budget"
	"headroom/slo"
)

// regional is a shop in two regions, of which the second opens later.
func regional(born time.Duration) (*shop, *flow, *flow, *slo.Objective) {
	s, eu, o := usual()
	o.GroupBy = []string{"region"}
	eu.group = map[string]string{"region": "eu"}
	us := &flow{group: map[string]string{"region": "us"}, born: born, total: 60}
	s.flows = append(s.flows, us)
	return s, eu, us, o
}

func TestLateBornGroupBeginsWithItself(t *testing.T) {
	s, eu, us, o := regional(2*time.Hour + 10*time.Second)
	k := newKeeper(t, s, o)
	k.run(0, 5*time.Hour)
	k.wantTruth(t, o, eu, -day, 5*time.Hour)
	k.wantTruth(t, o, us, 2*time.Hour+10*time.Second, 5*time.Hour)
	list := k.ledger.Status(o.ID, after(5*time.Hour))
	if len(list) != 2 {
		t.Fatalf("%d statuses, want one for each region", len(list))
	}
	if list[0].Group.Labels()["region"] != "eu" || list[0].Data != budget.DataOK || list[1].Data != budget.DataYoung {
		t.Errorf("statuses %+v, want eu ok and us young", list)
	}
	if first := k.slices(o, us.group)[0].Start; first < after(2*time.Hour-5*time.Minute).UnixMilli() {
		t.Errorf("us begins at %s, before it was born", time.UnixMilli(first).UTC())
	}
}

func TestGroupBornWhileTheRulesWereAway(t *testing.T) {
	s, eu, us, o := regional(100 * time.Minute)
	s.missed = func(at time.Time) bool { return at.After(after(time.Hour)) && at.Before(after(4*time.Hour)) }
	k := newKeeper(t, s, o)
	k.run(0, 6*time.Hour)
	k.wantTruth(t, o, eu, -day, 6*time.Hour)
	k.wantTruth(t, o, us, 100*time.Minute, 6*time.Hour)
}

func TestGroupThatIsGoneIsAbsentAndThenForgotten(t *testing.T) {
	s, _, us, o := regional(-2 * day)
	us.died = time.Hour
	k := newKeeper(t, s, o)
	k.run(0, 3*time.Hour)
	list := k.ledger.Status(o.ID, after(3*time.Hour))
	if len(list) != 2 || list[0].Data != budget.DataOK || list[1].Data != budget.DataAbsent {
		t.Fatalf("statuses %+v, want eu ok and us absent", list)
	}
	if b := list[1].Balance; *b.Coverage > 0.95 || b.End != list[1].At {
		t.Errorf("us is covered by %v up to %s, want less and less up to now", *b.Coverage, b.End)
	}
	for d := 3 * time.Hour; d <= 27*time.Hour; d += 4 * time.Minute {
		k.tick(after(d))
	}
	if list := k.ledger.Status(o.ID, after(27*time.Hour)); len(list) != 1 || list[0].Group.Labels()["region"] != "eu" {
		t.Errorf("statuses %+v, want eu alone", list)
	}
}

func TestGroupThatComesBackClosesItsGap(t *testing.T) {
	s, _, us, o := regional(-2 * day)
	us.died = 55*time.Minute + s.phase
	k := newKeeper(t, s, o)
	k.run(0, 3*time.Hour)
	us.died = 0
	k.run(3*time.Hour, 5*time.Hour)
	k.wantTruth(t, o, us, -day, 5*time.Hour)
}

func TestRenamedObjectiveContinues(t *testing.T) {
	s, f, o := usual()
	k := newKeeper(t, s, o)
	k.run(0, 2*time.Hour)
	before := k.slices(o, nil)
	renamed := *o
	renamed.ID.Objective, renamed.Formerly = "uptime", []slo.ID{{Namespace: "default", Service: "shop", Objective: "never"}, o.ID}
	s.rules, k.objectives = []*slo.Objective{&renamed}, []*slo.Objective{&renamed}
	declare(t, k.ledger, after(2*time.Hour), &renamed)
	s.ranges()
	if got := k.slices(&renamed, nil); !slices.Equal(got, before) || len(k.slices(o, nil)) != 0 {
		t.Errorf("%d slices under the new id, %d under the old, want all %d under the new", len(got), len(k.slices(o, nil)), len(before))
	}
	k.run(2*time.Hour, 3*time.Hour)
	k.restart(after(3 * time.Hour))
	k.run(3*time.Hour, 5*time.Hour)
	k.wantTruth(t, &renamed, f, -day, 5*time.Hour)
	if n := s.ranges(); n != 0 {
		t.Errorf("%d reads of history that the ledger had", n)
	}
}

func TestRenameTakesOnlyWhatIsFree(t *testing.T) {
	old, o := objective("availability", "99%", day, 5*time.Minute), objective("uptime", "99%", day, 5*time.Minute)
	o.Formerly = []slo.ID{old.ID}
	l := openLedger(t, nil)
	declare(t, l, epoch, old)
	add(t, l, keyOf(old, nil), at(0, 5, 1, 10, budget.SourceTile), at(5, 10, 1, 10, budget.SourceTile))
	declare(t, l, epoch, old, o)
	if got := l.Slices(keyOf(o, nil), epoch, after(day)); len(got) != 0 {
		t.Errorf("took %v from an id that is declared too", got)
	}
	add(t, l, keyOf(o, nil), at(4, 9, 2, 20, budget.SourceRaw))
	add(t, l, keyOf(o, nil), at(20, 25, 2, 20, budget.SourceRaw))
	add(t, l, keyOf(old, nil), at(9, 15, 3, 30, budget.SourceEvent))
	declare(t, l, epoch, o)
	want := []budget.Slice{at(4, 9, 2, 20, budget.SourceRaw), at(9, 15, 3, 30, budget.SourceEvent), at(20, 25, 2, 20, budget.SourceRaw)}
	if got := l.Slices(keyOf(o, nil), epoch, after(day)); !slices.Equal(got, want) {
		t.Errorf("slices %v, want its own and those of the old id that were free", got)
	}
	if since := only(t, l, o, after(time.Hour)).Balance.Since; !since.Equal(epoch) {
		t.Errorf("since %s, want that of the old id", since)
	}
	declare(t, l, epoch, old)
	if got := l.Slices(keyOf(old, nil), epoch, after(day)); len(got) != 0 {
		t.Errorf("the old id has %v again", got)
	}
}
