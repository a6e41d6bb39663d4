package correction

import (
	"slices"

	"headroom/budget"
	"headroom/slo"
)

// Figures are what a balance says about one group.
type Figures struct {
	State     budget.State     `json:"budget_state"`
	Data      budget.DataState `json:"data"`
	Remaining *float64         `json:"remaining"` // share of the budget
	Spent     *float64         `json:"spent"`
	Bad       *float64         `json:"bad"` // events in the window
	Total     *float64         `json:"total"`
	Coverage  *float64         `json:"coverage"`
	Freezes   []string         `json:"freezes"` // policies that hold releases because of it
}

// Effect is what a change of corrections makes of one group of one objective.
type Effect struct {
	Objective slo.ID    `json:"objective"`
	Group     slo.Group `json:"group"`
	Before    Figures   `json:"before"`
	After     Figures   `json:"after"`
	Lifted    []string  `json:"lifted"`  // policies that no longer hold releases
	Imposed   []string  `json:"imposed"` // policies that hold them anew
}

// Changed reports whether the effect is any.
func (e *Effect) Changed() bool {
	same := func(a, b *float64) bool { return a == b || a != nil && b != nil && *a == *b }
	x, y := &e.Before, &e.After
	return x.State != y.State || x.Data != y.Data || len(e.Lifted)+len(e.Imposed) > 0 ||
		!same(x.Remaining, y.Remaining) || !same(x.Bad, y.Bad) || !same(x.Total, y.Total) || !same(x.Coverage, y.Coverage)
}

// Compare puts statuses before and after a change side by side, by objective
// and group. Freezes says which policies hold releases because of a status.
func Compare(before, after []budget.Status, freezes func(budget.Status) []string) []Effect {
	type account struct {
		id    slo.ID
		group slo.Group
	}
	of := make(map[account]*budget.Status, len(after))
	for i := range after {
		of[account{after[i].Objective.ID, after[i].Group}] = &after[i]
	}
	effects := make([]Effect, 0, len(before))
	for i := range before {
		b := &before[i]
		a := of[account{b.Objective.ID, b.Group}]
		if a == nil {
			continue
		}
		e := Effect{Objective: b.Objective.ID, Group: b.Group, Before: figures(b, freezes), After: figures(a, freezes)}
		e.Lifted, e.Imposed = without(e.Before.Freezes, e.After.Freezes), without(e.After.Freezes, e.Before.Freezes)
		effects = append(effects, e)
	}
	return effects
}

func figures(s *budget.Status, freezes func(budget.Status) []string) Figures {
	b := &s.Balance
	return Figures{
		State: s.State, Data: s.Data, Remaining: b.Remaining, Spent: b.Spent, Bad: b.Bad, Total: b.Total, Coverage: b.Coverage,
		Freezes: append([]string{}, freezes(*s)...),
	}
}

// without returns the names of a that are not in b, never nil.
func without(a, b []string) []string {
	left := []string{}
	for _, name := range a {
		if !slices.Contains(b, name) {
			left = append(left, name)
		}
	}
	return left
}
