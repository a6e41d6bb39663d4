package trial

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"headroom/slo"
	"headroom/slo/slotest"
)

// judge holds everything that was expected against what came out.
func (o *Outcome) judge() {
	for i := range o.Case.Expect {
		e := &o.Case.Expect[i]
		if e.Alert != "" {
			o.judgeAlert(e)
		} else {
			o.judgeBudget(e)
		}
	}
}

func (o *Outcome) fail(e *slotest.Expectation, what, expected, got string) {
	o.Failures = append(o.Failures, Failure{Place: e.Place, What: what, Expected: expected, Got: got})
}

// groups returns the groups that an expectation is about.
func (o *Outcome) groups(e *slotest.Expectation) []slo.Group {
	if e.Group != nil {
		return []slo.Group{*e.Group}
	}
	if len(o.Case.Groups) > 0 {
		return o.Case.Groups
	}
	var list []slo.Group
	for i := range o.Measurements {
		if g := o.Measurements[i].Group; !slices.Contains(list, g) {
			list = append(list, g)
		}
	}
	return list
}

func (o *Outcome) judgeBudget(e *slotest.Expectation) {
	for _, g := range o.groups(e) {
		at := " at " + slotest.FormatTime(e.At) + groupText(g)
		i := slices.IndexFunc(o.Measurements, func(m Measurement) bool { return m.At == e.At && m.Group == g })
		if i < 0 {
			o.fail(e, "budget"+at, "a group that was measured", "none")
			continue
		}
		m := &o.Measurements[i]
		b := &m.Status.Balance
		o.number(e, "remaining"+at, e.Remaining, b.Remaining, 100)
		o.number(e, "bad events"+at, e.Bad, b.Bad, 1)
		o.number(e, "events"+at, e.Total, b.Total, 1)
		for _, l := range e.Burn {
			o.number(e, "burn over "+slo.FormatDuration(l.Window)+at, &l.Range, o.burnOver(m, l.Window), 1)
		}
		for _, l := range e.Ratio {
			o.number(e, "error ratio over "+slo.FormatDuration(l.Window)+at, &l.Range, m.ratioOver(l.Window), 100)
		}
		if e.Budget != "" && e.Budget != string(m.Status.State) {
			o.fail(e, "budget"+at, e.Budget, string(m.Status.State))
		}
		if e.Data != "" && e.Data != string(m.Status.Data) {
			o.fail(e, "data"+at, e.Data, strings.TrimSpace(string(m.Status.Data)+" "+reason(m.Status.Reason)))
		}
	}
}

func reason(s string) string {
	if s == "" {
		return ""
	}
	return "(" + strings.TrimSuffix(s, ".") + ")"
}

// number fails when a number is not in its range; scale turns it into the
// range's unit.
func (o *Outcome) number(e *slotest.Expectation, what string, want *slotest.Range, got *float64, scale float64) {
	switch {
	case want == nil:
	case got == nil && !want.None:
		o.fail(e, what, want.Text, "none")
	case got != nil && want.None, got != nil && !want.Holds(*got*scale):
		o.fail(e, what, want.Text, want.Format(*got*scale))
	}
}

// ratioOver returns bad ÷ total over a window, nil without events.
func (m *Measurement) ratioOver(window time.Duration) *float64 {
	sum := m.burn[window]
	if sum.Total == 0 {
		return nil
	}
	ratio := float64(sum.Bad) / float64(sum.Total)
	return &ratio
}

// burnOver returns the error ratio over a window ÷ (1 − target).
func (o *Outcome) burnOver(m *Measurement, window time.Duration) *float64 {
	sum := m.burn[window]
	allowed, ok := new(big.Rat).SetString(o.Case.Objective.Target.BudgetString())
	if sum.Total == 0 || !ok || allowed.Sign() <= 0 {
		return nil
	}
	ratio := new(big.Rat).SetFrac64(int64(sum.Bad), int64(sum.Total))
	burn, _ := ratio.Quo(ratio, allowed).Float64()
	return &burn
}

func (o *Outcome) judgeAlert(e *slotest.Expectation) {
	for _, g := range o.groups(e) {
		var list []Alert
		for _, a := range o.Alerts {
			if a.Group == g && (a.Name == e.Alert || a.Severity == e.Alert) {
				list = append(list, a)
			}
		}
		o.judgeFirings(e, e.Alert+groupText(g), list)
	}
}

func (o *Outcome) judgeFirings(e *slotest.Expectation, what string, list []Alert) {
	if e.Never {
		if len(list) > 0 {
			o.fail(e, what, "never fires", firings(list))
		}
		return
	}
	if e.Times != nil && !e.Times.Holds(float64(len(list))) {
		o.fail(e, what, "fires "+e.Times.Text+" times", firings(list))
	}
	if e.Fires == nil && e.Resolves == nil {
		return
	}
	if !slices.ContainsFunc(list, func(a Alert) bool { return fits(e, a) }) {
		o.fail(e, what, wanted(e), firings(list))
	}
}

func fits(e *slotest.Expectation, a Alert) bool {
	if e.Fires != nil && !e.Fires.Holds(a.Fires.Seconds()) {
		return false
	}
	switch {
	case e.Resolves == nil:
		return true
	case e.Resolves.None:
		return a.Resolves == nil
	default:
		return a.Resolves != nil && e.Resolves.Holds(a.Resolves.Seconds())
	}
}

// wanted says in words what was expected of an alert.
func wanted(e *slotest.Expectation) string {
	var parts []string
	if e.Fires != nil {
		parts = append(parts, "fires "+e.Fires.Text)
	}
	if e.Resolves != nil && e.Resolves.None {
		parts = append(parts, "fires until the end")
	} else if e.Resolves != nil {
		parts = append(parts, "resolves "+e.Resolves.Text)
	}
	return strings.Join(parts, ", ")
}

// firings says in words when alerts fired.
func firings(list []Alert) string {
	if len(list) == 0 {
		return "never fires"
	}
	const most = 5
	parts := make([]string, 0, most+1)
	for i, a := range list {
		if i == most {
			parts = append(parts, fmt.Sprintf("and %d more", len(list)-most))
			break
		}
		end := "to the end"
		if a.Resolves != nil {
			end = "resolves " + slotest.FormatTime(*a.Resolves)
		}
		parts = append(parts, "fires "+slotest.FormatTime(a.Fires)+", "+end)
	}
	return strings.Join(parts, "; ")
}

// groupText writes a group behind what is said about it.
func groupText(g slo.Group) string {
	if g.IsZero() {
		return ""
	}
	return " of {" + g.String() + "}"
}
