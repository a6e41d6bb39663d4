package alertmanager

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"

	"headroom/alerting"
	"headroom/slo"
)

// ours matches the alerts of objectives: all of them have the id of an objective
// or a service in the label slo, which other tools use for names without a slash.
const ours = `slo=~"[^/]+/.+"`

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
func tree(a Alerts, r Receivers) route {
	root := route{
		Receiver: r.of(fallback(a)), Matchers: []string{ours},
		GroupBy: []string{"namespace", "service", "severity"},
	}
	for _, severity := range a.Missed {
		root.Routes = append(root.Routes, missed(r, a.Paging, severity))
	}
	for _, owner := range slices.Sorted(maps.Keys(r.Owners)) {
		for _, severity := range a.Owners[owner] {
			if name := r.Owners[owner][severity]; name != "" {
				root.Routes = append(root.Routes, leaf(name, a.Paging, severity, equals("owner", owner)))
			}
		}
	}
	for _, severity := range a.Severities {
		root.Routes = append(root.Routes, leaf(r.of(severity), a.Paging, severity))
	}
	return root
}

// missed is the route of alerts about missed evaluations, to those who run
// Prometheus: when all of it was away they get one message.
func missed(r Receivers, paging []string, severity string) route {
	name := r.Default[missedKey]
	if name == "" {
		name = r.of(severity)
	}
	leaf := leaf(name, paging, severity, equals(slo.LabelAlert, string(alerting.RulesMissed)))
	leaf.GroupBy = []string{slo.LabelAlert}
	return leaf
}

// fallback is the severity whose receiver gets what matches no severity, which
// no alert of ours does.
func fallback(a Alerts) string {
	for _, severity := range a.Severities {
		if !slices.Contains(a.Paging, severity) {
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

// inhibitions let the page of a burn silence what is less urgent about the same
// objective and group, and nothing silence what pages. Labels that neither alert
// has are equal, so one rule serves objectives with and without groups.
func inhibitions(a Alerts) []inhibition {
	equal := append([]string{"slo"}, a.Groups...)
	var list []inhibition
	for _, page := range a.Paging {
		for _, other := range a.Severities {
			if !slices.Contains(a.Paging, other) {
				list = append(list, inhibition{
					// Of what pages, an exhausted budget is so for days, in which other
					// things may begin that nobody would hear of.
					Source: []string{ours, equals("severity", page), equals(slo.LabelAlert, burn)},
					Target: []string{ours, equals("severity", other)},
					Equal:  equal,
				})
			}
		}
	}
	for _, p := range precedence() {
		list = append(list, inhibition{
			Source: []string{ours, kinds(p.source)}, Target: quiet(a, kinds(p.target)), Equal: equal,
		})
	}
	return append(list, inhibition{
		Source: []string{ours, kinds([]alerting.Kind{alerting.RulesMissed})},
		Target: quiet(a, kinds([]alerting.Kind{alerting.Unmeasured, alerting.NoTraffic, alerting.Integrity})),
		Equal:  []string{"namespace", "service"},
	})
}

// quiet matches those of our alerts that do not page.
func quiet(a Alerts, matcher string) []string {
	list := []string{ours, matcher}
	if len(a.Paging) > 0 {
		words := make([]string, len(a.Paging))
		for i, severity := range a.Paging {
			words[i] = regexp.QuoteMeta(severity)
		}
		list = append(list, "severity"+labels.MatchNotRegexp.String()+escaped(strings.Join(words, "|")))
	}
	return list
}

// burn stands for the kind of the alerts about a burn, which lack the label.
const burn = ""

// precedence says which alerts make others superfluous that are about the same
// objective and group: what is said of a burn, or of a budget that is gone, need
// not be forecast; without data, other alerts about data say the same. (Missed
// rules make alerts of the same service superfluous.)
func precedence() []struct{ source, target []alerting.Kind } {
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
	return name + labels.MatchEqual.String() + escaped(value)
}

func escaped(value string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(value) + `"`
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
