package report

import (
	"time"

	"headroom/budget"
	"headroom/budget/forecast"
	"headroom/slo"
)

// soon reports whether nothing is left within the next period, as
// forecast.Soon has it, and notes the pace and when.
func (b *builder) soon(j *judged) bool {
	horizon := min(b.Period.End.Sub(b.Period.Start), j.status.Objective.Window.Rolling)
	f, soon := forecast.Soon(b.Ledger, j.status, horizon)
	if f.Outcome == forecast.Unknown {
		return false
	}
	j.Burn, j.Lookback = &f.Burn, slo.FormatDuration(f.Pace.Lookback)
	if soon {
		gone := f.Exhausted.At.Round(time.Second).In(b.Period.location())
		j.Gone = &gone
	}
	return soon
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
