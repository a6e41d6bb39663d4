package rules

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
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

// MaxRules is how many rules a group has at most, unless a plan document wishes
// for a dozen tiers of a severity: rulers refuse more by default.
const MaxRules = 20

// Compile returns the rule groups of an objective: the short group, the state group and the tile group,
// a health group for the alerts that are not about a burn, a slow group
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
	h := newHealth(c)
	groups := c.shortGroups()
	groups = append(groups, c.packed("state", c.step, c.stateRules()...)...)
	groups = append(groups, c.packed("tile", c.resolution, c.tileRules()...)...)
	if !c.readsBack {
		groups = append(groups, c.group("period", c.periodStep(), c.periodRules()))
	}
	groups = append(groups, c.packed("health", c.resolution, single(h.rules())...)...)
	groups = append(groups, c.packed("slow", slowParts*c.resolution, slices.Concat(
		[][]Rule{c.slowBase()}, c.windowRules(series.isSlow), c.slowEvidenceRules(), [][]Rule{h.slowRules()})...)...)
	if c.measuresDispersion() {
		groups = append(groups, c.group("dispersion", dispersionSteps*c.resolution, []Rule{c.dispersionRule()}))
	}
	return groups, nil
}

// shortGroups are the short counts, the short windows, and the tiers and alerts
// that rest on them: in one group, or with the tickets, or both severities, in
// others where that would have too many rules. Those may then come a step later.
func (c compiler) shortGroups() []Group {
	short := c.shortRules()
	recorded, page, ticket := slices.Concat(short...), c.burnRules(alerting.Page), c.burnRules(alerting.Ticket)
	if len(recorded)+len(page)+len(ticket) <= MaxRules {
		return []Group{c.group("short", c.step, slices.Concat(recorded, page, ticket))}
	}
	there := c
	there.elsewhere = true
	groups := c.packed("ticket", c.step, there.burnRules(alerting.Ticket))
	if len(recorded)+len(page) <= MaxRules {
		return append([]Group{c.group("short", c.step, slices.Concat(recorded, page))}, groups...)
	}
	return slices.Concat(c.packed("short", c.step, short...), c.packed("page", c.step, there.burnRules(alerting.Page)), groups)
}

// packed puts rules into as few groups as hold them in their order. The rules of
// one list read what those before it in the list recorded at the same time, and
// stay together.
func (c compiler) packed(kind string, interval time.Duration, lists ...[]Rule) []Group {
	var groups []Group
	for _, list := range lists {
		last := len(groups) - 1
		switch {
		case len(list) == 0:
		case last >= 0 && len(groups[last].Rules)+len(list) <= MaxRules:
			groups[last].Rules = append(groups[last].Rules, list...)
		case last >= 0:
			groups = append(groups, c.group(kind+"-"+strconv.Itoa(last+2), interval, slices.Clone(list)))
		default:
			groups = append(groups, c.group(kind, interval, slices.Clone(list)))
		}
	}
	return groups
}

// single makes a list of each rule.
func single(rules []Rule) [][]Rule {
	var lists [][]Rule
	for _, r := range rules {
		lists = append(lists, []Rule{r})
	}
	return lists
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
