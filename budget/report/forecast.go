package report

import (
	"time"

	"headroom/budget"
)

// Lookbacks of the present burn: the slower of the two counts, so that neither
// one bad hour this morning nor an incident of five days ago is taken for a
// pace.
const (
	shortLookback = 3 * 24 * time.Hour
	longLookback  = 7 * 24 * time.Hour
)

// forecastStep is how finely the future is looked at, at most.
const forecastStep = 24 * time.Hour

// soon reports whether nothing is left within the next period at the present
// burn, and notes the burn and when.
//
// In a rolling window w, spent(t+h) = (bad − rolled(h))/budget + burn·h/w,
// where rolled(h) are the bad events that the window leaves behind by then and
// traffic stays what it is. After one window all of them have been left behind.
func (b *builder) soon(j *judged) bool {
	balance := j.status.Balance
	burn := b.burn(j)
	j.Burn = burn
	if burn == nil || balance.Bad == nil || balance.Budget == nil || *balance.Budget <= 0 || balance.Life < min(leastLife, balance.End.Sub(balance.Start)) {
		return false
	}
	window := j.status.Objective.Window.Rolling
	horizon := min(b.Period.End.Sub(b.Period.Start), window)
	if *balance.Bad / *balance.Budget + *burn*float64(horizon)/float64(window) < 1 {
		return false // not even if nothing were left behind
	}
	step := min(forecastStep, window/10)
	for h := step; ; h += step {
		h = min(h, horizon)
		rolled := b.Ledger.Sum(j.key, balance.Start, balance.Start.Add(h)).Bad.Events()
		left := max(0, *balance.Bad-rolled)
		if left / *balance.Budget + *burn*float64(h)/float64(window) >= 1 {
			gone := balance.End.Add(h).In(b.Period.location())
			j.Gone = &gone
			return true
		}
		if h == horizon {
			return false
		}
	}
}

// burn is the present pace: nil unless both lookbacks know it.
func (b *builder) burn(j *judged) *float64 {
	end := j.status.Balance.End
	short := j.status.Balance.Burn[shortLookback]
	long := burnOf(b.Ledger.Sum(j.key, end.Add(-longLookback), end), j.status.Objective.Target.Budget())
	if short == nil || long == nil {
		return nil
	}
	slower := min(*short, *long)
	return &slower
}

// burnOf returns the error ratio ÷ (1 − target), nil without events.
func burnOf(s budget.Sum, budgeted float64) *float64 {
	if s.Total <= 0 || budgeted <= 0 {
		return nil
	}
	burn := s.Bad.Events() / s.Total.Events() / budgeted
	return &burn
}

// cause finds where the budget went: the worst hour of the period's worst day
// when it has at least half of all bad events in the period, else that day. It
// is nil when nothing was bad.
func (b *builder) cause(j judged) *Cause {
	budgeted := j.status.Balance.Budget
	if budgeted == nil || *budgeted <= 0 || j.period.Bad <= 0 {
		return nil
	}
	var day, hour stretch
	for from, to := range b.Period.days(b.at) {
		day.worse(b.Ledger.Sum(j.key, from, to).Bad, from, to)
	}
	for from := day.from; from.Before(day.to); from = from.Add(time.Hour) {
		to := from.Add(time.Hour)
		if to.After(day.to) {
			to = day.to
		}
		hour.worse(b.Ledger.Sum(j.key, from, to).Bad, from, to)
	}
	worst := day
	if 2*hour.bad >= j.period.Bad {
		worst = hour
	}
	if worst.bad <= 0 {
		return nil
	}
	zone := b.Period.location()
	return &Cause{
		Start: worst.from.In(zone), End: worst.to.In(zone),
		Spent: worst.bad.Events() / *budgeted, Share: min(1, worst.bad.Events()/j.period.Bad.Events()),
	}
}

// stretch is the worst stretch of time so far.
type stretch struct {
	bad      budget.Count
	from, to time.Time
}

func (s *stretch) worse(bad budget.Count, from, to time.Time) {
	if bad > s.bad {
		*s = stretch{bad, from, to}
	}
}
