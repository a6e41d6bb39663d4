package budget_test

import (
	"strings"
	"testing"
	"time"

	"headroom/budget"
	"headroom/slo"
)

// steady returns slices of five minutes over [from, to) minutes.
func steady(from, to int, bad, total float64) []budget.Slice {
	var list []budget.Slice
	for m := from; m < to; m += 5 {
		list = append(list, at(m, m+5, bad, total, budget.SourceTile))
	}
	return list
}

func TestStates(t *testing.T) {
	join := func(lists ...[]budget.Slice) []budget.Slice {
		var all []budget.Slice
		for _, list := range lists {
			all = append(all, list...)
		}
		return all
	}
	tests := map[string]struct {
		slices []budget.Slice
		at     int // minutes; the window is 5 h at 99 %
		data   budget.DataState
		state  budget.State
		reason string
	}{
		"healthy":                {steady(0, 600, 0.1, 100), 600, budget.DataOK, budget.StateHealthy, ""},
		"caution":                {steady(0, 600, 0.8, 100), 600, budget.DataOK, budget.StateCaution, ""},
		"exhausted":              {steady(0, 600, 1, 100), 600, budget.DataOK, budget.StateExhausted, ""},
		"three quarters spent":   {steady(0, 600, 0.75, 100), 600, budget.DataOK, budget.StateHealthy, ""},
		"no traffic":             {steady(0, 600, 0, 0), 600, budget.DataNoTraffic, budget.StateUnknown, "no event"},
		"young":                  {steady(0, 120, 0, 100), 120, budget.DataYoung, budget.StateHealthy, "2 of 5 hours measured: "},
		"young without traffic":  {steady(0, 120, 0, 0), 120, budget.DataNoTraffic, budget.StateUnknown, ""},
		"nothing measured":       {nil, 120, budget.DataUnmeasured, budget.StateUnknown, "Nothing"},
		"tenth missing":          {join(steady(0, 300, 0, 9), steady(330, 600, 0, 9)), 600, budget.DataOK, budget.StateHealthy, ""},
		"more missing":           {join(steady(0, 300, 0, 9), steady(335, 600, 0, 9)), 600, budget.DataUnmeasured, budget.StateUnknown, "Only 88%"},
		"last slice is fresh":    {steady(0, 600, 0, 100), 616, budget.DataOK, budget.StateHealthy, ""},
		"last slice is stale":    {steady(0, 600, 0, 100), 640, budget.DataUnmeasured, budget.StateUnknown, "Only 86%"},
		"long gone":              {steady(0, 600, 0, 100), 2000, budget.DataUnmeasured, budget.StateUnknown, "Nothing"},
		"measured before it was": {steady(300, 600, 0, 100), 200, budget.DataUnmeasured, budget.StateUnknown, "Nothing"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			o := objective("availability", "99%", 5*time.Hour, 5*time.Minute)
			l := openLedger(t, nil)
			declare(t, l, epoch, o)
			add(t, l, keyOf(o, nil), test.slices...)
			s := only(t, l, o, after(time.Duration(test.at)*time.Minute))
			if s.Data != test.data || s.State != test.state || !strings.Contains(s.Reason, test.reason) || (s.Reason == "") != (s.Data == budget.DataOK) {
				t.Errorf("data %s, budget %s, reason %q: want %s, %s, %q", s.Data, s.State, s.Reason, test.data, test.state, test.reason)
			}
		})
	}
}

// TestStatusesSayHowFarTheDataReach ends them and looks later: what is normal
// between two slices is not stale.
func TestStatusesSayHowFarTheDataReach(t *testing.T) {
	o := objective("availability", "99%", 5*time.Hour, 5*time.Minute)
	l := openLedger(t, nil)
	declare(t, l, epoch, o)
	if s := only(t, l, o, after(time.Hour)); !s.Through.IsZero() || s.Stale() {
		t.Errorf("without slices the data reach %s, stale %t", s.Through, s.Stale())
	}
	add(t, l, keyOf(o, nil), steady(0, 60, 1, 10)...)
	for later, stale := range map[time.Duration]bool{0: false, 8 * time.Minute: false, 16 * time.Minute: false, 17 * time.Minute: true, 3 * time.Hour: true} {
		at := after(time.Hour + later)
		for name, s := range map[string]budget.Status{"now": only(t, l, o, at), "past": l.StatusesAt(at)[0]} {
			if !s.Through.Equal(after(time.Hour)) || s.Stale() != stale {
				t.Errorf("%s, %s later: the data reach %s, stale %t, want %t", name, later, s.Through, s.Stale(), stale)
			}
		}
	}
}

func TestNothingMeasuredMeansNoNumbers(t *testing.T) {
	o := objective("availability", "99%", 5*time.Hour, 5*time.Minute)
	l := openLedger(t, nil)
	declare(t, l, epoch, o)
	check := func(b budget.Balance) {
		t.Helper()
		for name, got := range map[string]*float64{
			"total": b.Total, "bad": b.Bad, "error ratio": b.ErrorRatio, "budget": b.Budget, "spent": b.Spent, "remaining": b.Remaining,
			"burn 1h": b.Burn[time.Hour], "burn 6h": b.Burn[6*time.Hour], "burn 3d": b.Burn[72*time.Hour],
		} {
			wantNumber(t, name, got, nil)
		}
		if len(b.Burn) != 3 {
			t.Errorf("burn %v, want three lookbacks", b.Burn)
		}
	}
	b := only(t, l, o, after(time.Hour)).Balance
	check(b)
	wantNumber(t, "coverage", b.Coverage, nil)
	add(t, l, keyOf(o, nil), steady(0, 60, 1, 10)...)
	b = only(t, l, o, after(10*24*time.Hour)).Balance
	check(b)
	wantNumber(t, "coverage", b.Coverage, is(0))
}

// TestAnUnknownBudgetHasNoShares: what was counted stays, what would judge it
// does not.
func TestAnUnknownBudgetHasNoShares(t *testing.T) {
	o := objective("availability", "99%", 5*time.Hour, 5*time.Minute)
	l := openLedger(t, nil)
	declare(t, l, epoch, o)
	add(t, l, keyOf(o, nil), steady(0, 5, 1, 10)...)
	add(t, l, keyOf(o, nil), steady(200, 300, 1, 10)...)
	past := l.StatusesAt(after(5 * time.Hour))
	for name, s := range map[string]budget.Status{"now": only(t, l, o, after(5*time.Hour)), "past": past[0]} {
		if s.State != budget.StateUnknown {
			t.Fatalf("%s: the budget is %s", name, s.State)
		}
		wantNumber(t, name+": total", s.Balance.Total, is(210))
		wantNumber(t, name+": bad", s.Balance.Bad, is(21))
		wantNumber(t, name+": error ratio", s.Balance.ErrorRatio, is(0.1))
		wantNumber(t, name+": coverage", s.Balance.Coverage, is(0.35))
		wantNumber(t, name+": spent", s.Balance.Spent, nil)
		wantNumber(t, name+": remaining", s.Balance.Remaining, nil)
	}
}

func TestNumbersOfABalance(t *testing.T) {
	o := objective("availability", "99.9%", 5*time.Hour, 5*time.Minute)
	l := openLedger(t, nil)
	declare(t, l, epoch, o)
	add(t, l, keyOf(o, nil), steady(0, 295, 0, 1000)...)
	add(t, l, keyOf(o, nil), at(295, 300, 15, 1000, budget.SourceTile))
	b := only(t, l, o, after(5*time.Hour)).Balance
	wantNumber(t, "total", b.Total, is(60000))
	wantNumber(t, "budget", b.Budget, is(60)) // 0.001 · 60000 is 60, not 60.00000000000001
	wantNumber(t, "bad", b.Bad, is(15))
	wantNumber(t, "error ratio", b.ErrorRatio, is(0.00025))
	wantNumber(t, "spent", b.Spent, is(0.25))
	wantNumber(t, "remaining", b.Remaining, is(0.75))
	wantNumber(t, "burn 1h", b.Burn[time.Hour], is(1.25)) // 15 of 12000
	wantNumber(t, "burn 6h", b.Burn[6*time.Hour], is(0.25))
}

func TestBurnNeedsHalfOfItsLookback(t *testing.T) {
	o := objective("availability", "99%", 5*time.Hour, 5*time.Minute)
	l := openLedger(t, nil)
	declare(t, l, epoch, o)
	add(t, l, keyOf(o, nil), steady(0, 5, 0, 100)...)
	add(t, l, keyOf(o, nil), steady(270, 300, 1, 100)...)
	b := only(t, l, o, after(5*time.Hour)).Balance
	wantNumber(t, "burn over a half measured hour", b.Burn[time.Hour], is(1))
	wantNumber(t, "burn over six hours of which 35 minutes were measured", b.Burn[6*time.Hour], nil)
}

func TestSpanningSliceCountsByItsShare(t *testing.T) {
	o := objective("availability", "99%", 5*time.Hour, 5*time.Minute)
	l := openLedger(t, nil)
	declare(t, l, epoch, o)
	add(t, l, keyOf(o, nil), at(0, 200, 10, 1000, budget.SourceRaw), at(200, 450, 0, 100, budget.SourceRaw))
	b := only(t, l, o, after(450*time.Minute)).Balance
	wantNumber(t, "total", b.Total, is(350)) // the last 50 of 200 minutes
	wantNumber(t, "bad", b.Bad, is(2.5))
	wantNumber(t, "coverage", b.Coverage, is(1))
}

func TestRulesMissing(t *testing.T) {
	s, _, o := usual()
	s.rules = nil
	k := newKeeper(t, s, o)
	state := func(at time.Duration) budget.DataState { return only(t, k.ledger, o, after(at)).Data }
	k.run(0, 14*time.Minute)
	if got := state(14 * time.Minute); got != budget.DataOK {
		t.Errorf("within the grace the data state is %s, want ok", got)
	}
	k.run(14*time.Minute, 16*time.Minute)
	if got := state(16 * time.Minute); got != budget.DataRulesMissing {
		t.Errorf("after the grace the data state is %s, want rules_missing", got)
	}
	s.rules = []*slo.Objective{o}
	k.run(16*time.Minute, 17*time.Minute)
	if got := state(17 * time.Minute); got != budget.DataOK {
		t.Errorf("with the rules the data state is %s, want ok", got)
	}
	changed := *o
	changed.Target = slo.MustTarget("99.5%")
	declare(t, k.ledger, after(17*time.Minute), &changed)
	k.run(17*time.Minute, 31*time.Minute)
	if got := state(31 * time.Minute); got != budget.DataOK {
		t.Errorf("soon after a change the data state is %s, want ok", got)
	}
	k.run(31*time.Minute, 33*time.Minute)
	if got := state(33 * time.Minute); got != budget.DataRulesMissing {
		t.Errorf("long after a change the data state is %s, want rules_missing", got)
	}
	s.failing = true
	if err := k.reader.Tick(t.Context(), after(34*time.Minute)); err == nil {
		t.Error("tick without a metrics store succeeded")
	}
	if got := state(34 * time.Minute); got != budget.DataRulesMissing {
		t.Errorf("without a metrics store the data state is %s, want what was known", got)
	}
}

func TestAbsent(t *testing.T) {
	s, f, o := usual()
	f.born = 30 * time.Minute
	k := newKeeper(t, s, o)
	k.run(0, 5*time.Minute)
	status := only(t, k.ledger, o, after(5*time.Minute))
	if status.Data != budget.DataAbsent || status.State != budget.StateUnknown {
		t.Errorf("before the counter exists: %s, %s: want absent, unknown", status.Data, status.State)
	}
	k.run(5*time.Minute, 50*time.Minute)
	if got := only(t, k.ledger, o, after(50*time.Minute)); got.Data != budget.DataYoung || got.Balance.Since.Before(after(25*time.Minute)) {
		t.Errorf("when the counter exists: %s since %s: want young since it appeared", got.Data, got.Balance.Since)
	}
	f.died = time.Hour
	k.run(50*time.Minute, 2*time.Hour)
	if got := only(t, k.ledger, o, after(2*time.Hour)).Data; got != budget.DataAbsent {
		t.Errorf("when the counter is gone: %s, want absent", got)
	}
	s.queries = nil
	k.run(2*time.Hour, 3*time.Hour)
	looks := 0
	for _, q := range s.queries {
		if strings.HasPrefix(q, "total ") {
			looks++
		}
	}
	if looks > 12 {
		t.Errorf("%d looks at raw series in an hour, want at most one per resolution", looks)
	}
}
