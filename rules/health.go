package rules

import (
	"cmp"
	"slices"
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"headroom/alerting"
	"headroom/slo"
)

// Series that the alerts which are not about a burn rest on.
const (
	// MetricSeries is the number of raw series of all events. It is absent
	// when there are none.
	MetricSeries = "slo:series:count"
	// MetricAge is for how long there have been tiles, in seconds and at most
	// the objective's window, give or take a part of ageLooks. Where there is a
	// base, an objective that is as old as its window has none.
	MetricAge = "slo:age:seconds"
	// MetricMissed is the share of evaluations that an objective's rules missed
	// of late, 0 to 1. It is absent unless that is much.
	MetricMissed = "slo:rules:missed"
)

// health compiles the alerts that are not about a burn, and what they rest on.
type health struct {
	compiler

	silence  time.Duration
	horizon  alerting.Horizon
	counted  []string      // labels that series are counted by
	selected []parser.Expr // of all raw series
	orWhole  bool          // an alert may be about the objective, without group labels
}

func newHealth(c compiler) health {
	h := health{compiler: c, silence: alerting.Silence(c.objective), horizon: alerting.HorizonOf(c.objective)}
	h.selected, h.counted = rawSeries(c.objective)
	return h
}

// rules are the rules of the health group, which is evaluated at each step of
// the resolution.
func (h health) rules() []Rule {
	var list []Rule
	if h.wants(alerting.Absent, alerting.Unmeasured, alerting.RulesMissed, alerting.Integrity) && len(h.selected) > 0 {
		list = append(list, h.record(MetricSeries, h.series()))
	}
	list = append(list, h.alerts(alerting.Exhausted, h.exhausted())...)
	if len(h.selected) > 0 {
		list = append(list, h.absentAlerts()...)
		list = append(list, h.ofCounted().alerts(alerting.Unmeasured, h.unmeasured())...)
	}
	if silent := h.silent(); silent != nil {
		list = append(list, h.alerts(alerting.NoTraffic, silent)...)
	}
	if len(h.selected) > 0 {
		list = append(list, h.ofCounted().alerts(alerting.Integrity, h.changed())...)
	}
	if !h.options.Led {
		list = append(list, h.serviceAlerts()...)
	}
	return list
}

// slowRules are the rules that are evaluated in the slow group.
func (h health) slowRules() []Rule {
	var list []Rule
	if h.wantsAge() {
		list = append(list, h.record(MetricAge, h.age()))
	}
	if h.totalsPeriod() && !h.readsBack && h.plan.Materiality == "" {
		list = append(list, h.record(MetricTotalPeriod, h.sum(MetricTotalTile, h.periodSteps(), h.resolution)))
	}
	list = append(list, h.alerts(alerting.Forecast, h.forecast())...)
	if h.wants(alerting.RulesMissed) {
		list = append(list, h.record(MetricMissed, h.missed()))
	}
	return list
}

// wants reports whether one of the alerts is on.
func (c compiler) wants(kinds ...alerting.Kind) bool {
	return slices.ContainsFunc(kinds, func(k alerting.Kind) bool {
		_, on := c.plan.Other(k)
		return on
	})
}

// totalsPeriod reports whether somebody needs the number of events in the
// objective's window.
func (c compiler) totalsPeriod() bool {
	return c.plan.Materiality != "" || c.wants(alerting.Exhausted, alerting.Forecast)
}

// whole compiles alerts without group labels.
func (h health) whole() health {
	h.by, h.counted = nil, nil
	return h
}

// ofCounted compiles alerts with the labels that series are counted by.
func (h health) ofCounted() health {
	h.by = h.counted
	return h
}

// alerts is the alert of a kind, when it is on.
func (h health) alerts(k alerting.Kind, fires parser.Expr) []Rule {
	other, on := h.plan.Other(k)
	if !on {
		return nil
	}
	r := Rule{
		Alert: other.Alert, Expr: textOf(fires), Labels: h.alertLabels(other.Notice),
		Annotations: h.healthAnnotations(other),
	}
	r.Labels = append(r.Labels, Label{Name: slo.LabelAlert, Value: string(k)})
	slices.SortFunc(r.Labels, func(a, b Label) int { return cmp.Compare(a.Name, b.Name) })
	if h.features.keepFiringFor {
		r.KeepFiringFor = cmp.Or(other.Keep, h.keep(k))
	}
	return []Rule{r}
}

// Alerts go on for keepShare of the objective's window after a budget came back
// or is forecast to last: a balance near to nothing goes up and down.
const (
	keepShare      = 120
	keepForecast   = 6 // of the horizon
	longKeep       = 6 * time.Hour
	longKeepSilent = time.Hour
)

// keep is how long the alert of a kind goes on after its condition ended.
func (h health) keep(k alerting.Kind) time.Duration {
	var d time.Duration
	switch k {
	case alerting.Exhausted:
		d = min(h.objective.Window.Rolling/keepShare, longKeep)
	case alerting.Forecast:
		d = min(h.horizon.Within/keepForecast, 2*longKeep)
	case alerting.RulesMissed: // what it reads goes on for as long as is good
		return 0
	default:
		d = min(h.silence, longKeepSilent)
	}
	return max(d.Round(h.resolution), h.resolution)
}
