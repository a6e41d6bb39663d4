package api

import (
	"maps"
	"math"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"headroom/budget"
	"headroom/budget/insight"
)

// outlooks are the gauges of forecasts, as they were made last.
type outlooks struct {
	list func() []insight.Outlook
	now  func() time.Time
}

// Describe sends nothing, which makes the collector an unchecked one: labels
// differ between objectives.
func (o *outlooks) Describe(chan<- *prometheus.Desc) {}

// Names of the gauges.
const (
	exhaustionMetric = "headroom_slo_forecast_exhaustion_seconds"
	recoveryMetric   = "headroom_slo_forecast_recovery_seconds"
)

// Collect sends for every group how long until its budget is used up, and until
// it is back where nothing is left.
func (o *outlooks) Collect(out chan<- prometheus.Metric) {
	now := o.now()
	for _, look := range o.list() {
		exhausted := look.Status.State == budget.StateExhausted
		until := seconds(look.Exhausted, now)
		if exhausted {
			until = 0
		}
		o.send(out, look, exhaustionMetric, "Seconds until nothing of the error budget is left if the last day's pace goes on; +Inf for never, 0 when nothing is.", until)
		if exhausted {
			o.send(out, look, recoveryMetric, "Seconds until something of an exhausted error budget is left again if the last day's pace goes on; +Inf for never.", seconds(look.Recovered, now))
		}
	}
}

func seconds(at *time.Time, now time.Time) float64 {
	if at == nil {
		return math.Inf(1)
	}
	return max(0, at.Sub(now).Seconds())
}

func (o *outlooks) send(out chan<- prometheus.Metric, look insight.Outlook, name, help string, value float64) {
	objective, group := look.Status.Objective, look.Status.Group.Labels()
	names := []string{"slo", "namespace", "service", "objective", "owner"}
	values := []string{objective.ID.String(), objective.ID.Namespace, objective.ID.Service, objective.ID.Objective, objective.Owner}
	for _, label := range slices.Sorted(maps.Keys(group)) {
		names, values = append(names, label), append(values, group[label])
	}
	desc := prometheus.NewDesc(name, help, names, nil)
	metric, err := prometheus.NewConstMetric(desc, prometheus.GaugeValue, value, values...)
	if err != nil {
		metric = prometheus.NewInvalidMetric(desc, err)
	}
	out <- metric
}
