package budget_test

import (
	"testing"
	"time"

	"headroom/budget"
	"headroom/slo"
)

func TestStatusesAtTellThePast(t *testing.T) {
	o := objective("past", "90%", time.Hour, time.Minute)
	l := openLedger(t, nil)
	declare(t, l, epoch, o)
	k := budget.Key{SLO: o.ID, SLI: o.SLI()}
	for m := range 120 {
		bad := 0.0
		if m < 60 {
			bad = 2 // twice the budget in the first hour, nothing in the second
		}
		add(t, l, k, at(m, m+1, bad, 10, budget.SourceRaw))
	}
	then, now := l.StatusesAt(after(time.Hour)), l.Statuses(after(2*time.Hour))
	if len(then) != 1 || len(now) != 1 {
		t.Fatalf("%d and %d statuses, want one each", len(then), len(now))
	}
	if then[0].State != budget.StateExhausted || now[0].State != budget.StateHealthy {
		t.Errorf("state was %s and is %s, want exhausted and healthy", then[0].State, now[0].State)
	}
	wantNumber(t, "spent then", then[0].Balance.Spent, is(2))
	wantNumber(t, "spent now", now[0].Balance.Spent, is(0))
	if !then[0].At.Equal(after(time.Hour)) {
		t.Errorf("the status is of %s", then[0].At)
	}
	// As the present it must say the same.
	again := l.StatusesAt(after(2 * time.Hour))
	wantNumber(t, "remaining", again[0].Balance.Remaining, now[0].Balance.Remaining)
}

func TestStatusesAtBeforeItsLifeAreUnknown(t *testing.T) {
	o := objective("unborn", "90%", time.Hour, time.Minute)
	o.GroupBy = []string{"region"}
	l := openLedger(t, nil)
	declare(t, l, epoch, o)
	k := budget.Key{SLO: o.ID, SLI: o.SLI(), Group: slo.NewGroup(map[string]string{"region": "eu"})}
	add(t, l, k, at(10, 11, 0, 10, budget.SourceRaw))
	list := l.StatusesAt(after(5 * time.Minute))
	if len(list) != 1 || !list[0].Group.IsZero() || list[0].State != budget.StateUnknown || list[0].Data != budget.DataUnmeasured {
		t.Errorf("before its life: %+v, want one unknown status of the zero group", list)
	}
	if list := l.StatusesAt(after(12 * time.Minute)); len(list) != 1 || list[0].Group != k.Group {
		t.Errorf("in its life: %+v", list)
	}
	if list := l.StatusesAt(after(5 * time.Hour)); len(list) != 1 || !list[0].Group.IsZero() {
		t.Errorf("when the group is gone: %+v", list)
	}
}

func TestSumOfAnInterval(t *testing.T) {
	o := objective("sum", "90%", time.Hour, time.Minute)
	l := openLedger(t, nil)
	declare(t, l, epoch, o)
	k := budget.Key{SLO: o.ID, SLI: o.SLI()}
	add(t, l, k, at(0, 10, 1, 10, budget.SourceRaw), at(10, 20, 3, 30, budget.SourceRaw), at(30, 40, 5, 50, budget.SourceRaw))
	want := budget.Sum{Bad: 800, Total: 8000, Measured: 20 * time.Minute, Since: epoch.UTC()}
	if got := l.Sum(k, after(10*time.Minute), after(40*time.Minute)); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := l.Sum(budget.Key{SLO: o.ID, SLI: "none"}, epoch, after(time.Hour)); got != (budget.Sum{}) {
		t.Errorf("of nothing: %+v", got)
	}
}
