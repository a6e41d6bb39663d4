package rules

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"headroom/alerting"
	"headroom/slo"
)

// Options are what rules depend on besides objective and plan.
type Options struct {
	// ExternalURL is headroom's own address, for links in alerts; "" for none.
	ExternalURL string
	// DashboardURL is the address of an objective's dashboard, for links in
	// alerts, with the placeholders {slo}, {namespace}, {service}, {objective}
	// and {uid}, which is the uid that package dashboards gives; "" for none.
	DashboardURL string
	// RunbookURL is the address of what to do about an alert, for objectives
	// without a runbook of their own, with the placeholder {alert}, which is
	// the name of the alert in small letters; "" is the page of the service at
	// ExternalURL.
	RunbookURL string
	// QueryOffset evaluates rules for this much earlier, so that late samples
	// are seen. It is left out where the dialect has no query_offset.
	QueryOffset time.Duration
	// Led says that another objective of the same service has the alert that
	// is about the rules of all of them; see Leads.
	Led bool
}

// compiler compiles one objective.
type compiler struct {
	series

	objective *slo.Objective
	plan      alerting.Plan
	features  features
	options   Options
	counter   counter
	windows   []time.Duration // of all tiers, rising, each once
	proving   []time.Duration // those with evidence
	traffic   []time.Duration // those whose events are counted for sparse tiers
}

// Compile returns the rule groups of an objective: the short group, the tile group
// and the group of its window, a health group for the alerts that are not about a burn, a slow group
// for windows of days and forecasts, and one for the dispersion where the
// evidence guard measures it. Its error says what the dialect cannot express, or
// which labels clash.
func Compile(o *slo.Objective, plan alerting.Plan, d Dialect, options Options) ([]Group, error) {
	if err := Check(o, d); err != nil {
		return nil, err
	}
	f := d.features()
	c := compiler{
		series: newSeries(o, f), objective: o, plan: plan, features: f, options: options,
		counter: newCounter(o, f), windows: windows(plan), proving: proving(plan), traffic: traffic(plan),
	}
	groups := []Group{
		c.group("short", c.step, slices.Concat(c.shortRules(), c.tierRules(), c.alertRules())),
		c.group("tile", c.resolution, c.tileRules()),
		c.group("period", c.periodStep(), c.periodRules()),
	}
	h := newHealth(c)
	if rules := h.rules(); len(rules) > 0 {
		groups = append(groups, c.group("health", c.resolution, rules))
	}
	if slow := slices.Concat(c.windowRules(series.isSlow), c.slowEvidenceRules(), h.slowRules()); len(slow) > 0 {
		groups = append(groups, c.group("slow", slowParts*c.resolution, slow))
	}
	if c.measuresDispersion() {
		groups = append(groups, c.group("dispersion", dispersionSteps*c.resolution, []Rule{c.dispersionRule()}))
	}
	return groups, nil
}

// All compiles objectives one after another in the order of their ids, as they
// are asked for, so that memory holds one at a time. Its error joins those of
// Check; nothing is compiled then.
func All(objectives []*slo.Objective, d Dialect, options Options) (iter.Seq[Group], error) {
	var errs []error
	for _, o := range objectives {
		errs = append(errs, Check(o, d))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	ordered := slices.SortedFunc(slices.Values(objectives), func(a, b *slo.Objective) int { return a.ID.Compare(b.ID) })
	leads := Leads(objectives)
	return func(yield func(Group) bool) {
		for _, o := range ordered {
			options.Led = !leads[o.ID]
			groups, err := Compile(o, alerting.NewPlan(o), d, options)
			if err != nil {
				panic(fmt.Sprintf("rules: %s passed Check and does not compile: %v", o.ID, err))
			}
			for _, g := range groups {
				if !yield(g) {
					return
				}
			}
		}
	}, nil
}

func (c compiler) group(kind string, interval time.Duration, rules []Rule) Group {
	g := Group{Name: "headroom/" + c.id + "/" + kind, Interval: interval, Rules: rules}
	if c.features.queryOffset {
		g.QueryOffset = c.options.QueryOffset
	}
	return g
}

func windows(plan alerting.Plan) []time.Duration {
	var list []time.Duration
	for _, t := range plan.Tiers {
		list = append(list, t.Long, t.Short)
	}
	slices.Sort(list)
	return slices.Compact(list)
}
