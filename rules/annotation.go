package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"

	"headroom/alerting"
	"headroom/slo"
)

// annotations are the words of an alert: what burns, how fast and over which
// windows, what is left and when it is gone, and where to look.
func (c compiler) annotations(severity alerting.Severity, tiers []alerting.Tier) []Label {
	o := c.objective
	list := []Label{
		{Name: "summary", Value: o.ID.String() + c.groupText() + " burns its error budget " + burnText + " times too fast" +
			c.with(c.burnOf(tiers[0].Short)) + `, now {{ . | first | value | printf "%.1f" }} times{{ end }}`},
		{Name: "description", Value: c.description(severity, tiers)},
	}
	return overridden(append(list, c.links(severity.Alert())...), c.plan.Notice(severity).Annotations)
}

// links say where to look, of an alert that is known by its own name, whatever
// a plan calls it.
func (c compiler) links(alert string) []Label {
	o := c.objective
	var list []Label
	if runbook := cmp.Or(o.Runbook, c.options.runbook(alert)); runbook != "" {
		list = append(list, Label{Name: "runbook_url", Value: literal(runbook)})
	}
	if c.options.DashboardURL != "" {
		list = append(list, Label{Name: "dashboard_url", Value: literal(dashboardURL(c.options.DashboardURL, o.ID))})
	}
	if c.options.ExternalURL != "" {
		list = append(list, Label{Name: "detail_url", Value: literal(c.options.at("/slos/" + o.ID.String()))})
	}
	return list
}

// overridden gives a list the annotations of a plan, in the place of those with
// the same name and after the others.
func overridden(list []Label, own map[string]string) []Label {
	for _, l := range sorted(own) {
		l.Value = literal(l.Value)
		if i := slices.IndexFunc(list, func(other Label) bool { return other.Name == l.Name }); i >= 0 {
			list[i] = l
		} else {
			list = append(list, l)
		}
	}
	return list
}

const (
	burnText = `{{ printf "%.1f" $value }}`
	unknown  = `{{ else }}unknown{{ end }}`
)

func (c compiler) description(severity alerting.Severity, tiers []alerting.Tier) string {
	o := c.objective
	var b strings.Builder
	fmt.Fprintf(&b, "Bad events use up the error budget of %s%s %s times as fast as its target of %s over %s allows. Burn rates now:",
		o.ID, c.groupText(), burnText, o.Target, o.Window)
	between := ""
	for _, t := range tiers {
		if t.Sparse != nil {
			continue
		}
		b.WriteString(between)
		between = ";"
		fmt.Fprintf(&b, " %s over %s and %s over %s (a %s above %s in both)",
			c.burnNow(t.Long), slo.FormatDuration(t.Long), c.burnNow(t.Short), slo.FormatDuration(t.Short),
			severity, t.FactorString)
	}
	b.WriteString("." + c.fired(severity))
	fmt.Fprintf(&b, " Budget left, a live estimate up to %s old: ", slo.FormatDuration(c.periodStep()))
	b.WriteString(c.with(times(c.remaining(), number("100"))) + `{{ . | first | value | printf "%.1f" }}%` + unknown)
	b.WriteString(c.withGone(tiers[0].Short) + "; at this burn, or that over " + slo.FormatDuration(tiers[0].Short) +
		` if it is higher, it is gone in {{ . | first | value | humanizeDuration }}{{ end }}.`)
	if o.Description != "" {
		b.WriteString(" The objective: " + literal(o.Description))
	}
	return b.String()
}

// fired names the tiers that fire, by their long windows. They are no label of
// the alert, which would be another one then whenever a tier comes or goes.
func (c compiler) fired(severity alerting.Severity) string {
	return c.with(over("last_over_time", c.ofTiers(severity), 3*c.step)) +
		` It fires for what happened over {{ range $i, $tier := . }}{{ if $i }}, {{ end }}{{ $tier | label ` + quoted(c.tierLabel()) + ` }}{{ end }}.{{ end }}`
}

// burnOf is the burn rate over a window, as it was recorded last.
func (c compiler) burnOf(window time.Duration) parser.Expr {
	return ratio(over("last_over_time", c.of(MetricErrorRatio(window)), 3*c.stepOf(window)), number(c.objective.Target.BudgetString()))
}

// burnNow is the burn rate over a window, at the time when the text is made.
func (c compiler) burnNow(window time.Duration) string {
	return c.with(c.burnOf(window)) + `{{ . | first | value | printf "%.1f" }}` + unknown
}

// remaining is the share of the budget that is left.
func (c compiler) remaining() parser.Expr {
	return over("last_over_time", c.of(MetricRemaining), 3*c.step)
}

// gone is the time in seconds until nothing is left, times the burn rate.
func (c compiler) gone() parser.Expr {
	return times(above(c.remaining(), number("0")), c.spoken())
}

// spoken is for how long what is left speaks, in seconds: the window of the
// objective, or the life of a young one.
func (c compiler) spoken() parser.Expr {
	window := number(seconds(c.objective.Window.Rolling))
	if !c.wantsAge() {
		return window
	}
	return either(over("last_over_time", c.of(MetricAge), 3*c.baseStep()), binary(parser.ADD, zero(c.remaining()), window))
}

// with opens a block with the result of a query for the alert's own group.
func (c compiler) with(e parser.Expr) string {
	if len(c.by) == 0 {
		return "{{ with query " + quoted(textOf(e)) + " }}"
	}
	format, args := c.inGroup(e)
	return "{{ with printf " + quoted(format) + args + " | query }}"
}

// withGone is with for the time until nothing is left. The long window of a young
// incident still holds the quiet time before, hence the burn over a short window
// where that is higher than the alert's value.
func (c compiler) withGone(short time.Duration) string {
	const value = " $value"
	gone, goneArgs := c.inGroup(c.gone())
	burn, burnArgs := c.inGroup(c.burnOf(short))
	left, leftArgs := c.inGroup(zero(c.remaining()))
	format := gone + " / (" + burn + " > %g or " + left + " + %g)"
	return "{{ with printf " + quoted(format) + goneArgs + burnArgs + value + leftArgs + value + " | query }}"
}

// inGroup narrows the selectors of an expression to the labels of the alert: it
// returns a format for printf and its arguments. %q quotes a value as PromQL
// does.
func (c compiler) inGroup(e parser.Expr) (format, args string) {
	if len(c.by) == 0 {
		return strings.ReplaceAll(textOf(e), "%", "%%"), ""
	}
	var matchers strings.Builder
	for _, name := range c.by {
		quoted := name
		if !model.LegacyValidation.IsValidLabelName(name) {
			quoted = strings.ReplaceAll(strconv.Quote(name), "%", "%%")
		}
		matchers.WriteString("," + quoted + "=%q")
		args += " (index $labels " + strconv.Quote(name) + ")"
	}
	selected := selectors(e)
	text := strings.ReplaceAll(textOf(e), "%", "%%")
	for _, s := range selected {
		closed := strings.TrimSuffix(s, "}")
		text = strings.ReplaceAll(text, s, closed+matchers.String()+"}")
	}
	return text, strings.Repeat(args, len(selected))
}

// selectors lists the texts of an expression's selectors.
func selectors(e parser.Expr) []string {
	var list []string
	parser.Inspect(e, func(n parser.Node, _ []parser.Node) error {
		if vs, ok := n.(*parser.VectorSelector); ok {
			list = append(list, textOf(vs))
		}
		return nil
	})
	return list
}

// groupText says which group of the objective an alert is about. A group whose
// series lack a label has "" there.
func (c compiler) groupText() string {
	if len(c.by) == 0 {
		return ""
	}
	parts := make([]string, 0, len(c.by))
	for _, name := range c.by {
		parts = append(parts, literal(name)+" {{ or (index $labels "+strconv.Quote(name)+`) "\"\"" }}`)
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

// literal writes a text so that a template gives it back as it is.
func literal(s string) string {
	if !strings.Contains(s, "{") {
		return s
	}
	return "{{ " + strconv.Quote(s) + " }}"
}
