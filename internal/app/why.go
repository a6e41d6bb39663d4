package app

import (
	"headroom/budget"
	"headroom/budget/gate"
	"headroom/budget/why"
)

// newTeller joins what tells how numbers came to be.
func (a *App) newTeller() (*why.Teller, error) {
	return why.New(why.Options{
		Ledger: a.ledger, Corrections: a.correct.List, Dialect: a.metrics.dialect, Now: a.Now,
		Freezes: func(s budget.Status) []gate.Freeze { return a.gate.gate.Freezes(s) },
	})
}
