package dashboards

import (
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"headroom/slo"
)

// The ledger's gauges that dashboards read.
const (
	gaugeTarget    = "headroom_slo_target_ratio"
	gaugeRemaining = "headroom_slo_budget_remaining_ratio"
	gaugeState     = "headroom_slo_budget_state"
	gaugeBurn      = "headroom_slo_burn_rate"
)

// States of a budget, as the ledger's gauge has them.
const (
	stateHealthy   = "healthy"
	stateCaution   = "caution"
	stateExhausted = "exhausted"
	stateUnknown   = "unknown"
)

// cautionRemaining is the share of the budget under which its state is caution.
const cautionRemaining = "0.25"

// Queries are put together from selectors that the parser's types print, so
// that a name or a value cannot end its quotes. Grafana's variables stand in
// them, which is why they are text and not syntax trees.

// selector selects a series.
func selector(metric string, matchers ...*labels.Matcher) string {
	return (&parser.VectorSelector{Name: metric, LabelMatchers: matchers}).String()
}

func equal(name, value string) *labels.Matcher {
	return &labels.Matcher{Type: labels.MatchEqual, Name: name, Value: value}
}

func notEqual(name, value string) *labels.Matcher {
	return &labels.Matcher{Type: labels.MatchNotEqual, Name: name, Value: value}
}

// chosen matches the values of a label that are chosen in one of Grafana's
// variables.
func chosen(label, variable string) *labels.Matcher {
	return &labels.Matcher{Type: labels.MatchRegexp, Name: label, Value: "$" + variable}
}

// over calls a function of the range of a selector.
func over(function, selector string, r time.Duration) string {
	return function + "(" + selector + "[" + slo.FormatDuration(r) + "])"
}

// perBar sums a series over the width of a bar, which Grafana knows.
func perBar(selector string) string {
	return "sum_over_time(" + selector + "[$__interval])"
}

// by aggregates over labels.
func by(operator string, names []string, expr string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = labelName(name)
	}
	return operator + " by (" + strings.Join(quoted, ", ") + ") (" + expr + ")"
}

// labelName writes the name of a label, in which Grafana must see no variable.
func labelName(name string) string {
	if model.LegacyValidation.IsValidLabelName(name) {
		return name
	}
	return strings.NewReplacer("$", `\x24`, "[", `\x5b`).Replace(strconv.QuoteToASCII(name))
}

// subject is one objective, as queries see it.
type subject struct {
	id, sli string
	groups  []groupLabel
}

// groupLabel is a label that tells groups apart, with the variable that chooses
// among its values.
type groupLabel struct {
	name, variable string
}

func newSubject(o *slo.Objective) subject {
	s := subject{id: o.ID.String(), sli: o.SLI()}
	for _, name := range o.GroupBy {
		g := groupLabel{name: name}
		if model.LegacyValidation.IsValidLabelName(name) {
			g.variable = "group_" + name
		}
		s.groups = append(s.groups, g)
	}
	return s
}

// of selects a recorded series of the objective and of the chosen groups.
func (s subject) of(metric string) string {
	return selector(metric, append(s.identity(), s.chosen(func(name string) string { return name })...)...)
}

// whole selects a recorded series that has no groups.
func (s subject) whole(metric string) string { return selector(metric, s.identity()...) }

// ever selects a recorded series of this and all earlier indicators.
func (s subject) ever(metric string) string {
	return selector(metric, append([]*labels.Matcher{equal("slo", s.id)}, s.chosen(func(name string) string { return name })...)...)
}

// earlier selects a recorded series of earlier indicators.
func (s subject) earlier(metric string) string {
	matchers := []*labels.Matcher{notEqual("sli", s.sli), equal("slo", s.id)}
	return selector(metric, append(matchers, s.chosen(func(name string) string { return name })...)...)
}

// gauge selects one of the ledger's gauges.
func (s subject) gauge(metric string, matchers ...*labels.Matcher) string {
	matchers = append([]*labels.Matcher{equal("slo", s.id)}, matchers...)
	return selector(metric, append(matchers, s.chosen(gaugeLabel)...)...)
}

func (s subject) identity() []*labels.Matcher {
	return []*labels.Matcher{equal("sli", s.sli), equal("slo", s.id)}
}

func (s subject) chosen(rename func(string) string) []*labels.Matcher {
	var matchers []*labels.Matcher
	for _, g := range s.groups {
		if g.variable != "" {
			matchers = append(matchers, chosen(rename(g.name), g.variable))
		}
	}
	return matchers
}

// gaugeNames are the group labels as the ledger's gauges have them.
func (s subject) gaugeNames() []string {
	names := make([]string, len(s.groups))
	for i, g := range s.groups {
		names[i] = gaugeLabel(g.name)
	}
	return names
}

// gaugeLabel is the name of a group label on the ledger's gauges, which have
// labels of their own called window and state.
func gaugeLabel(name string) string {
	if name == "window" || name == "state" {
		return "group_" + name
	}
	return name
}

// legend names the series of a query: a text with the values of the group
// labels. Where a label's name would be misread it is "__auto", with which
// Grafana shows all labels.
func (s subject) legend(text string, rename func(string) string) string {
	parts := []string{text}
	for _, g := range s.groups {
		if g.variable == "" {
			return "__auto"
		}
		parts = append(parts, "{{"+rename(g.name)+"}}")
	}
	return strings.Join(parts, " ")
}
