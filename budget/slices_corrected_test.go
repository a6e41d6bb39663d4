package budget_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"headroom/budget"
	"headroom/slo"
)

func TestCorrectedSlicesLeaveOutExcludedTime(t *testing.T) {
	o := objective("cut", "90%", time.Hour, time.Minute)
	l := openLedger(t, nil)
	declare(t, l, epoch, o)
	k := keyOf(o, nil)
	add(t, l, k, at(0, 10, 4, 40, budget.SourceRaw), at(10, 20, 2, 20, budget.SourceRaw), at(20, 30, 1, 10, budget.SourceRaw))
	minute := func(m int) int64 { return after(time.Duration(m) * time.Minute).UnixMilli() }
	l.SetCorrections(map[slo.ID]budget.Corrections{o.ID: {Excluded: []budget.Excluded{{From: minute(5), To: minute(20)}}}})
	want := []budget.CountedSlice{{Slice: at(0, 10, 2, 20, budget.SourceRaw), Counted: 5 * time.Minute}, {Slice: at(20, 30, 1, 10, budget.SourceRaw), Counted: 10 * time.Minute}}
	if got := l.CountedSlices(k, epoch, after(time.Hour)); !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if sum := l.Sum(k, epoch, after(time.Hour)); sum.Measured != want[0].Counted+want[1].Counted || sum.Total != want[0].Total+want[1].Total {
		t.Errorf("the account is %+v, and the slices are %+v", sum, want)
	}
	if got := l.CorrectedSlices(k, epoch, after(time.Hour)); !slices.Equal(got, []budget.Slice{want[0].Slice, want[1].Slice}) {
		t.Errorf("without how much counts: %+v", got)
	}
}

// TestRemaindersAreWhatSumsSay moves the begin of a window over slices, gaps,
// exclusions and adjustments and adds up afresh each time.
func TestRemaindersAreWhatSumsSay(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		o := objective("left", "90%", time.Hour, time.Minute)
		l := openLedger(t, nil)
		declare(t, l, epoch, o)
		k := keyOf(o, nil)
		for m := 0; m < 120; m += 1 + r.IntN(5) {
			n := 1 + r.IntN(3)
			total := float64(r.IntN(50))
			add(t, l, k, at(m, m+n, total*r.Float64(), total, budget.SourceRaw))
			m += n - 1
		}
		c := budget.Corrections{}
		minute := func() int64 { return after(time.Duration(r.IntN(120)) * time.Minute).UnixMilli() }
		if r.IntN(2) == 0 {
			from := minute()
			c.Excluded = append(c.Excluded, budget.Excluded{From: from, To: from + int64(r.IntN(2_000_000))})
		}
		if r.IntN(3) == 0 {
			from := minute()
			c.Adjustments = append(c.Adjustments, budget.Adjustment{From: from, To: from + int64(r.IntN(2_000_000)), Bad: 300, Total: 700})
		}
		l.SetCorrections(map[slo.ID]budget.Corrections{o.ID: c})
		from, to := after(time.Duration(r.IntN(40))*time.Minute+7*time.Second), after(110*time.Minute)
		list := l.Remainders(k, from, to)
		if len(list) < 2 || !list[0].At.Equal(from.UTC()) {
			t.Fatalf("seed %d: remainders %+v", seed, list)
		}
		for i, got := range list {
			want := l.Sum(k, got.At, to)
			// Each slice that an exclusion cuts is rounded once, and a sum is cut
			// where another slice begins.
			if off := max(got.Bad-want.Bad, want.Bad-got.Bad, got.Total-want.Total, want.Total-got.Total); off > 4 {
				t.Fatalf("seed %d: from %s on %v of %v are left, the sum is %v of %v", seed, got.At, got.Bad, got.Total, want.Bad, want.Total)
			}
			if i > 0 && !got.At.After(list[i-1].At) {
				t.Fatalf("seed %d: %s comes after %s", seed, got.At, list[i-1].At)
			}
		}
	}
}

func TestAccountOfAnInterval(t *testing.T) {
	o := objective("interval", "90%", time.Hour, time.Minute)
	l := openLedger(t, nil)
	declare(t, l, epoch, o)
	add(t, l, keyOf(o, nil), at(0, 10, 1, 40, budget.SourceRaw), at(15, 20, 2, 20, budget.SourceRaw))
	got := l.Account(o.ID, slo.Group{}, epoch, after(20*time.Minute))
	wantNumber(t, "total", got.Total, is(60))
	wantNumber(t, "spent", got.Spent, is(0.5))
	wantNumber(t, "coverage", got.Coverage, is(0.75))
	if !got.Since.Equal(epoch) || got.Corrected {
		t.Errorf("got %+v", got)
	}
	if got := l.Account(o.ID, slo.NewGroup(map[string]string{"a": "b"}), epoch, after(time.Hour)); got.Total != nil || !got.Since.IsZero() {
		t.Errorf("an unknown group has %+v", got)
	}
}
