package main

import (
	"fmt"
	"time"
	"unicode/utf8"

	"headroom/alerting"
	"headroom/rules"
	"headroom/slo"
	"headroom/slo/diag"
	"headroom/slo/manifest"
)

// Checks of what rules ask of those who evaluate them.
const (
	checkRuleCost  = "rule-cost"
	checkGroupSize = "group-size"
)

// Rules that read more than manySamples a minute are said to be costly, at
// usualSeries behind each selector.
const (
	manySamples = 20_000
	usualSeries = 10
)

// fewSteps is how many steps of its resolution a window may have for its rules
// never to be costly, with headroom's own alerts.
const fewSteps = 9_000

// shape is what costs depend on; who has the same is judged once.
type shape struct {
	window, resolution time.Duration
	target, kind       string
	plan               *slo.AlertPlan
}

// burdens warns of objectives whose rules cost much, or whose groups have more
// rules than rulers take unless they are told to.
func burdens(result manifest.Result) []diag.Problem {
	var problems []diag.Problem
	judged := map[shape][]diag.Problem{}
	for _, o := range result.Objectives() {
		ownTiers := o.Plan != nil && len(o.Plan.Tiers) > 0
		if o.Window.Rolling/o.Resolution <= fewSteps && !ownTiers {
			continue
		}
		s := shape{o.Window.Rolling, o.Resolution, o.Target.String(), o.Indicator.Kind(), o.Plan}
		found, known := judged[s]
		if !known {
			found = burdensOf(o)
			judged[s] = found
		}
		for _, p := range found {
			p.Message = fmt.Sprintf("objective %s: %s", o.ID, p.Message)
			p.File, p.Line, p.Column = o.Place.File, o.Place.Line, o.Place.Column
			p.EndColumn = o.Place.Column + utf8.RuneCountInString(o.ID.Objective)
			p.SetExcerpt(lineOf(result, o.Place))
			problems = append(problems, p)
		}
	}
	return problems
}

// burdensOf has neither places nor ids.
func burdensOf(o *slo.Objective) []diag.Problem {
	groups, err := rules.Compile(o, alerting.NewPlan(o), rules.Prometheus3, rules.Options{})
	if err != nil {
		return nil // generate says it
	}
	var problems []diag.Problem
	if c, err := estimate(groups, o, usualSeries); err == nil && c.SamplesPerMinute > manySamples {
		problems = append(problems, diag.Problem{
			Check: checkRuleCost, Severity: diag.Warning,
			Message: fmt.Sprintf("its rules would read about %s samples a minute, at %d series behind each selector", whole(c.SamplesPerMinute), usualSeries),
			Hint:    cheaper(o, rules.Prometheus3, usualSeries),
		})
	}
	for _, g := range groups {
		if len(g.Rules) > rules.MaxRules {
			return append(problems, diag.Problem{
				Check: checkGroupSize, Severity: diag.Warning,
				Message: fmt.Sprintf("its group %s has %d rules, and Mimir takes %d unless it is told to", g.Name, len(g.Rules), rules.MaxRules),
				Hint:    "leave tiers out of the plan, or raise ruler_max_rules_per_rule_group",
			})
		}
	}
	return problems
}

// cheaper says which resolution, of those that are usual, is not costly any more.
func cheaper(o *slo.Objective, d rules.Dialect, series int) string {
	hint := "choose a shorter window, or leave tiers out of the plan"
	for _, resolution := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, slo.MaxResolution} {
		if resolution <= o.Resolution || o.Window.Rolling < slo.MinWindowSteps*resolution {
			continue
		}
		coarse := *o
		coarse.Resolution = resolution
		groups, err := rules.Compile(&coarse, alerting.NewPlan(&coarse), d, rules.Options{})
		if err != nil {
			return hint
		}
		c, err := estimate(groups, &coarse, series)
		if err != nil {
			return hint
		}
		hint = fmt.Sprintf("write resolution: %s, with which they read %s", slo.FormatDuration(resolution), whole(c.SamplesPerMinute))
		if c.SamplesPerMinute <= manySamples {
			return hint
		}
		hint += ", and choose a shorter window"
	}
	return hint
}
