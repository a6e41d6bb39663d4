package budget_test

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"headroom/budget"
	"headroom/slo"
)

// naive keeps slices in a plain list and computes balances from scratch: the
// independent calculator.
type naive struct {
	list        []budget.Slice
	since       int64
	corrections budget.Corrections
}

// add follows the rule in words: refused whole when it overlaps one of the same
// or a higher source, else everything that it overlaps goes.
func (n *naive) add(s budget.Slice) {
	if s.End <= s.Start || s.Bad > s.Total {
		return
	}
	overlaps := func(o budget.Slice) bool { return o.Start < s.End && s.Start < o.End }
	for _, o := range n.list {
		if overlaps(o) && o.Source >= s.Source {
			return
		}
	}
	n.list = append(slices.DeleteFunc(n.list, overlaps), s)
	if n.since == 0 || s.Start < n.since {
		n.since = s.Start
	}
}

// counted returns how much of (from, to] is not excluded, looked at between
// every two times at which anything begins or ends.
func (n *naive) counted(from, to int64) int64 {
	edges := []int64{from, to}
	for _, x := range n.corrections.Excluded {
		edges = append(edges, min(max(x.From, from), to), min(max(x.To, from), to))
	}
	slices.Sort(edges)
	sum := int64(0)
	for i := 1; i < len(edges); i++ {
		out := slices.ContainsFunc(n.corrections.Excluded, func(x budget.Excluded) bool {
			return x.From <= edges[i-1] && edges[i] <= x.To
		})
		if !out {
			sum += edges[i] - edges[i-1]
		}
	}
	return sum
}

// portion is c·part/whole to the nearest, halves away from zero.
func portion(c budget.Count, part, whole int64) int64 {
	if c < 0 {
		return -portion(-c, part, whole)
	}
	exact := big.NewRat(int64(c)*2*part+whole, 2*whole) // c·share + ½
	return new(big.Int).Div(exact.Num(), exact.Denom()).Int64()
}

// sum adds up what ends in (from, to] and is not excluded, the slice that
// crosses from by its share, and what was adjusted.
func (n *naive) sum(from, to int64) (bad, total, measured int64) {
	for _, s := range n.list {
		if s.End <= from || s.End > to {
			continue
		}
		inside := n.counted(max(s.Start, from), s.End)
		bad, total = bad+portion(s.Bad, inside, s.End-s.Start), total+portion(s.Total, inside, s.End-s.Start)
		measured += inside
	}
	for _, a := range n.corrections.Adjustments {
		if a.From == a.To {
			a.From--
		}
		begin, end := max(a.From, from), min(a.To, to)
		if begin >= end {
			continue
		}
		inside := n.counted(begin, end)
		bad, total = bad+portion(a.Bad, inside, a.To-a.From), total+portion(a.Total, inside, a.To-a.From)
	}
	total = max(total, 0)
	return min(max(bad, 0), total), total, measured
}

func ratio(num, den *big.Rat) *float64 {
	f, _ := new(big.Rat).Quo(num, den).Float64()
	return &f
}

// balance is the account as the documentation words it.
func (n *naive) balance(o *slo.Objective, at int64) budget.Balance {
	end := at
	last := int64(0)
	for _, s := range n.list {
		if s.End <= at {
			last = max(last, s.End)
		}
	}
	if last > 0 && last < n.since && n.since <= at {
		last = n.since // events: its first slice is not over
	}
	if last > 0 && at-last <= (3*o.Resolution+time.Minute).Milliseconds() {
		end = last
	}
	start := end - o.Window.Rolling.Milliseconds()
	b := budget.Balance{Start: time.UnixMilli(start).UTC(), End: time.UnixMilli(end).UTC(), Burn: map[time.Duration]*float64{}}
	allowed, _ := new(big.Rat).SetString(o.Target.BudgetString())
	for _, lookback := range budget.BurnLookbacks() {
		from := end - lookback.Milliseconds()
		bad, total, _ := n.sum(from, end)
		_, _, measured := n.sum(max(from, n.since), end)
		b.Burn[lookback] = nil
		if total > 0 && n.since < end && 2*measured >= n.counted(max(from, n.since), end) {
			b.Burn[lookback] = ratio(big.NewRat(bad, total), allowed)
		}
	}
	if n.since == 0 {
		return b
	}
	bad, total, counted := n.sum(start, end)
	if n.since >= end {
		if counted > 0 {
			n.account(&b, o, bad, total)
			b.Spent, b.Remaining = nil, nil
		}
		return b
	}
	_, _, measured := n.sum(max(start, n.since), end)
	life := n.counted(max(start, n.since), end)
	b.Since, b.Measured, b.Life = time.UnixMilli(n.since).UTC(), time.Duration(measured)*time.Millisecond, time.Duration(life)*time.Millisecond
	if life > 0 {
		b.Coverage = ratio(big.NewRat(measured, 1), big.NewRat(life, 1))
	}
	if counted == 0 {
		return b
	}
	n.account(&b, o, bad, total)
	if b.Coverage == nil || *b.Coverage < budget.MinCoverage {
		b.Spent, b.Remaining = nil, nil
	}
	return b
}

// account fills in what bad of total events mean.
func (n *naive) account(b *budget.Balance, o *slo.Objective, bad, total int64) {
	allowed, _ := new(big.Rat).SetString(o.Target.BudgetString())
	b.Bad, b.Total = ratio(big.NewRat(bad, 1), big.NewRat(100, 1)), ratio(big.NewRat(total, 1), big.NewRat(100, 1))
	k := new(big.Rat).Mul(allowed, big.NewRat(total, 100))
	b.Budget = ratio(k, big.NewRat(1, 1))
	if total > 0 {
		b.ErrorRatio = ratio(big.NewRat(bad, 1), big.NewRat(total, 1))
		b.Spent = ratio(big.NewRat(bad, 100), k)
		b.Remaining = ratio(new(big.Rat).Sub(k, big.NewRat(bad, 100)), k)
	}
}

// text prints a balance with every digit.
func text(b budget.Balance) string {
	var s strings.Builder
	fmt.Fprintf(&s, "%s – %s since %s measured %s of %s = %s: total %s bad %s ratio %s budget %s spent %s remaining %s burn",
		b.Start, b.End, b.Since, b.Measured, b.Life, show(b.Coverage), show(b.Total), show(b.Bad), show(b.ErrorRatio), show(b.Budget), show(b.Spent), show(b.Remaining))
	for _, lookback := range budget.BurnLookbacks() {
		s.WriteString(" " + show(b.Burn[lookback]))
	}
	return s.String()
}

// drawSlice draws slices of odd and even lengths over four days that begin
// before midnight, so that pages have several of them and edges cross days.
func drawSlice(t *rapid.T) budget.Slice {
	start := epoch.UnixMilli() + 1000*int64(rapid.IntRange(0, 4*24*60*6).Draw(t, "start"))*10
	length := rapid.SampledFrom([]int64{10_000, 300_000, 300_000, 300_000, 299_999, 3_600_000, 40_000_000}).Draw(t, "length")
	total := rapid.Int64Range(0, 1_000_000_000).Draw(t, "total")
	return budget.Slice{
		Start: start, End: start + length, Total: budget.Count(total),
		Bad:    budget.Count(rapid.Int64Range(0, total).Draw(t, "bad")),
		Source: budget.Source(rapid.IntRange(1, 3).Draw(t, "source")),
	}
}

func TestBalanceEqualsTheNaiveCalculator(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		o := objective("availability", rapid.SampledFrom([]string{"99.9%", "99%", "99.95%", "99.999999999%", "33.3%"}).Draw(rt, "target"),
			rapid.SampledFrom([]time.Duration{5 * time.Hour, 48 * time.Hour, 28 * 24 * time.Hour}).Draw(rt, "window"), 5*time.Minute)
		store, plain, key := newPaged(), &naive{}, keyOf(o, nil)
		l := openLedger(t, store)
		declare(t, l, epoch, o)
		var given []budget.Slice
		for range rapid.IntRange(0, 60).Draw(rt, "steps") {
			switch rapid.IntRange(0, 9).Draw(rt, "what") {
			case 0: // killed and started again
				l = openLedger(t, store)
				declare(t, l, epoch, o)
			case 1: // a replay of everything, in any order
				given = rapid.Permutation(given).Draw(rt, "replay")
				for _, s := range given {
					add(t, l, key, s)
					plain.add(s)
				}
			default:
				var list []budget.Slice
				for range rapid.IntRange(1, 8).Draw(rt, "slices") {
					list = append(list, drawSlice(rt))
				}
				given = append(given, list...)
				add(t, l, key, list...)
				for _, s := range list {
					plain.add(s)
				}
			}
			now := epoch.Add(time.Duration(rapid.IntRange(0, 8*24*3600).Draw(rt, "now")) * time.Second)
			want := text(plain.balance(o, now.UnixMilli()))
			if len(plain.list) == 0 {
				continue
			}
			if got := text(only(t, l, o, now).Balance); got != want {
				rt.Fatalf("at %s\n got %s\nwant %s", now, got, want)
			}
		}
	})
}

// Two sources that are disjoint each give the same ledger in any order.
func TestOrderOfTwoSourcesDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		o := objective("availability", "99.9%", 48*time.Hour, 5*time.Minute)
		var list []budget.Slice
		for _, source := range []budget.Source{budget.SourceTile, budget.SourceRaw} {
			for end := 0; end < 2000; {
				start := end + rapid.IntRange(0, 300).Draw(rt, "gap")
				end = start + rapid.IntRange(1, 200).Draw(rt, "length")
				list = append(list, at(start, end, 1, float64(rapid.IntRange(1, 100).Draw(rt, "total")), source))
			}
		}
		var first string
		for range 3 {
			l := openLedger(t, nil)
			declare(t, l, epoch, o)
			for _, s := range rapid.Permutation(list).Draw(rt, "order") {
				add(t, l, keyOf(o, nil), s)
			}
			got := fmt.Sprint(l.Slices(keyOf(o, nil), time.UnixMilli(0), after(100*time.Hour)))
			if first == "" {
				first = got
			}
			if got != first {
				rt.Fatalf("ledgers differ:\n%s\n%s", first, got)
			}
		}
	})
}
