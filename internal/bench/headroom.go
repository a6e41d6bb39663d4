package main

import (
	"bytes"
	"fmt"
	"slices"

	"headroom/alerting"
	"headroom/rules"
	"headroom/slo"
)

// Names of headroom's contenders.
const (
	portableName = "headroom, portable"
	anchoredName = "headroom, anchored"
)

// headroomContenders are headroom's rules for the objective in a portable
// dialect and in that of the embedded engine, under ids of their own.
func headroomContenders() ([]contender, error) {
	var list []contender
	for _, c := range []struct {
		name    string
		id      slo.ID
		dialect rules.Dialect
	}{
		{portableName, slo.ID{Namespace: "bench", Service: "api", Objective: "portable"}, rules.Prometheus242},
		{anchoredName, slo.ID{Namespace: "bench", Service: "api", Objective: "anchored"}, rules.Embedded},
	} {
		o := &slo.Objective{
			ID: c.id, Owner: "bench", Target: slo.MustTarget("99.9%"),
			Window: slo.Window{Rolling: window}, Resolution: slo.DefaultResolution,
			Indicator: slo.Ratio{
				Bad:   slo.MustCounter(`http_requests_total{job="api",code=~"5.."}`),
				Total: slo.MustCounter(`http_requests_total{job="api"}`),
			},
		}
		groups, err := rules.Compile(o, alerting.NewPlan(o), c.dialect, rules.Options{})
		if err != nil {
			return nil, fmt.Errorf("compile the objective of %s: %w", c.name, err)
		}
		var file bytes.Buffer
		if err := rules.Write(&file, slices.Values(groups)); err != nil {
			return nil, err
		}
		parsed, err := parseRules(c.name, file.Bytes())
		if err != nil {
			return nil, err
		}
		list = append(list, contender{
			name: c.name, groups: parsed, everything: true,
			history: []string{
				rules.MetricTotalStep, rules.MetricBadTile, rules.MetricTotalTile,
				rules.MetricBadBase, rules.MetricTotalBase, rules.MetricTotalPeriod, rules.MetricPeriod,
				rules.MetricDispersion,
			},
			shown:     []string{rules.MetricRemaining},
			remaining: rules.MetricRemaining + `{slo="` + c.id.String() + `"}`,
		})
	}
	return list, nil
}

// plain leaves out what the remaining budget does not rest on, but where alerts
// or the cost are measured.
func plain(contenders []contender) []contender {
	list := slices.Clone(contenders)
	for i := range list {
		list[i].everything = false
	}
	return list
}
