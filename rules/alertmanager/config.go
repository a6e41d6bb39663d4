package alertmanager

import (
	"maps"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"

	"headroom/alerting"
	"headroom/slo"
)

// ours matches the alerts of objectives: all of them have the label slo.
const ours = `slo=~".+"`

// route is a node of Alertmanager's routing tree.
type route struct {
	Receiver       string   `yaml:"receiver"`
	Matchers       []string `yaml:"matchers,omitempty"`
	GroupBy        []string `yaml:"group_by,omitempty,flow"`
	GroupWait      string   `yaml:"group_wait,omitempty"`
	GroupInterval  string   `yaml:"group_interval,omitempty"`
	RepeatInterval string   `yaml:"repeat_interval,omitempty"`
	Routes         []route  `yaml:"routes,omitempty"`
}

type inhibition struct {
	Source []string `yaml:"source_matchers"`
	Target []string `yaml:"target_matchers"`
	Equal  []string `yaml:"equal,flow"`
}

type receiver struct {
	Name string `yaml:"name"`
}

// pace is how soon and how often people hear of alerts.
type pace struct{ wait, interval, repeat string }

func paceOf(paging bool) pace {
	if paging {
		return pace{wait: "30s", interval: "5m", repeat: "4h"}
	}
	return pace{wait: "5m", interval: "1h", repeat: "1d"}
}

// tree is the route of all alerts of objectives: what is wrong with their rules
// first, then owners, and what they do not have receivers for by severity.
func tree(a Alerts, r Receivers, paging []string) route {
	root := route{
		Receiver: r.of(fallback(a, paging)), Matchers: []string{ours},
		GroupBy: []string{"namespace", "service", "severity"},
	}
	for _, severity := range a.Missed {
		root.Routes = append(root.Routes, missed(r, paging, severity))
	}
	for _, owner := range slices.Sorted(maps.Keys(r.Owners)) {
		for _, severity := range a.Owners[owner] {
			if name := r.Owners[owner][severity]; name != "" {
				root.Routes = append(root.Routes, leaf(name, paging, severity, equals("owner", owner)))
			}
		}
	}
	for _, severity := range a.Severities {
		root.Routes = append(root.Routes, leaf(r.of(severity), paging, severity))
	}
	return root
}

// missed is the route of alerts about missed evaluations, to those who run
// Prometheus: when all of it was away they get one message.
func missed(r Receivers, paging []string, severity string) route {
	name := r.Default[string(alerting.RulesMissed)]
	if name == "" {
		name = r.of(severity)
	}
	leaf := leaf(name, paging, severity, equals(slo.LabelAlert, string(alerting.RulesMissed)))
	leaf.GroupBy = []string{slo.LabelAlert}
	return leaf
}

// fallback is the severity whose receiver gets what matches no severity, which
// no alert of ours does.
func fallback(a Alerts, paging []string) string {
	for _, severity := range a.Severities {
		if !slices.Contains(paging, severity) {
			return severity
		}
	}
	return Ticket
}

func leaf(receiver string, paging []string, severity string, matchers ...string) route {
	p := paceOf(slices.Contains(paging, severity))
	return route{
		Receiver: receiver, Matchers: append(matchers, equals("severity", severity)),
		GroupWait: p.wait, GroupInterval: p.interval, RepeatInterval: p.repeat,
	}
}

// inhibitions let a page silence what is less urgent about the same objective
// and group. Labels that neither alert has are equal, so one rule serves
// objectives with and without groups.
func inhibitions(a Alerts, paging []string) []inhibition {
	var list []inhibition
	for _, page := range a.Severities {
		if !slices.Contains(paging, page) {
			continue
		}
		for _, other := range a.Severities {
			if slices.Contains(paging, other) {
				continue
			}
			list = append(list, inhibition{
				Source: []string{ours, equals("severity", page)},
				Target: []string{ours, equals("severity", other)},
				Equal:  append([]string{"slo"}, a.Groups...),
			})
		}
	}
	equal := append([]string{"slo"}, a.Groups...)
	for _, p := range precedence() {
		list = append(list, inhibition{
			Source: []string{ours, kinds(p.source)}, Target: []string{ours, kinds(p.target)}, Equal: equal,
		})
	}
	return append(list, inhibition{
		Source: []string{ours, kinds([]alerting.Kind{alerting.RulesMissed})},
		Target: []string{ours, kinds([]alerting.Kind{alerting.Unmeasured, alerting.NoTraffic, alerting.Integrity})},
		Equal:  []string{"namespace", "service"},
	})
}

// precedence says which alerts make others superfluous that are about the same
// objective and group: what is said of a burn, or of a budget that is gone, need
// not be forecast; without data, other alerts about data say the same. (Missed
// rules make alerts of the same service superfluous.)
func precedence() []struct{ source, target []alerting.Kind } {
	const burn alerting.Kind = "" // burn alerts lack the label
	return []struct{ source, target []alerting.Kind }{
		{[]alerting.Kind{burn, alerting.Exhausted}, []alerting.Kind{alerting.Forecast}},
		{[]alerting.Kind{alerting.Absent, alerting.Unmeasured}, []alerting.Kind{alerting.NoTraffic, alerting.Integrity}},
	}
}

// kinds matches alerts of some kinds.
func kinds(list []alerting.Kind) string {
	words := make([]string, len(list))
	for i, k := range list {
		words[i] = string(k)
	}
	return slo.LabelAlert + labels.MatchRegexp.String() + `"` + strings.Join(words, "|") + `"`
}

// equals writes a matcher as Alertmanager reads it.
func equals(name, value string) string {
	escaped := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(value)
	return name + labels.MatchEqual.String() + `"` + escaped + `"`
}

// names are the receivers that routes name, sorted.
func names(r route) []string {
	set := map[string]bool{r.Receiver: true}
	for _, below := range r.Routes {
		for _, name := range names(below) {
			set[name] = true
		}
	}
	return sorted(set)
}
