package forecast

import (
	"time"

	"headroom/budget"
)

// farEnough is what is spent and what will be, as shares of a budget, up to
// which there is no need to look at every slice of a window.
const farEnough = 0.5

// Brief is Of with the default lookback for who asks about thousands of
// objectives. It spares most of them a look at every slice: where a whole window
// at the pace of the lookback, with nothing rolled off and half of the traffic,
// does not use up what is left, the budget Lasts, and the ends of the interval
// are not looked for.
func Brief(l Ledger, s budget.Status) Forecast {
	if f, calm := calm(l, s); calm {
		return f
	}
	return Of(l, s, 0)
}

func calm(l Ledger, s budget.Status) (Forecast, bool) {
	b := s.Balance
	if s.State != budget.StateHealthy || b.Spent == nil || b.Total == nil || b.Measured <= 0 {
		return Forecast{}, false
	}
	lookback := DefaultLookback(s.Objective)
	life := l.Account(s.Objective.ID, s.Group, b.End.Add(-lookback), b.End)
	if life.Spent == nil || life.Total == nil || life.Bad == nil || life.Measured < lookback/2 {
		return Forecast{}, false
	}
	usual := *b.Total / float64(b.Measured)
	if *life.Total/float64(life.Measured) < usual/2 || *b.Spent+*life.Spent >= farEnough {
		return Forecast{}, false
	}
	burn := *life.Bad / *life.Total / s.Objective.Target.Budget()
	return Forecast{
		Outcome: Lasts, At: b.End, Burn: burn, Remaining: 1 - *b.Spent, Settles: 1 - burn,
		Pace:      Pace{Lookback: lookback, Measured: life.Measured, Bad: *life.Bad, Total: *life.Total},
		Exhausted: &Crossing{},
	}, true
}

// steady is how many default lookbacks a pace must last to be worth a warning.
const steady = 7

// Soon makes the Brief forecast of a status, and reports whether it is worth a
// warning: nothing is left within the horizon, both at the pace of the default
// lookback and at that of seven of them. So neither one bad hour of this morning
// nor an incident of some days ago is taken for a pace. An objective that has
// not lived through the longer one is not warned of.
func Soon(l Ledger, s budget.Status, horizon time.Duration) (Forecast, bool) {
	f := Brief(l, s)
	long := min(steady*DefaultLookback(s.Objective), s.Objective.Window.Rolling)
	if !f.exhaustsWithin(horizon) || s.Balance.Life < long {
		return f, false
	}
	return f, Of(l, s, long).exhaustsWithin(horizon)
}

func (f Forecast) exhaustsWithin(horizon time.Duration) bool {
	return f.Outcome == Exhausts && !f.Exhausted.At.After(f.At.Add(horizon))
}
