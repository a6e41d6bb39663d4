package rules

import (
	"cmp"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"headroom/alerting"
)

// Names of the alerts, unless a plan says something else.
const (
	AlertPage   = alerting.AlertPage
	AlertTicket = alerting.AlertTicket
)

// keepShorts is how many of its shortest windows an alert goes on after its
// expression ended, and longestKeep bounds that: a burn near its threshold would
// otherwise fire and end many times in a night, and one window is too little
// to make one alert of a six-hour incident.
const (
	keepShorts  = 4
	longestKeep = 30 * time.Minute
)

func (c compiler) alert(severity alerting.Severity, tiers []alerting.Tier) Rule {
	notice := c.plan.Notice(severity)
	r := Rule{
		Alert:       notice.Alert,
		Expr:        textOf(c.fires(severity, tiers)),
		Labels:      c.alertLabels(notice),
		Annotations: c.annotations(severity, tiers),
	}
	if c.features.keepFiringFor {
		r.KeepFiringFor = cmp.Or(notice.Keep, min(keepShorts*tiers[0].Short, longestKeep))
	}
	return r
}

// fires is the highest burn rate of the tiers that fire. It has the group labels
// only, so that an alert stays the same one when another tier takes over.
func (c compiler) fires(severity alerting.Severity, tiers []alerting.Tier) parser.Expr {
	if c.readsBack {
		return maxBy(c.by, over("last_over_time", c.ofTiers(severity), c.step/2))
	}
	var fires []parser.Expr
	for _, t := range tiers {
		fires = append(fires, c.tier(t))
	}
	return either(fires...)
}

// ofTiers selects MetricTierBurn of a severity.
func (c compiler) ofTiers(severity alerting.Severity) *parser.VectorSelector {
	burn := c.of(MetricTierBurn)
	burn.LabelMatchers = append(slices.Clip(burn.LabelMatchers), &labels.Matcher{Type: labels.MatchEqual, Name: "severity", Value: string(severity)})
	return burn
}

// alertLabels are the labels that people route by. They name the objective and
// not its indicator, so that an alert outlives a change of the indicator.
// Prometheus expands alert labels as templates, hence the escaping.
func (c compiler) alertLabels(notice alerting.Notice) []Label {
	o := c.objective
	labels := map[string]string{
		"slo": c.id, "namespace": o.ID.Namespace, "service": o.ID.Service, "objective": o.ID.Objective,
		"severity": literal(notice.Severity),
	}
	for name, value := range o.Labels {
		labels[name] = literal(value)
	}
	if o.Owner != "" {
		labels["owner"] = literal(o.Owner)
	}
	for name, value := range notice.Labels {
		labels[name] = literal(value)
	}
	return sorted(labels)
}
