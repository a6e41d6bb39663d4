package manifest

import (
	"errors"
	"fmt"

	"headroom/internal/strictyaml"
	"headroom/slo"
)

// indicator reads the one indicator of an objective, nil when there is none or
// it is wrong.
func (r *reader) indicator(entry *strictyaml.Entry[objectiveForm]) slo.Indicator {
	form := &entry.Value
	const hint = "an objective has exactly one of ratio, latency, gauge, raw, query, events and template"
	var given []strictyaml.Node
	for _, key := range form.indicatorKeys() {
		if !key.IsZero() {
			given = append(given, key)
		}
	}
	if len(given) == 0 {
		r.Report(entry.Key, "one-indicator", fmt.Sprintf("objective %s has no indicator", entry.Name), hint)
		return nil
	}
	if len(given) > 1 {
		r.Report(given[1], "one-indicator", fmt.Sprintf("objective %s has %d indicators", entry.Name, len(given)), hint)
	}
	var in slo.Indicator
	if form.Ratio.IsSet() {
		in = r.ratio(&form.Ratio)
	}
	if form.Latency.IsSet() {
		in = r.latency(&form.Latency.V)
	}
	if form.Gauge.IsSet() {
		in = r.gauge(form.Gauge)
	}
	if form.Raw.IsSet() {
		in = r.raw(&form.Raw.V)
	}
	if form.Query.IsSet() {
		in = r.query(&form.Query)
	}
	if form.Events.IsSet() {
		in = r.events(form)
	}
	return in
}

func (r *reader) ratio(value *strictyaml.Value[ratioForm]) slo.Indicator {
	form := &value.V
	r.badOrGood(value.Key, value.Node, form.Bad, form.Good)
	return slo.Ratio{
		Bad:   r.expression(form.Bad, slo.ParseCounter),
		Good:  r.expression(form.Good, slo.ParseCounter),
		Total: r.expression(form.Total, slo.ParseCounter),
	}
}

// badOrGood asks for exactly one of the two.
func (r *reader) badOrGood(key, node strictyaml.Node, bad, good text) {
	const hint = "write either bad: or good:, and total:"
	switch {
	case bad.IsSet() && good.IsSet():
		r.Report(good.Key, "bad-or-good", "the "+key.Text()+" has both bad and good", hint)
	case !bad.IsSet() && !good.IsSet() && node.IsMap():
		r.Report(key, "bad-or-good", "the "+key.Text()+" has neither bad nor good", hint)
	}
}

func (r *reader) expression(text text, parse func(string) (slo.Counter, error)) slo.Counter {
	if !text.IsSet() {
		return slo.Counter{}
	}
	counter, err := parse(text.V)
	r.reportExpr(text, err)
	return counter
}

func (r *reader) reportExpr(text text, err error) {
	var fault *slo.ExprError
	if errors.As(err, &fault) && text.Node.IsScalar() {
		r.ReportRange(text.Node, fault.Start, fault.End, fault.Check, fault.Message, fault.Hint)
	}
}
