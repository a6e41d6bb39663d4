package manifest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"headroom/internal/strictyaml"
	"headroom/slo"
	"headroom/slo/event"
)

// events reads an indicator of platform events.
func (r *reader) events(objective *objectiveForm) slo.Indicator {
	form := &objective.Events.V
	in := slo.Events{
		EventKind: r.word(form.Kind, "event-kind", "a kind of event", words(event.Kinds())),
		Source:    form.Source.V,
		Where:     r.condition(form.Where),
		Ignore:    r.faults(form.Ignore),
	}
	if form.Source.Node.IsScalar() && !slo.ValidName(in.Source) {
		r.Report(form.Source.Node, "invalid-name", fmt.Sprintf("%q cannot name a source of events", in.Source), "write the name of a source, such as github or exec")
	}
	switch good := form.Good; {
	case good.Node.IsMap():
		in.Duration = r.within(good)
	case good.IsSet():
		var condition text
		r.DecodeNode(good.Key, good.Node, &condition)
		in.Good = r.condition(condition)
	}
	if len(objective.Group.V) > 0 {
		r.groupedEvents(objective)
	}
	return in
}

// groupedEvents reports that events have no labels to be split by.
func (r *reader) groupedEvents(objective *objectiveForm) {
	r.Report(objective.Group.Key, "event-group", "an objective of platform events cannot be split by labels", "write one objective for each value, with a condition under where:")
}

// condition reads a condition in CEL.
func (r *reader) condition(given text) string {
	if !given.Node.IsScalar() {
		return ""
	}
	r.reportExpr(given, event.CheckCondition(given.V))
	return strings.TrimSpace(given.V)
}

// within reads the time in which a run is good.
func (r *reader) within(good strictyaml.Value[strictyaml.Node]) slo.Duration {
	var form timeForm
	r.DecodeNode(good.Key, good.Node, &form)
	points := event.Points()
	d := slo.Duration{
		From: r.word(form.From, "event-time", "where a time begins", points[:2]),
		To:   r.word(form.To, "event-time", "where a time ends", points[1:]),
	}
	if d.From != "" && d.From == d.To {
		r.Report(form.To.Node, "event-time", "the time begins and ends at once", "write to: finished, or from: queued")
	}
	under, ok := r.duration(form.Under, time.Second)
	if ok && under <= 0 {
		r.Report(form.Under.Node, "event-time", "a time of 0 is never kept", "write the longest time that is good, such as 10m")
	}
	d.Under = under
	return d
}

// faults reads the owners whose failures do not count.
func (r *reader) faults(given names) []string {
	var owners []string
	for _, name := range given.V {
		owner := r.word(name, "event-fault", "an owner of faults", words(event.Faults()))
		switch {
		case owner == "":
		case slices.Contains(owners, owner):
			r.Report(name.Node, "event-fault", fmt.Sprintf("%s is given twice", owner), "keep one of the two")
		default:
			owners = append(owners, owner)
		}
	}
	slices.Sort(owners)
	return owners
}

// word reads one of a list of words, "" when it is none of them.
func (r *reader) word(given text, check, what string, known []string) string {
	if !given.Node.IsScalar() || slices.Contains(known, given.V) {
		return given.V
	}
	hint := "write one of " + strings.Join(known, ", ")
	if meant, ok := strictyaml.Nearest(given.V, known); ok {
		hint = "did you mean " + meant + "?"
	}
	r.Report(given.Node, check, fmt.Sprintf("%q is not %s", given.V, what), hint)
	return ""
}

func words[T ~string](values []T) []string {
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = string(v)
	}
	return list
}
