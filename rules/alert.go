package rules

import (
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"headroom/alerting"
)

// Names of the alerts.
const (
	AlertPage   = "SLOErrorBudgetBurnPage"
	AlertTicket = "SLOErrorBudgetBurnTicket"
)

// longestKeep bounds how long an alert goes on after its expression ended. Up to
// it, that is twice the shortest window: a burn near its threshold would
// otherwise fire and end many times in a night, and one window is too little
// to make one alert of a six-hour incident.
const longestKeep = 30 * time.Minute

// alertRules returns one alert per severity that the plan has tiers for.
func (c compiler) alertRules() []Rule {
	var rules []Rule
	for _, severity := range alerting.Severities() {
		if tiers := c.plan.Of(severity); len(tiers) > 0 {
			rules = append(rules, c.alert(severity, tiers))
		}
	}
	return rules
}

func (c compiler) alert(severity alerting.Severity, tiers []alerting.Tier) Rule {
	r := Rule{
		Alert:       AlertPage,
		Labels:      c.alertLabels(severity),
		Annotations: c.annotations(severity, tiers),
	}
	if severity == alerting.Ticket {
		r.Alert = AlertTicket
	}
	var fires []parser.Expr
	for _, t := range tiers {
		fires = append(fires, c.tier(t))
	}
	r.Expr = textOf(either(fires...))
	if c.features.keepFiringFor {
		r.KeepFiringFor = min(2*tiers[0].Short, longestKeep)
	}
	return r
}

// tier is the burn rate over the long window while both windows are above the
// threshold. It has the group labels only, so that an alert stays the same one
// when another tier takes over.
func (c compiler) tier(t alerting.Tier) parser.Expr {
	threshold := number(t.ThresholdString)
	fires := both(above(c.burning(t.Long), threshold), above(c.burning(t.Short), threshold))
	return ratio(fires, number(c.objective.Target.BudgetString()))
}

// burning is the error ratio over a window as it is now.
func (c compiler) burning(window time.Duration) parser.Expr {
	metric, step := MetricErrorRatio(window), c.stepOf(window)
	if c.fromShort(window) && c.readsBack {
		return c.now(metric, step)
	}
	return c.last(metric, step)
}

// alertLabels are the labels that people route by. They name the objective and
// not its indicator, so that an alert outlives a change of the indicator.
// Prometheus expands alert labels as templates, hence the escaping.
func (c compiler) alertLabels(severity alerting.Severity) []Label {
	o := c.objective
	labels := map[string]string{
		"slo": c.id, "namespace": o.ID.Namespace, "service": o.ID.Service, "objective": o.ID.Objective,
		"severity": string(severity),
	}
	for name, value := range o.Labels {
		labels[name] = literal(value)
	}
	if o.Owner != "" {
		labels["owner"] = literal(o.Owner)
	}
	return sorted(labels)
}
