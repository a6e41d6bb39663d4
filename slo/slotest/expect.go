package slotest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"headroom/alerting"
	"headroom/budget"
	"headroom/internal/strictyaml"
	"headroom/rules"
	"headroom/slo"
)

// expectations reads what shall be.
func (r *caseReader) expectations() {
	v := r.form.Expect
	if v.IsSet() && len(v.V) == 0 && !v.Node.IsScalar() && !v.Node.IsMap() {
		r.Report(v.Key, checkExpect, "nothing is expected", "write at least one expectation, such as {alert: page, never: true}")
	}
	for i := range v.V {
		notion := &v.V[i]
		if !notion.Node.IsMap() {
			continue
		}
		form := &notion.V
		e := Expectation{Place: r.place(notion.Node), Group: r.chosen(form.Group), At: r.out.Length}
		if form.Alert.IsSet() {
			r.alertExpectation(form, &e)
		} else {
			r.budgetExpectation(notion, &e)
		}
		r.out.Expect = append(r.out.Expect, e)
	}
}

// budgetExpectation reads what is expected of the budget at a time.
func (r *caseReader) budgetExpectation(notion *expectNotion, e *Expectation) {
	form := &notion.V
	for _, key := range []strictyaml.Node{form.Fires.Key, form.Resolves.Key, form.Times.Key, form.Never.Key} {
		if !key.IsZero() {
			r.Report(key, checkExpect, fmt.Sprintf("%s is about an alert, which is not named", key.Text()), "write alert: page, or alert: ticket")
			return
		}
	}
	if at, ok := r.moment(form.At, 0, r.out.Length); ok {
		e.At = at
	}
	e.Remaining = r.rangeOf(form.Remaining, Percent)
	e.Bad, e.Total = r.rangeOf(form.Bad, Number), r.rangeOf(form.Total, Number)
	e.Burn, e.Ratio = r.lookbacks(form.Burn, Number), r.lookbacks(form.Ratio, Percent)
	e.Budget = r.word(form.Budget, "state of a budget", wordsOf([]budget.State{budget.StateHealthy, budget.StateCaution, budget.StateExhausted, budget.StateUnknown}))
	e.Data = r.word(form.Data, "state of the data", wordsOf([]budget.DataState{
		budget.DataOK, budget.DataYoung, budget.DataNoTraffic, budget.DataUnmeasured, budget.DataAbsent, budget.DataRulesMissing,
	}))
	for _, key := range []strictyaml.Node{form.Remaining.Key, form.Burn.Key, form.Ratio.Key, form.Bad.Key, form.Total.Key, form.Budget.Key, form.Data.Key} {
		if !key.IsZero() {
			return
		}
	}
	r.Report(notion.Node, checkExpect, "nothing is expected here", "write what shall be, such as remaining: 78% ± 1%, burn: {1h: 3.2 ± 0.1}, or alert: page with fires: 34m ± 2m")
}

// lookbacks reads rates over windows.
func (r *caseReader) lookbacks(v whens, unit Unit) []Lookback {
	var list []Lookback
	for i := range v.V {
		entry := &v.V[i]
		window, err := slo.ParseDuration(entry.Name)
		resolution := r.out.Objective.Resolution
		switch {
		case err != nil:
			r.Report(entry.Key, "duration-format", fmt.Sprintf("%q is not a duration", entry.Name), "write the window that it is over, such as {1h: 3.2 ± 0.1}")
		case window < resolution || window > maxLength:
			r.Report(entry.Key, checkTime, fmt.Sprintf("%s is out of bounds", entry.Name), fmt.Sprintf("write a window from %s, the objective's resolution, to %s", slo.FormatDuration(resolution), slo.FormatDuration(maxLength)))
		}
		if rg := r.rangeOf(entry.Value, unit); rg != nil {
			list = append(list, Lookback{Window: window, Range: *rg})
		}
	}
	return list
}

// rangeOf reads a range; nil when it is not given or wrong.
func (r *caseReader) rangeOf(v text, unit Unit) *Range {
	if !v.Node.IsScalar() {
		return nil
	}
	rg, err := parseRange(v.V, unit, r.step)
	if err != nil {
		r.Report(v.Node, checkValue, err.Error(), rangeHelp(unit))
		return nil
	}
	return &rg
}

// alertExpectation reads what is expected of an alert.
func (r *caseReader) alertExpectation(form *expectForm, e *Expectation) {
	for _, key := range []strictyaml.Node{form.At.Key, form.Remaining.Key, form.Burn.Key, form.Ratio.Key, form.Bad.Key, form.Total.Key, form.Budget.Key, form.Data.Key} {
		if !key.IsZero() {
			r.Report(key, checkExpect, fmt.Sprintf("%s is not about an alert", key.Text()), "write it in an expectation of its own")
		}
	}
	e.Fires, e.Resolves, e.Times = r.rangeOf(form.Fires, Time), r.rangeOf(form.Resolves, Time), r.rangeOf(form.Times, Number)
	e.Never = form.Never.V
	positive := form.Fires.IsSet() || form.Resolves.IsSet() || form.Times.IsSet()
	switch {
	case form.Never.IsSet() && !form.Never.V && form.Never.Node.Text() == "false":
		r.Report(form.Never.Node, checkExpect, "never: false says nothing", "write when it fires, such as fires: 34m ± 2m, or times: 1")
	case form.Never.IsSet() && positive:
		r.Report(form.Never.Key, checkExpect, "an alert that fires and never does", "keep one of the two")
	case !form.Never.IsSet() && !positive:
		r.Report(form.Alert.Key, checkExpect, "nothing is expected of the alert", "write fires: 34m ± 2m, resolves:, times: or never: true")
	}
	for _, rg := range []*Range{e.Fires, e.Times} {
		if rg != nil && rg.None {
			r.Report(form.Alert.Key, checkExpect, "none is no time of an alert that fires", "write never: true")
		}
	}
	if form.Alert.Node.IsScalar() {
		e.Alert = form.Alert.V
		r.checkAlert(form, positive)
	}
}

// checkAlert reports an alert that the objective does not have.
func (r *caseReader) checkAlert(form *expectForm, positive bool) {
	names, severities := alertsOf(r.out.Objective)
	known := wordsOf(alerting.Severities())
	switch name := form.Alert.V; {
	case slices.Contains(names, name) || slices.Contains(severities, name):
	case !slices.Contains(known, name):
		r.unknown(form.Alert, "alert", append(known, names...))
	case positive:
		r.Report(form.Alert.Node, checkUnknown, fmt.Sprintf("the objective has no alert of the severity %s", name), "headroom explain says why; a test can expect never: true")
	}
}

// alertsOf returns the names and severities of an objective's alerts.
func alertsOf(o *slo.Objective) (names, severities []string) {
	groups, err := rules.All([]*slo.Objective{o}, rules.Embedded, rules.Options{})
	if err != nil {
		return nil, nil
	}
	for g := range groups {
		for _, rule := range g.Rules {
			if rule.Alert == "" || slices.Contains(names, rule.Alert) {
				continue
			}
			names = append(names, rule.Alert)
			for _, l := range rule.Labels {
				if l.Name == "severity" && !strings.Contains(l.Value, "{{") {
					severities = append(severities, l.Value)
				}
			}
		}
	}
	return names, severities
}

// Step is how often the alerts of an objective are looked at.
func Step(o *slo.Objective) time.Duration { return alerting.Step(o.Resolution) }
