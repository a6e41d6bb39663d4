// Package alertmanager writes the part of Alertmanager's configuration that
// belongs to the alerts of objectives: routes to those who own them, and the
// rule by which a page silences the tickets of the same burn.
package alertmanager

import (
	"iter"
	"maps"
	"slices"

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
	// Groups are the group labels of all objectives, sorted.
	Groups []string
}

// Compile compiles objectives into groups.
type Compile func([]*slo.Objective) (iter.Seq[rules.Group], error)

// Find compiles objectives to see which alerts they have.
func Find(objectives []*slo.Objective, compile Compile) (Alerts, error) {
	owners, severities, groups := map[string]map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, o := range objectives {
		if owners[o.Owner] == nil {
			owners[o.Owner] = map[string]bool{}
		}
		for _, name := range o.GroupBy {
			groups[name] = true
		}
		compiled, err := compile([]*slo.Objective{o})
		if err != nil {
			return Alerts{}, err
		}
		for severity := range alertSeverities(compiled) {
			owners[o.Owner][severity], severities[severity] = true, true
		}
	}
	a := Alerts{Owners: map[string][]string{}, Severities: sorted(severities), Groups: sorted(groups)}
	for owner, of := range owners {
		a.Owners[owner] = sorted(of)
	}
	return a, nil
}

func alertSeverities(groups iter.Seq[rules.Group]) iter.Seq[string] {
	return func(yield func(string) bool) {
		for g := range groups {
			for _, r := range g.Rules {
				for _, l := range r.Labels {
					if r.Alert != "" && l.Name == "severity" && !yield(l.Value) {
						return
					}
				}
			}
		}
	}
}

func sorted(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }
