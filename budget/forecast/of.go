package forecast

import (
	"fmt"
	"slices"
	"time"

	"headroom/budget"
	"headroom/slo"
)

// Ledger is where a forecast is read from; *budget.Ledger is one.
type Ledger interface {
	Account(id slo.ID, g slo.Group, from, to time.Time) budget.Life
	Sum(k budget.Key, from, to time.Time) budget.Sum
	Remainders(k budget.Key, from, to time.Time) []budget.Remainder
	RemaindersUntil(k budget.Key, from, until, to time.Time) []budget.Remainder
}

var _ Ledger = (*budget.Ledger)(nil)

// DefaultLookback returns the lookback that a forecast has unless another is
// asked for: a day of a window of four weeks, and as large a part of another,
// but at least twelve slices.
func DefaultLookback(o *slo.Objective) time.Duration {
	return max(o.Window.Rolling/28, 12*o.Resolution).Round(o.Resolution)
}

// leastMeasured is the share of a lookback that must have been measured.
const leastMeasured = 0.5

// Of makes the forecast of a status, with 0 for the default lookback. It is
// Unknown where the budget is, and where less than half of the objective's life
// in the lookback was measured.
func Of(l Ledger, s budget.Status, lookback time.Duration) Forecast {
	o, b := s.Objective, s.Balance
	if lookback <= 0 {
		lookback = DefaultLookback(o)
	}
	lookback = min(lookback, o.Window.Rolling)
	f := Forecast{At: b.End, Pace: Pace{Lookback: lookback}}
	if s.State == budget.StateUnknown || b.Since.IsZero() {
		return f.unknown("How the budget stands is not known now.")
	}
	life := l.Account(o.ID, s.Group, b.End.Add(-lookback), b.End)
	if life.Total == nil || life.Coverage == nil || *life.Coverage < leastMeasured {
		return f.unknown(fmt.Sprintf("Less than half of the last %s was measured.", slo.FormatDuration(lookback)))
	}
	f.Pace.Measured, f.Pace.Bad, f.Pace.Total = life.Measured, *life.Bad, *life.Total
	key := budget.Key{SLO: o.ID, SLI: o.SLI(), Group: s.Group}
	options := Options{At: b.End, Rate: o.Target.Budget(), Pace: f.Pace}
	if b.Corrected { // an adjustment may make counts grow
		options.Left = l.Remainders(key, b.Start, b.End)
	} else {
		options.read(l, key, b.Start)
	}
	return New(options)
}

// read reads how a window empties: its days, and of a day everything only when
// something may be crossed in it. Reading each slice takes a hundred times as
// long.
func (o *Options) read(l Ledger, k budget.Key, start time.Time) {
	const day = 24 * time.Hour
	for at := start; at.Before(o.At); at = at.Truncate(day).Add(day) { // the ledger's sums from midnight need no slice
		sum := l.Sum(k, at, o.At)
		o.Left = append(o.Left, budget.Remainder{At: at, Bad: sum.Bad, Total: sum.Total})
	}
	o.Left = append(o.Left, budget.Remainder{At: o.At})
	known := map[int][]budget.Remainder{}
	o.Between = func(i int) []budget.Remainder {
		if _, found := known[i]; !found {
			until := o.Left[i+1].At
			list := l.RemaindersUntil(k, o.Left[i].At, until, o.At)
			known[i] = slices.DeleteFunc(list, func(r budget.Remainder) bool { return !r.At.Before(until) })
		}
		return known[i]
	}
}
