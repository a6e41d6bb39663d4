package forecast

import (
	"fmt"
	"time"

	"headroom/budget"
	"headroom/slo"
)

// Ledger is where a forecast is read from; *budget.Ledger is one.
type Ledger interface {
	Account(id slo.ID, g slo.Group, from, to time.Time) budget.Life
	Remainders(k budget.Key, from, to time.Time) []budget.Remainder
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
	return New(Options{
		At: b.End, Rate: o.Target.Budget(),
		Left: l.Remainders(key, b.Start, b.End), Pace: f.Pace,
	})
}
