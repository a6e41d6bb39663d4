package rules

import (
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"headroom/alerting"
	"headroom/slo"
)

// TierLabel returns the label that names a tier on MetricTierBurn and
// MetricTierWithheld of an objective: LabelTier, or one that is no group label.
func TierLabel(o *slo.Objective) string {
	return compiler{series: newSeries(o, features{})}.tierLabel()
}

// WithheldEvidence returns the query for the most evidence (in nats) that there
// was in a window while a tier was withheld, in a time before now, by the group
// labels. What a window held once that sufficed is left out: the tier fired then.
func WithheldEvidence(o *slo.Objective, plan alerting.Plan, t alerting.Tier, window, last time.Duration) string {
	c := compiler{series: newSeries(o, features{})}
	was := c.of(MetricTierWithheld)
	was.LabelMatchers = append(slices.Clip(was.LabelMatchers),
		&labels.Matcher{Type: labels.MatchEqual, Name: "severity", Value: string(t.Severity)},
		&labels.Matcher{Type: labels.MatchEqual, Name: c.tierLabel(), Value: t.Name()})
	evidence := c.last(MetricEvidence(window), c.evidenceStep(window))
	tooLittle := binary(parser.LTE, evidence, number(plan.Guard.Needed(t.Severity)))
	return textOf(call("max_over_time", subquery(bothOn(c.by, tooLittle, over("count_over_time", was, c.step)), last, c.step)))
}
