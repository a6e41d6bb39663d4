package slotest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"headroom/alerting"
	"headroom/internal/strictyaml"
	"headroom/slo"
	"headroom/slo/slotest/synth"
)

// Bounds of one case, so that a typing error does not run for hours.
const (
	maxLength      = 400 * 24 * time.Hour
	maxEvaluations = 60_000
	maxSamples     = 2_000_000 // of one series
	maxGroups      = 100
)

// caseReader resolves one case.
type caseReader struct {
	*reader
	form *caseForm
	at   strictyaml.Node // of the case

	out  Case
	step time.Duration // between two evaluations
}

func (r *caseReader) read() Case {
	r.out.Name, r.out.Place = strings.TrimSpace(r.form.Name.V), r.place(r.at)
	if r.form.Name.Node.IsScalar() && r.out.Name == "" {
		r.Report(r.form.Name.Node, "empty-value", "the name is empty", "say what shall happen, in a sentence")
	}
	r.out.Objective = r.objective()
	if r.out.Objective == nil {
		return r.out
	}
	r.step = alerting.Step(r.out.Objective.Resolution)
	r.times()
	r.groups()
	r.traffic()
	r.expectations()
	return r.out
}

// objective finds the objective under test. Of a service with only one it need
// not be named.
func (r *caseReader) objective() *slo.Objective {
	names := make([]string, len(r.objectives))
	for i, o := range r.objectives {
		names[i] = o.ID.Objective
		if o.ID.Objective == r.form.Objective.V {
			return o
		}
	}
	switch {
	case !r.form.Objective.IsSet() && len(names) == 1:
		return r.objectives[0]
	case !r.form.Objective.IsSet():
		r.Report(r.at, "missing-key", "the key objective is missing", "write objective: with one of "+listed(names))
	case r.form.Objective.Node.IsScalar():
		r.unknown(r.form.Objective, "objective", names)
	}
	return nil
}

// unknown reports a word that names nothing.
func (r *reader) unknown(v text, what string, names []string) {
	hint := "write one of " + listed(names)
	if near, ok := strictyaml.Nearest(v.V, names); ok {
		hint = "did you mean " + near + "?"
	}
	r.Report(v.Node, checkUnknown, fmt.Sprintf("there is no %s %q", what, v.V), hint)
}

func (r *caseReader) times() {
	r.out.Interval = alerting.ScrapeInterval(r.out.Objective.Resolution)
	if d, ok := r.duration(r.form.Interval, time.Second, r.out.Objective.Resolution); ok {
		r.out.Interval = d
	}
	longest := min(maxLength, r.step*maxEvaluations)
	r.out.Length = maxLength // without a sound one no other time is blamed
	if d, ok := r.duration(r.form.For, r.step, longest); ok {
		r.out.Length = d
	}
}

// duration reads a duration within bounds, and reports it when it is not.
func (r *reader) duration(v text, least, most time.Duration) (time.Duration, bool) {
	if !v.Node.IsScalar() {
		return 0, false
	}
	d, err := slo.ParseDuration(v.V)
	switch {
	case err != nil:
		r.Report(v.Node, "duration-format", fmt.Sprintf("%q is not a duration", v.V), "write a number with a unit, such as 30s, 5m, 6h or 28d")
		return 0, false
	case d < least || d > most:
		r.Report(v.Node, checkTime, fmt.Sprintf("%s is out of bounds", v.V), fmt.Sprintf("write a duration from %s to %s", slo.FormatDuration(least), slo.FormatDuration(most)))
		return 0, false
	}
	return d, true
}

// moment reads a time of the test, from least up to and without most.
func (r *reader) moment(v text, least, most time.Duration) (time.Duration, bool) {
	if !v.Node.IsScalar() {
		return 0, false
	}
	d, err := parseTime(v.V)
	switch {
	case err != nil:
		r.Report(v.Node, "duration-format", fmt.Sprintf("%q is not a time of the test", v.V), "write the time since its start, such as 30m or 2h")
		return 0, false
	case d < least:
		r.Report(v.Node, checkTime, fmt.Sprintf("%s is before %s, where the test begins to know anything", v.V, FormatTime(least)), "write a later time, or a longer before:")
		return 0, false
	case d > most:
		r.Report(v.Node, checkTime, fmt.Sprintf("%s is after %s, when the test ends", v.V, FormatTime(most)), "write an earlier time, or a longer for:")
		return 0, false
	}
	return d, true
}

// groups reads the groups that there are.
func (r *caseReader) groups() {
	by := r.out.Objective.GroupBy
	for i, given := range r.form.Groups.V {
		if i == maxGroups {
			r.Report(given.Node, checkValue, fmt.Sprintf("more than %d groups in one case", maxGroups), "name fewer")
			break
		}
		if g, ok := r.group(given); ok {
			if slices.Contains(r.out.Groups, g) {
				r.Report(given.Node, checkValue, "this group is given twice", "name it once")
				continue
			}
			r.out.Groups = append(r.out.Groups, g)
		}
	}
	if len(by) == 0 && r.form.Groups.IsSet() {
		r.Report(r.form.Groups.Key, checkUnknown, fmt.Sprintf("the objective %s has no groups", r.out.Objective.ID.Objective), "remove it, or write group: with label names in the spec")
	}
	if len(r.out.Groups) == 0 && (!r.form.Series.IsSet() || r.form.Before.IsSet()) {
		r.out.Groups = []slo.Group{synth.AnyGroup(r.out.Objective)}
	}
}

// group reads the labels of a group.
func (r *caseReader) group(given pairs) (slo.Group, bool) {
	by := r.out.Objective.GroupBy
	values := map[string]string{}
	ok := given.Node.IsMap()
	for _, entry := range given.V {
		if !slices.Contains(by, entry.Name) {
			ok = false
			hint := "its group labels are " + listed(by)
			if near, found := strictyaml.Nearest(entry.Name, by); found {
				hint = "did you mean " + near + "?"
			}
			r.Report(entry.Key, checkUnknown, fmt.Sprintf("the objective is not grouped by %s", entry.Name), hint)
		}
		values[entry.Name] = entry.Value
	}
	for _, name := range by {
		if ok && values[name] == "" {
			ok = false
			r.Report(given.Node, checkValue, fmt.Sprintf("the group has no value of %s", name), "give every label of the group: "+listed(by))
		}
	}
	return slo.NewGroup(values), ok
}

// chosen reads the group that something is about; nil stands for all of them.
func (r *caseReader) chosen(given pairs) *slo.Group {
	if !given.IsSet() {
		return nil
	}
	g, ok := r.group(given)
	if ok && !slices.Contains(r.out.Groups, g) && len(r.out.Groups) > 0 {
		r.Report(given.Node, checkUnknown, "the test has no such group", "name it under groups: too")
	}
	return &g
}
