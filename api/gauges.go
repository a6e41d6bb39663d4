package api

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"headroom/api/v1"
	"headroom/budget"
	"headroom/budget/insight"
	"headroom/slo"
)

// gauge describes one headroom_slo_* metric. A value that is not known has no
// series.
type gauge struct {
	name, help string
	dimension  string // label of its own besides the objective's, or ""
	values     func(gauged) []labelled
}

// gauged is what the gauges of one group of one objective are made from.
type gauged struct {
	budget.Status
	outlook  *insight.Outlook // nil: it is not known
	active   *float64         // corrections whose time is now; nil: there are none to ask
	rendered time.Time        // the moment that gauges of times count from
}

type labelled struct {
	label string // value of the dimension
	value *float64
}

type gauges struct {
	list   func() []gauged
	gauges []gauge
}

// NewGauges makes the collector of those headroom_slo_* gauges that statuses
// tell: the ledger's numbers of every group of every objective, labelled slo, namespace, service,
// objective, owner and with the group's labels. A group label that is called
// like a gauge's own label (window, state) gets the prefix group_.
//
// Label names differ between objectives, so that the collector describes
// nothing in advance.
func NewGauges(statuses func() []budget.Status) prometheus.Collector {
	list := func() []gauged {
		var all []gauged
		for _, s := range statuses() {
			all = append(all, gauged{Status: s})
		}
		return all
	}
	return &gauges{list: list, gauges: sloGauges()}
}

// Describe sends nothing, which makes the collector an unchecked one.
func (g *gauges) Describe(chan<- *prometheus.Desc) {}

// Collect sends the gauges of every status.
func (g *gauges) Collect(out chan<- prometheus.Metric) {
	descs := map[string][]*prometheus.Desc{} // by group label names
	for _, status := range g.list() {
		labels := status.Group.Labels()
		names := slices.Sorted(maps.Keys(labels))
		key := strings.Join(names, "\xff")
		if descs[key] == nil {
			descs[key] = g.describe(names)
		}
		id := status.Objective.ID
		values := []string{id.String(), id.Namespace, id.Service, id.Objective, status.Objective.Owner}
		for _, name := range names {
			values = append(values, labels[name])
		}
		g.collect(out, descs[key], status, values)
	}
}

func (g *gauges) collect(out chan<- prometheus.Metric, descs []*prometheus.Desc, status gauged, values []string) {
	for i, gauge := range g.gauges {
		for _, l := range gauge.values(status) {
			if l.value == nil {
				continue
			}
			all := values
			if gauge.dimension != "" {
				all = append(slices.Clip(values), l.label)
			}
			metric, err := prometheus.NewConstMetric(descs[i], prometheus.GaugeValue, *l.value, all...)
			if err != nil {
				metric = prometheus.NewInvalidMetric(descs[i], err)
			}
			out <- metric
		}
	}
}

func (g *gauges) describe(groupNames []string) []*prometheus.Desc {
	names := []string{"slo", "namespace", "service", "objective", "owner"}
	for _, name := range groupNames {
		names = append(names, groupLabel(name))
	}
	descs := make([]*prometheus.Desc, len(g.gauges))
	for i, gauge := range g.gauges {
		all := names
		if gauge.dimension != "" {
			all = append(slices.Clip(names), gauge.dimension)
		}
		descs[i] = prometheus.NewDesc(gauge.name, gauge.help, all, nil)
	}
	return descs
}

// groupLabel is a group's label beside the gauges' own.
func groupLabel(name string) string {
	if name == windowLabel || name == stateLabel {
		return "group_" + name
	}
	return name
}

const (
	windowLabel = "window"
	stateLabel  = "state"
)

func sloGauges() []gauge {
	return slices.Concat(balanceGauges(), stateGauges(), outlookGauges())
}

func balanceGauges() []gauge {
	return []gauge{
		{
			name: "headroom_slo_target_ratio", help: "Wanted share of good events, 0 to 1.",
			values: one(func(s gauged) *float64 { r := s.Objective.Target.Ratio(); return &r }),
		},
		{
			name: "headroom_slo_budget_remaining_ratio", help: "Share of the error budget of the window that is left; negative when over.",
			values: one(func(s gauged) *float64 { return s.Balance.Remaining }),
		},
		{
			name: "headroom_slo_budget_remaining_raw_ratio", help: "The same without corrections.",
			values: one(func(s gauged) *float64 { return s.Balance.Raw.Remaining }),
		},
		{
			name: "headroom_slo_budget_events", help: "Events of the window that may be bad: (1 - target) x events.",
			values: one(func(s gauged) *float64 { return s.Balance.Budget }),
		},
		{
			name: "headroom_slo_error_ratio", help: "Bad events / events of the window, 0 to 1.",
			values: one(func(s gauged) *float64 { return s.Balance.ErrorRatio }),
		},
		{
			name: "headroom_slo_window_events", help: "Events in the window.",
			values: one(func(s gauged) *float64 { return s.Balance.Total }),
		},
		{
			name: "headroom_slo_window_bad_events", help: "Bad events in the window.",
			values: one(func(s gauged) *float64 { return s.Balance.Bad }),
		},
		{
			name: "headroom_slo_coverage_ratio", help: "Measured share of the objective's life in the window, 0 to 1.",
			values: one(func(s gauged) *float64 { return s.Balance.Coverage }),
		},
		{
			name: "headroom_slo_burn_rate", help: "Error ratio of the last 1h, 6h and 3d / (1 - target); at 1 the budget is gone at the end of the window.",
			dimension: windowLabel, values: burns,
		},
	}
}

func stateGauges() []gauge {
	return []gauge{
		{
			name: "headroom_slo_data_state", help: "1 for the state of the objective's data, 0 for the others.",
			dimension: stateLabel,
			values:    func(s gauged) []labelled { return states(s.Data, v1.DataStates()) },
		},
		{
			name: "headroom_slo_budget_state", help: "1 for the state of the objective's budget, 0 for the others.",
			dimension: stateLabel,
			values:    func(s gauged) []labelled { return states(s.State, v1.States()) },
		},
		{
			name: "headroom_slo_status_timestamp_seconds", help: "Unix time that the objective's numbers hold for.",
			values: one(func(s gauged) *float64 { return unixSeconds(s.At) }),
		},
	}
}

func one(value func(gauged) *float64) func(gauged) []labelled {
	return func(s gauged) []labelled { return []labelled{{value: value(s)}} }
}

func burns(s gauged) []labelled {
	var all []labelled
	for _, lookback := range budget.BurnLookbacks() {
		all = append(all, labelled{slo.FormatDuration(lookback), s.Balance.Burn[lookback]})
	}
	return all
}

func states[T ~string](current T, possible []T) []labelled {
	all := make([]labelled, len(possible))
	for i, state := range possible {
		value := 0.0
		if state == current {
			value = 1
		}
		all[i] = labelled{string(state), &value}
	}
	return all
}

func unixSeconds(t time.Time) *float64 {
	if t.IsZero() {
		return nil
	}
	seconds := float64(t.UnixMilli()) / 1000
	return &seconds
}
