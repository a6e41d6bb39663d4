package main

import (
	"headroom/internal/trial"
	"headroom/slo"
)

// caseJSON is one case as --json prints it. Times are seconds since the start
// of the test, shares are 0 to 1.
type caseJSON struct {
	Name      string        `json:"name"`
	Objective string        `json:"objective"`
	File      string        `json:"file"`
	Line      int           `json:"line"`
	Passed    bool          `json:"passed"`
	Seconds   float64       `json:"seconds"` // that the run took
	Failures  []failureJSON `json:"failures"`
	Budgets   []balanceJSON `json:"budgets"`
	Alerts    []firingJSON  `json:"alerts"`
}

type failureJSON struct {
	File     string `json:"file"`
	Line     int    `json:"line"`
	Column   int    `json:"column"`
	What     string `json:"what"`
	Expected string `json:"expected"`
	Got      string `json:"got"`
}

type balanceJSON struct {
	At        float64   `json:"at"`
	Group     slo.Group `json:"group"`
	Remaining *float64  `json:"remaining"`
	Live      *float64  `json:"live_estimate"`
	Bad       *float64  `json:"bad"`
	Total     *float64  `json:"total"`
	Budget    string    `json:"budget"`
	Data      string    `json:"data"`
}

type firingJSON struct {
	Name     string    `json:"alert"`
	Severity string    `json:"severity"`
	Group    slo.Group `json:"group"`
	Fires    float64   `json:"fires"`
	Resolves *float64  `json:"resolves"`
	Summary  string    `json:"summary"`
}

func (r *results) json() []caseJSON {
	list := make([]caseJSON, len(r.outcomes))
	for i := range r.outcomes {
		list[i] = newCaseJSON(&r.outcomes[i])
	}
	return list
}

func newCaseJSON(o *trial.Outcome) caseJSON {
	c := caseJSON{
		Name: o.Case.Name, Objective: o.Case.Objective.ID.String(), File: o.Case.Place.File, Line: o.Case.Place.Line,
		Passed: o.Passed(), Seconds: o.Elapsed.Seconds(),
		Failures: []failureJSON{}, Budgets: []balanceJSON{}, Alerts: []firingJSON{},
	}
	for _, f := range o.Failures {
		c.Failures = append(c.Failures, failureJSON{f.Place.File, f.Place.Line, f.Place.Column, f.What, f.Expected, f.Got})
	}
	for i := range o.Measurements {
		m := &o.Measurements[i]
		b := &m.Status.Balance
		c.Budgets = append(c.Budgets, balanceJSON{
			At: m.At.Seconds(), Group: m.Group, Remaining: b.Remaining, Live: m.Live, Bad: b.Bad, Total: b.Total,
			Budget: string(m.Status.State), Data: string(m.Status.Data),
		})
	}
	for _, a := range o.Alerts {
		alert := firingJSON{Name: a.Name, Severity: a.Severity, Group: a.Group, Fires: a.Fires.Seconds(), Summary: a.Summary}
		if a.Resolves != nil {
			end := a.Resolves.Seconds()
			alert.Resolves = &end
		}
		c.Alerts = append(c.Alerts, alert)
	}
	return c
}
