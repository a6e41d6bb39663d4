package main

import (
	"slices"

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
	// Labels are those that tell the rules of one name from one another.
	Labels map[string]string `json:"labels,omitempty"`
	Expr   string            `json:"expr"`
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
			shown.Rules = append(shown.Rules, shownRule{Record: r.Record, Alert: r.Alert, Labels: distinguishing(r, g.Rules), Expr: r.Expr})
		}
		s.Groups = append(s.Groups, shown)
	}
	return s, nil
}

// distinguishing returns the labels of a rule that another one of the same name
// has with other values, nil when it is the only one.
func distinguishing(rule rules.Rule, all []rules.Rule) map[string]string {
	var labels map[string]string
	for _, l := range rule.Labels {
		if slices.ContainsFunc(all, func(other rules.Rule) bool {
			return other.Name() == rule.Name() && !slices.Contains(other.Labels, l)
		}) {
			if labels == nil {
				labels = map[string]string{}
			}
			labels[l.Name] = l.Value
		}
	}
	return labels
}
