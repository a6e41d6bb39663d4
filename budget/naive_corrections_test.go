package budget_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"headroom/budget"
	"headroom/slo"
)

// drawCorrections draws intervals that overlap, touch and cross days and
// slices, and adjustments that take away and add.
func drawCorrections(t *rapid.T) budget.Corrections {
	var c budget.Corrections
	begin := func(name string) int64 {
		return epoch.UnixMilli() + 1000*int64(rapid.IntRange(-3600, 4*24*3600).Draw(t, name))
	}
	for range rapid.IntRange(0, 6).Draw(t, "excluded") {
		from := begin("from")
		c.Excluded = append(c.Excluded, budget.Excluded{From: from, To: from + rapid.SampledFrom([]int64{0, 1, 1000, 120_000, 3_600_000, 90_000_000}).Draw(t, "for")})
	}
	for range rapid.IntRange(0, 3).Draw(t, "adjustments") {
		from := begin("at")
		c.Adjustments = append(c.Adjustments, budget.Adjustment{
			From: from, To: from + rapid.SampledFrom([]int64{0, 1, 7000, 3_600_000, 30 * 86_400_000, 363 * 86_400_000}).Draw(t, "over"),
			Bad:   budget.Count(rapid.Int64Range(-1e9, 1e9).Draw(t, "bad")),
			Total: budget.Count(rapid.Int64Range(-1e9, 1e9).Draw(t, "total")),
		})
	}
	return c
}

func uncorrected(b budget.Balance) budget.Balance {
	b.Measured, b.Life, b.Coverage = b.Raw.Measured, b.Raw.Life, b.Raw.Coverage
	b.Total, b.Bad, b.ErrorRatio = b.Raw.Total, b.Raw.Bad, b.Raw.ErrorRatio
	b.Budget, b.Spent, b.Remaining = b.Raw.Budget, b.Raw.Spent, b.Raw.Remaining
	b.Burn = nil
	return b
}

func TestCorrectedBalanceEqualsTheNaiveCalculator(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		o := objective("availability", rapid.SampledFrom([]string{"99.9%", "99%", "33.3%"}).Draw(rt, "target"),
			rapid.SampledFrom([]time.Duration{5 * time.Hour, 48 * time.Hour, 28 * 24 * time.Hour}).Draw(rt, "window"), 5*time.Minute)
		store, plain, key := newPaged(), &naive{}, keyOf(o, nil)
		l := openLedger(t, store)
		declare(t, l, epoch, o)
		for range rapid.IntRange(0, 40).Draw(rt, "steps") {
			switch rapid.IntRange(0, 9).Draw(rt, "what") {
			case 0: // killed and started again: whoever keeps the corrections gives them again
				l = openLedger(t, store)
				declare(t, l, epoch, o)
				l.SetCorrections(map[slo.ID]budget.Corrections{o.ID: plain.corrections})
			case 1, 2: // others, or more than there were
				next := drawCorrections(rt)
				if rapid.Bool().Draw(rt, "more") {
					next.Excluded = slices.Concat(plain.corrections.Excluded, next.Excluded)
				}
				plain.corrections = next
				l.SetCorrections(map[slo.ID]budget.Corrections{o.ID: plain.corrections})
			default:
				for range rapid.IntRange(1, 8).Draw(rt, "slices") {
					s := drawSlice(rt)
					add(t, l, key, s)
					plain.add(s)
				}
			}
			if len(plain.list) == 0 {
				continue
			}
			now := epoch.Add(time.Duration(rapid.IntRange(0, 8*24*3600).Draw(rt, "now")) * time.Second)
			got, want := only(t, l, o, now).Balance, plain.balance(o, now.UnixMilli())
			if text(got) != text(want) {
				rt.Fatalf("at %s with %+v\n got %s\nwant %s", now, plain.corrections, text(got), text(want))
			}
			without := naive{list: plain.list, since: plain.since}
			want = without.balance(o, now.UnixMilli())
			want.Burn = nil
			if text(uncorrected(got)) != text(want) {
				rt.Fatalf("raw at %s\n got %s\nwant %s", now, text(uncorrected(got)), text(want))
			}
			other := drawCorrections(rt)
			tried := &naive{list: plain.list, since: plain.since, corrections: other}
			list := l.StatusesWith(now, map[slo.ID]budget.Corrections{o.ID: other})
			if got, want := text(list[0].Balance), text(tried.balance(o, now.UnixMilli())); got != want {
				rt.Fatalf("tried at %s with %+v\n got %s\nwant %s", now, other, got, want)
			}
		}
	})
}
