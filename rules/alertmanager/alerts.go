// Package alertmanager writes the part of Alertmanager's configuration that
// belongs to the alerts of objectives: routes to those who own them, and the
// rule by which a page silences the tickets of the same burn.
package alertmanager

import (
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"

	"headroom/alerting"
	"headroom/rules"
	"headroom/slo"
)

// Severities that plans give alerts unless they say otherwise.
const (
	Page   = "page"
	Ticket = "ticket"
)

// Alerts is what routes depend on.
type Alerts struct {
	// Owners are those that objectives name, with the severities of their
	// alerts. "" stands for objectives without an owner.
	Owners map[string][]string
	// Severities of all alerts, sorted.
	Severities []string
	// Paging are those of the severities that wake somebody, sorted.
	Paging []string
	// Missed are the severities of the alerts about missed evaluations, which
	// are about services, sorted.
	Missed []string
	// Groups are the group labels of all objectives, sorted.
	Groups []string
}

// Compile compiles objectives into groups.
type Compile func([]*slo.Objective) (iter.Seq[rules.Group], error)

// Find compiles objectives to see which alerts they have. A severity pages that
// the plan of one of them gives its pages, and Page does; Ticket never does.
func Find(objectives []*slo.Objective, compile Compile) (Alerts, error) {
	owners, severities, missed, groups := map[string]map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
	pages := map[string]bool{Page: true}
	for _, o := range objectives {
		if owners[o.Owner] == nil {
			owners[o.Owner] = map[string]bool{}
		}
		pages[alerting.NewPlan(o).Page.Severity] = true
		for _, name := range o.GroupBy {
			groups[name] = true
		}
		compiled, err := compile([]*slo.Objective{o})
		if err != nil {
			return Alerts{}, err
		}
		for r := range alertRules(compiled) {
			severity := label(r, "severity")
			if label(r, slo.LabelAlert) == string(alerting.RulesMissed) {
				missed[severity] = true
			} else {
				owners[o.Owner][severity] = true
			}
			severities[severity] = true
		}
	}
	a := Alerts{Owners: map[string][]string{}, Severities: sorted(severities), Missed: sorted(missed), Groups: sorted(groups)}
	a.Paging = slices.DeleteFunc(slices.Clone(a.Severities), func(s string) bool { return !pages[s] || s == Ticket })
	for owner, of := range owners {
		a.Owners[owner] = sorted(of)
	}
	return a, nil
}

func alertRules(groups iter.Seq[rules.Group]) iter.Seq[rules.Rule] {
	return func(yield func(rules.Rule) bool) {
		for g := range groups {
			for _, r := range g.Rules {
				if r.Alert != "" && !yield(r) {
					return
				}
			}
		}
	}
}

// label is the value of a label that alerts of a rule have; "" when it has none.
func label(r rules.Rule, name string) string {
	for _, l := range r.Labels {
		if l.Name == name {
			return expanded(l.Value)
		}
	}
	return ""
}

// expanded is what Prometheus makes of a value: rules write one that holds a brace
// as a template of a single string.
func expanded(value string) string {
	inner, opened := strings.CutPrefix(value, "{{ ")
	inner, closed := strings.CutSuffix(inner, " }}")
	text, err := strconv.Unquote(inner)
	if !opened || !closed || err != nil {
		return value
	}
	return text
}

func sorted(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }
