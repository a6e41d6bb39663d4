package prove

import (
	"fmt"
	"time"

	"headroom/budget"
	"headroom/internal/truth"
	"headroom/rules"
)

// window is where the window of a balance at a time lies: it ends with the last
// piece, unless that is old.
func (w *world) window(book *truth.Book, now int64) truth.Span {
	end := now
	if last := book.Last(now); last > 0 && now-last <= (3*w.Resolution+time.Minute).Milliseconds() {
		end = last
	}
	return truth.Span{From: end - w.objective.Window.Rolling.Milliseconds(), To: end}
}

// checking compares numbers of one answer.
type checking struct {
	at     time.Time
	group  string
	where  string
	faults []Fault
}

func (c *checking) fault(what, want, got string) {
	c.faults = append(c.faults, Fault{c.at, c.group, "the ledger's " + what + " " + c.where, want, got})
}

// number demands that a number is known when it must be, and right.
func (c *checking) number(what string, got *float64, want truth.Interval, known truth.Answer) {
	switch {
	case got == nil && known.Must:
		c.fault(what, bounds(want), "unknown")
	case got != nil && !known.May:
		c.fault(what, "unknown", number(*got))
	case got != nil && !want.Holds(*got):
		c.fault(what, bounds(want), number(*got))
	}
}

// account compares what a span comes to.
func (c *checking) account(a truth.Account, got budget.Account, share float64) truth.Answer {
	measured := truth.Answer{Must: a.Measured > 0, May: a.Measured > 0}
	c.number("events", got.Total, a.Total, measured)
	c.number("bad events", got.Bad, a.Bad, measured)
	allowed := truth.Interval{Lo: a.Total.Lo * share, Hi: a.Total.Hi * share}
	c.number("budget", got.Budget, allowed, measured)
	some := measured.And(a.Total.Above(0))
	c.number("error ratio", got.ErrorRatio, a.Ratio(), some)
	if a.Life > 0 && (got.Measured.Milliseconds() != a.OfLife || got.Life.Milliseconds() != a.Life) {
		c.fault("measured time", fmt.Sprintf("%s of %s", time.Duration(a.OfLife)*time.Millisecond, time.Duration(a.Life)*time.Millisecond), fmt.Sprintf("%s of %s", got.Measured, got.Life))
	}
	c.number("coverage", got.Coverage, truth.Exactly(float64(a.OfLife)/float64(max(a.Life, 1))), truth.Answer{Must: a.Life > 0, May: a.Life > 0})
	covered := a.Life > 0 && float64(a.OfLife) >= 0.9*float64(a.Life)
	return some.And(truth.Answer{Must: covered, May: covered})
}

// spent compares shares of a budget, and returns what is left.
func (c *checking) spent(a truth.Account, got budget.Account, share float64, known truth.Answer) truth.Interval {
	ratio := a.Ratio()
	spent := truth.Interval{Lo: ratio.Lo / share, Hi: ratio.Hi / share}
	left := truth.Exactly(1).Minus(spent)
	c.number("spent share", got.Spent, spent, known)
	c.number("remaining share", got.Remaining, left, known)
	return left
}

// compareStatus compares all that the ledger says of a group now.
func (k *keeper) compareStatus(g *group, s budget.Status, raw *truth.Book) []Fault {
	window := k.window(raw, k.now.UnixMilli())
	c := &checking{at: s.At, group: g.name, where: fmt.Sprintf("of %s to %s", clockOf(window.From), clockOf(window.To))}
	b := s.Balance
	if b.Start.UnixMilli() != window.From || b.End.UnixMilli() != window.To {
		c.fault("window", c.where, fmt.Sprintf("of %s to %s", clockOf(b.Start.UnixMilli()), clockOf(b.End.UnixMilli())))
		return c.faults
	}
	if raw.Since == 0 || raw.Since >= window.To {
		if b.Total != nil || s.State != budget.StateUnknown {
			c.fault("state before its life", "unknown", string(s.State))
		}
		return c.faults
	}
	corrected := *raw
	k.correct(&corrected, g, k.now)
	share := k.watch().Budget
	known := c.account(corrected.Account(window), account(b), share)
	left := c.spent(corrected.Account(window), account(b), share, known)
	c.state(s, known, left)
	for lookback, got := range b.Burn {
		k.burn(c, &corrected, window.To, lookback, got)
	}
	c.where = "without corrections " + c.where
	known = c.account(raw.Account(window), b.Raw, share)
	c.spent(raw.Account(window), b.Raw, share, known)
	k.data(c, g, s, corrected.Account(window), raw.Account(window))
	return c.faults
}

// account is a balance without what it says of its corrections.
func account(b budget.Balance) budget.Account {
	return budget.Account{
		Measured: b.Measured, Life: b.Life, Coverage: b.Coverage, Total: b.Total, Bad: b.Bad,
		ErrorRatio: b.ErrorRatio, Budget: b.Budget, Spent: b.Spent, Remaining: b.Remaining,
	}
}

// state compares the word for what is left.
func (c *checking) state(s budget.Status, known truth.Answer, left truth.Interval) {
	some, much := left.Above(0), left.Above(0.25)
	little := known.And(some).And(much.Not())
	// What is exactly a quarter is much, and exactly nothing is not some.
	may := map[budget.State]bool{
		budget.StateUnknown: !known.Must, budget.StateExhausted: known.And(some.Not()).May,
		budget.StateCaution: little.May, budget.StateHealthy: known.And(much).May,
	}
	if !may[s.State] {
		c.fault("state", fmt.Sprintf("one of %v, with %s left", may, bounds(left)), string(s.State))
	}
}

// burn compares a burn rate: it is known where half of a lookback's life is
// measured.
func (k *keeper) burn(c *checking, book *truth.Book, end int64, lookback time.Duration, got *float64) {
	a := book.Account(truth.Span{From: end - lookback.Milliseconds(), To: end})
	half := 2*a.OfLife >= a.Life
	ratio, share := a.Ratio(), k.watch().Budget
	known := a.Total.Above(0).And(truth.Answer{Must: half, May: half})
	c.number("burn over "+lookback.String(), got, truth.Interval{Lo: ratio.Lo / share, Hi: ratio.Hi / share}, known)
}

// data compares how far the data can be trusted.
func (k *keeper) data(c *checking, g *group, s budget.Status, a, raw truth.Account) {
	want := budget.DataOK
	switch {
	case a.Life == 0 || a.OfLife == 0 || float64(a.OfLife) < 0.9*float64(a.Life):
		want = budget.DataUnmeasured
	case a.Total.Hi == 0:
		want = budget.DataNoTraffic
	case raw.Life < k.objective.Window.Rolling.Milliseconds():
		want = budget.DataYoung
	}
	now := k.now.UnixMilli()
	switch s.Data {
	case want:
	case budget.DataAbsent: // what has just come back is found with its first tile
		step := k.Resolution.Milliseconds()
		if g.reader.Present(k.fed-2*step, k.fed-step) && g.reader.Present(k.fed-step, k.fed) && k.fed > now-2*step {
			c.fault("data", string(want), string(s.Data))
		}
	case budget.DataRulesMissing:
		if k.evaluatedSince(now - 2*k.Resolution.Milliseconds()) {
			c.fault("data", string(want), string(s.Data))
		}
	case budget.DataNoTraffic:
		if a.Total.Lo > 0 {
			c.fault("data", string(want), string(s.Data))
		}
	default:
		c.fault("data", string(want), string(s.Data))
	}
}

// evaluatedSince reports whether the ledger could see rules that ran of late.
func (k *keeper) evaluatedSince(from int64) bool {
	ticks := k.ticks[k.homes[rules.MetricInfo].kind]
	return len(ticks) > 0 && ticks[len(ticks)-1] > from && k.fed > from && ticks[len(ticks)-1] <= k.fed
}
