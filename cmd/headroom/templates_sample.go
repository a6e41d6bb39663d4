package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"headroom/internal/trial"
	"headroom/slo"
	"headroom/slo/slotest"
	"headroom/slo/slotest/synth"
)

// tryOnSamples sends an hour of made-up traffic through the compiled rules.
func tryOnSamples(ctx context.Context, o *slo.Objective) (templateTrial, error) {
	const rate, bad, length = 10, 0.1, time.Hour
	plan, err := synth.New(o, slo.Group{})
	if err != nil {
		return templateTrial{}, fmt.Errorf("%w; try it on real ones with --prometheus", err)
	}
	phase := slotest.Phase{To: length, Rate: big.NewRat(rate, 1), Errors: big.NewRat(1, 10)}
	outcome, err := trial.Run(ctx, &slotest.Case{
		Name: "sample", Objective: o, Groups: []slo.Group{{}}, Length: length, Interval: slotest.Step(o),
		Phases: map[slo.Group][]slotest.Phase{{}: {phase}},
	})
	if err != nil {
		return templateTrial{}, err
	}
	sent := bad
	t := templateTrial{Template: o.Template, Name: o.Template.Name, Data: "made-up series", Over: slo.FormatDuration(length), Sent: &sent, Selectors: matched(o.Indicator, plan)}
	for i := range outcome.Measurements {
		balance := outcome.Measurements[i].Status.Balance
		t.Bad, t.Total = balance.Bad, balance.Total
	}
	if in, ok := o.Indicator.(slo.Events); ok {
		t.Note = "Platform events are judged when they arrive, which made-up ones do not: those count for which " +
			in.Counted() + ", and good are those for which " + in.GoodText() + "."
	}
	t.divide()
	return t, nil
}

// matched lists the selectors of an indicator with the made-up series that each
// matches; platform events are counted by headroom's own.
func matched(in slo.Indicator, plan synth.Plan) []triedSelector {
	list := []triedSelector{}
	for _, text := range selectorsOf(in) {
		expr, err := parser.NewParser(parser.Options{}).ParseExpr(text)
		selector, ok := expr.(*parser.VectorSelector)
		if err != nil || !ok {
			continue
		}
		tried := triedSelector{Selector: text, Examples: []string{}}
		for _, s := range plan.Series {
			if matchesAll(selector.LabelMatchers, s.Labels) {
				tried.Count++
				tried.Examples = append(tried.Examples, seriesText(s.Labels))
			}
		}
		list = append(list, tried)
	}
	return list
}

func matchesAll(matchers []*labels.Matcher, series map[string]string) bool {
	for _, m := range matchers {
		if !m.Matches(series[m.Name]) {
			return false
		}
	}
	return true
}

// seriesText writes a series as Prometheus does.
func seriesText(series map[string]string) string {
	var b strings.Builder
	name := series[model.MetricNameLabel]
	var parts []string
	if !model.LegacyValidation.IsValidMetricName(name) {
		parts, name = append(parts, strconv.Quote(name)), ""
	}
	for _, label := range slices.Sorted(maps.Keys(series)) {
		if label == model.MetricNameLabel {
			continue
		}
		key := label
		if !model.LegacyValidation.IsValidLabelName(label) {
			key = strconv.Quote(label)
		}
		parts = append(parts, key+"="+strconv.Quote(series[label]))
	}
	b.WriteString(name)
	if len(parts) > 0 {
		b.WriteString("{" + strings.Join(parts, ", ") + "}")
	}
	return b.String()
}

// write prints the trial for a person.
func (t *templateTrial) write(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s on %s\n", t.Name, t.Data)
	var with [][]string
	for _, s := range t.Template.With {
		origin := ""
		if s.Default {
			origin = "(default)"
		}
		with = append(with, []string{s.Parameter, s.Value, origin})
	}
	if len(with) > 0 {
		section(&b, "With", with)
	}
	if len(t.Selectors) > 0 {
		b.WriteString("\nSeries\n")
	}
	for _, s := range t.Selectors {
		fmt.Fprintf(&b, "  %d of %s\n", s.Count, s.Selector)
		for _, example := range s.Examples {
			fmt.Fprintf(&b, "     %s\n", example)
		}
	}
	section(&b, "Counted in "+t.Over, t.counted())
	if t.Note != "" {
		fmt.Fprintf(&b, "\n%s\n", t.Note)
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write the trial: %w", err)
	}
	return nil
}

func (t *templateTrial) counted() [][]string {
	const decimals = 6
	number := func(v *float64, scale float64, unit string) string {
		if v == nil {
			return "nothing"
		}
		return strconv.FormatFloat(*v*scale, 'g', decimals, 64) + unit
	}
	ratio := number(t.ErrorRatio, 100, " %")
	if t.Sent != nil {
		ratio += " (" + number(t.Sent, 100, " %") + " were sent)"
	}
	return [][]string{{"bad", number(t.Bad, 1, "")}, {"total", number(t.Total, 1, "")}, {"error ratio", ratio}}
}
