package app

import (
	"headroom/budget"
	"headroom/budget/gate"
	"headroom/budget/why"
	"headroom/rules"
	"headroom/slo"
)

// newTeller joins what tells how numbers came to be.
func (a *App) newTeller() (*why.Teller, error) {
	return why.New(why.Options{
		Ledger: a.ledger, Corrections: a.correct.List, Now: a.Now,
		Store: func(o *slo.Objective) (string, rules.Dialect) {
			_, dialect := a.stores.ask(o)
			return a.stores.name(o), dialect
		},
		Freezes: func(s budget.Status) []gate.Freeze { return a.gate.gate.Freezes(s) },
		Stand:   func(s budget.Status) []string { return a.gate.gate.Stand(s) },
	})
}
