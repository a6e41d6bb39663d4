package manifest

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"headroom/internal/strictyaml"
	"headroom/slo"
)

// indicator reads the one indicator of an objective, nil when there is none or
// it is wrong.
func (r *reader) indicator(entry *strictyaml.Entry[objectiveForm]) slo.Indicator {
	form := &entry.Value
	const hint = "an objective has exactly one of ratio, latency, gauge, events and template"
	var given []strictyaml.Node
	for _, key := range []strictyaml.Node{form.Ratio.Key, form.Latency.Key, form.Gauge.Key, form.Events.Key, form.Template.Key} {
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
		in = slo.Gauge{Selector: r.expression(form.Gauge, slo.ParseSelector)}
	}
	if form.Events.IsSet() {
		in = r.events(form)
	}
	return in
}

func (r *reader) ratio(value *strictyaml.Value[ratioForm]) slo.Indicator {
	form := &value.V
	const hint = "write either bad: or good:, and total:"
	switch {
	case form.Bad.IsSet() && form.Good.IsSet():
		r.Report(form.Good.Key, "bad-or-good", "the ratio has both bad and good", hint)
	case !form.Bad.IsSet() && !form.Good.IsSet() && value.Node.IsMap():
		r.Report(value.Key, "bad-or-good", "the ratio has neither bad nor good", hint)
	}
	return slo.Ratio{
		Bad:   r.expression(form.Bad, slo.ParseCounter),
		Good:  r.expression(form.Good, slo.ParseCounter),
		Total: r.expression(form.Total, slo.ParseCounter),
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

func (r *reader) latency(form *latencyForm) slo.Indicator {
	in := slo.Latency{Histogram: r.histogram(form.Histogram), Where: r.where(form.Where), Unit: time.Second}
	if strings.HasSuffix(in.Histogram, "_milliseconds") || strings.HasSuffix(in.Histogram, "_ms") {
		in.Unit = time.Millisecond
	}
	switch form.Unit.V {
	case "seconds":
		in.Unit = time.Second
	case "milliseconds":
		in.Unit = time.Millisecond
	default:
		if !form.Unit.Node.IsScalar() {
			break
		}
		r.Report(form.Unit.Node, "latency-unit", fmt.Sprintf("%q is not a unit of a histogram", form.Unit.V), "write seconds or milliseconds")
	}
	under, ok := r.duration(form.Under, time.Second)
	if ok && under <= 0 {
		r.Report(form.Under.Node, "latency-under", "a threshold of 0 is never met", "write one of the histogram's buckets, such as 300ms")
	}
	in.Under = under
	return in
}

func (r *reader) histogram(text text) string {
	name := text.V
	const example = "http_request_duration_seconds"
	for _, suffix := range []string{"_bucket", "_count", "_sum"} {
		if base, found := strings.CutSuffix(name, suffix); found && base != "" {
			r.Report(text.Node, "histogram-name", fmt.Sprintf("%s is one series of a histogram, not its name", name), "write histogram: "+base)
			return base
		}
	}
	if text.Node.IsScalar() && !model.LegacyValidation.IsValidMetricName(name) {
		hint := "write the name alone, such as " + example
		if strings.Contains(name, "{") {
			hint = "write the name alone, and the matchers under where:"
		}
		r.Report(text.Node, "histogram-name", fmt.Sprintf("%q cannot name a metric", name), hint)
	}
	return name
}

func (r *reader) where(text text) []*labels.Matcher {
	if !text.Node.IsScalar() {
		return nil
	}
	matchers, err := slo.ParseMatchers(text.V)
	r.reportExpr(text, err)
	return matchers
}
