package api

import (
	"math"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"headroom/budget"
	"headroom/budget/correction"
	"headroom/budget/insight"
	"headroom/slo"
)

// outlookGauges are what is found out about budgets now and then, and what of it
// is corrected.
func outlookGauges() []gauge {
	return []gauge{
		{
			name:   "headroom_slo_forecast_exhaustion_seconds",
			help:   "Seconds until nothing of the error budget is left if the last day's pace goes on; +Inf for never, 0 when nothing is.",
			values: one(exhaustion),
		},
		{
			name:   "headroom_slo_forecast_recovery_seconds",
			help:   "Seconds until something of an exhausted error budget is left again if the last day's pace goes on; +Inf for never.",
			values: one(recovery),
		},
		{
			name: "headroom_slo_incidents", help: "Incidents of the window: stretches of time that spent the error budget much faster than it lasts.",
			values: ofIncidents(func(i insight.Incidents) float64 { return float64(i.Count) }),
		},
		{
			name: "headroom_slo_incidents_budget_ratio", help: "Share of the error budget that the incidents of the window cost.",
			values: ofIncidents(func(i insight.Incidents) float64 { return i.Share }),
		},
		{
			name: "headroom_slo_incident_ongoing", help: "1 while an incident goes on, else 0.",
			values: ofIncidents(func(i insight.Incidents) float64 { return truth(i.Ongoing) }),
		},
		{
			name: "headroom_slo_corrected", help: "1 when corrections touch the window, else 0.",
			values: one(func(g gauged) *float64 { return number(truth(g.Balance.Corrected)) }),
		},
		{
			name: "headroom_slo_corrections_active", help: "Corrections whose time is now, such as a maintenance that goes on.",
			values: one(func(g gauged) *float64 { return g.active }),
		},
	}
}

func exhaustion(g gauged) *float64 {
	switch {
	case g.outlook == nil || !g.outlook.Foretold:
		return nil
	case g.outlook.State == budget.StateExhausted:
		return number(0)
	default:
		return seconds(g.outlook.Exhausted, g.rendered)
	}
}

func recovery(g gauged) *float64 {
	if g.outlook == nil || !g.outlook.Foretold || g.outlook.State != budget.StateExhausted {
		return nil
	}
	return seconds(g.outlook.Recovered, g.rendered)
}

func ofIncidents(value func(insight.Incidents) float64) func(gauged) []labelled {
	return one(func(g gauged) *float64 {
		if g.outlook == nil || g.outlook.Incidents == nil {
			return nil
		}
		return number(value(*g.outlook.Incidents))
	})
}

func number(f float64) *float64 { return &f }

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func seconds(at *time.Time, now time.Time) *float64 {
	if at == nil {
		return number(math.Inf(1))
	}
	return number(max(0, at.Sub(now).Seconds()))
}

// gauged joins statuses with what else is known of them.
func (o Options) gauged(statuses []budget.Status, now time.Time) []gauged {
	active := o.active(now)
	list := make([]gauged, len(statuses))
	for i, s := range statuses {
		list[i] = gauged{Status: s, rendered: now}
		if o.Insight != nil {
			list[i].outlook = o.Insight.Outlook(s.Objective.ID, s.Group)
		}
		if o.Corrections != nil {
			list[i].active = number(active[s.Objective.ID])
		}
	}
	return list
}

// active counts the corrections of each objective whose time is now.
func (o Options) active(now time.Time) map[slo.ID]float64 {
	if o.Corrections == nil {
		return nil
	}
	active := map[slo.ID]float64{}
	for _, c := range o.Corrections.List() {
		if !c.CountedAt(now) || len(c.Terms.Intervals(now, now.Add(time.Millisecond))) == 0 {
			continue
		}
		for _, selected := range o.Corrections.Selected(&c.Terms) {
			if c.CountsFor(selected, now) {
				active[selected.ID]++
			}
		}
	}
	return active
}

// correctionCount is a gauge of how many corrections there are.
type correctionCount struct {
	list func() []correction.Correction
	desc *prometheus.Desc
}

func newCorrectionCount(list func() []correction.Correction) *correctionCount {
	return &correctionCount{list, prometheus.NewDesc("headroom_corrections", "Corrections that were ever declared, by their state.", []string{stateLabel}, nil)}
}

func (c *correctionCount) Describe(out chan<- *prometheus.Desc) { out <- c.desc }

func (c *correctionCount) Collect(out chan<- prometheus.Metric) {
	counts := map[correction.State]float64{}
	for _, one := range c.list() {
		counts[one.State()]++
	}
	for _, state := range correction.States() {
		out <- prometheus.MustNewConstMetric(c.desc, prometheus.GaugeValue, counts[state], string(state))
	}
}
