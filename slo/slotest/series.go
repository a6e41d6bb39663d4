package slotest

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"
)

// repeats finds how often a value is repeated.
func repeats() *regexp.Regexp { return regexp.MustCompile(`x\s*([0-9]+)`) }

// series reads series in the notation of promqltest.
func (r *caseReader) series() {
	for i := range r.form.Series.V {
		form := &r.form.Series.V[i].V
		if !form.Series.Node.IsScalar() || !form.Values.Node.IsScalar() {
			continue
		}
		if !r.bounded(form.Values) {
			continue
		}
		name, values := form.Series.V, form.Values.V
		p := parser.NewParser(parser.Options{})
		if _, err := p.ParseMetric(name); err != nil {
			r.badSeries(form, err)
			continue
		}
		metric, list, err := p.ParseSeriesDesc(name + " " + values)
		if err != nil {
			r.badSeries(form, err)
			continue
		}
		labels := metric.Map()
		if labels[model.MetricNameLabel] == "" {
			r.Report(form.Series.Node, checkValue, "the series has no name", `write a metric with its labels, such as http_requests_total{code="500"}`)
			continue
		}
		r.out.Series = append(r.out.Series, Series{Labels: labels, Values: list})
	}
	if r.form.Series.IsSet() && len(r.form.Series.V) == 0 {
		r.Report(r.form.Series.Key, checkTraffic, "there are no series", "write at least one")
	}
}

// bounded refuses values that would fill the memory, before they are expanded.
func (r *caseReader) bounded(values text) bool {
	sum := 0
	for _, m := range repeats().FindAllStringSubmatchIndex(values.V, -1) {
		n, err := strconv.Atoi(values.V[m[2]:m[3]])
		if sum += n; err != nil || n > maxSamples || sum > maxSamples {
			r.ReportRange(values.Node, m[2], m[3], checkValue, fmt.Sprintf("more than %d values", maxSamples), "write fewer, and a longer interval:")
			return false
		}
	}
	return true
}

// badSeries reports a syntax error at its place in the series or in the values.
func (r *caseReader) badSeries(form *seriesForm, err error) {
	const hint = `write values as promtool does: 0+5x120 begins at 0 and adds 5 each time, 1x10 repeats, _x5 leaves out, stale ends the series`
	start, end, message := 0, len(form.Series.V), err.Error()
	var list parser.ParseErrors
	if errors.As(err, &list) && len(list) > 0 {
		start, end, message = int(list[0].PositionRange.Start), int(list[0].PositionRange.End), list[0].Err.Error()
	}
	if gap := len(form.Series.V) + 1; start >= gap {
		r.ReportRange(form.Values.Node, start-gap, end-gap, "promql-syntax", message, hint)
		return
	}
	r.ReportRange(form.Series.Node, start, end, "promql-syntax", message, `write one series, such as http_requests_total{code="500"}`)
}
