package main

import (
	"headroom/alerting"
	"headroom/rules"
	"headroom/slo"
)

// ruleSummary is what the rules of an objective are and cost.
type ruleSummary struct {
	Target string      `json:"target"`
	Groups []ruleGroup `json:"groups"`
	Cost   cost        `json:"cost"`
}

type ruleGroup struct {
	Name     string      `json:"name"`
	Interval string      `json:"interval"`
	Rules    []shownRule `json:"rules"`
}

type shownRule struct {
	Record string `json:"record,omitempty"`
	Alert  string `json:"alert,omitempty"`
	Expr   string `json:"expr"`
}

func summarize(o *slo.Objective, plan alerting.Plan, options explainOptions) (ruleSummary, error) {
	groups, err := rules.Compile(o, plan, rules.Dialect(options.Target), rules.Options{})
	if err != nil {
		return ruleSummary{}, err
	}
	costs, err := estimate(groups, o, options.Series)
	if err != nil {
		return ruleSummary{}, err
	}
	s := ruleSummary{Target: options.Target, Groups: []ruleGroup{}, Cost: costs}
	for _, g := range groups {
		shown := ruleGroup{Name: g.Name, Interval: slo.FormatDuration(g.Interval), Rules: []shownRule{}}
		for _, r := range g.Rules {
			shown.Rules = append(shown.Rules, shownRule{Record: r.Record, Alert: r.Alert, Expr: r.Expr})
		}
		s.Groups = append(s.Groups, shown)
	}
	return s, nil
}
