package live

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"headroom/alerting"
	"headroom/budget"
	"headroom/rules"
	"headroom/slo"
)

// Bounds of what is worth a warning.
const (
	littleBudget = 5         // events in the error budget
	manySeries   = 10_000    // behind one selector
	manyGroups   = 1_000     // of one objective
	manySamples  = 1_000_000 // read by the rules in a minute
)

// groups checks the labels that split the budget, and counts the groups.
func (i *inspection) groups(ctx context.Context) error {
	i.measured.Groups = 1
	by := i.objective.GroupBy
	if len(by) == 0 {
		return nil
	}
	for _, p := range i.parts() {
		for _, vs := range selectorsOf(p.expr) {
			if err := i.groupLabels(ctx, vs); err != nil {
				return err
			}
			if p.role != slo.RoleTotal {
				continue
			}
			n, err := i.ask.number(ctx, aggregate(parser.COUNT, aggregate(parser.COUNT, plain(vs), by...)))
			if err != nil {
				return err
			}
			i.measured.Groups = max(i.measured.Groups, int(n))
		}
	}
	return nil
}

func (i *inspection) groupLabels(ctx context.Context, vs *parser.VectorSelector) error {
	n, err := i.ask.count(ctx, plain(vs))
	if err != nil || n == 0 {
		return err
	}
	metric := slo.MetricName(vs)
	for _, label := range i.objective.GroupBy {
		with, err := i.ask.count(ctx, selecting(metric, append(conditions(vs), present(label))...))
		if err != nil {
			return err
		}
		if with == 0 {
			i.fail(place{path: []string{"group"}}, checkGroup, fmt.Sprintf("no series of %s that is read has the label %s", metric, label), i.labelHint(ctx, metric, label))
		}
	}
	return nil
}

// history returns how much of the past there is to look at: a day, an hour or
// five minutes.
func (i *inspection) history(ctx context.Context) (time.Duration, error) {
	const day = 24 * time.Hour
	for _, p := range i.parts() {
		for _, vs := range selectorsOf(p.expr) {
			for _, back := range []time.Duration{day, time.Hour} {
				n, err := i.ask.count(ctx, shifted(vs, back))
				if err != nil {
					return 0, err
				}
				if n > 0 {
					return back, nil
				}
			}
		}
	}
	return 5 * time.Minute, nil
}

// traffic checks that there are events, and enough of them for the target.
func (i *inspection) traffic(ctx context.Context) error {
	back, err := i.history(ctx)
	if err != nil {
		return err
	}
	badText, totalText := rules.Raw(i.objective, i.options.Dialect, back)
	totals, err := i.ask.text(ctx, totalText)
	if err != nil {
		return err
	}
	bads, err := i.ask.text(ctx, badText)
	if err != nil {
		return err
	}
	total, bad := sum(totals), sum(bads)
	if total <= 0 && back < time.Hour {
		return nil // too young to say
	}
	if total <= 0 {
		i.warn(place{path: []string{i.objective.Indicator.Kind()}}, checkQuiet, fmt.Sprintf("no events within %s, though the series exist", slo.FormatDuration(back)),
			"without traffic there is no budget to spend: see whether the right series are counted")
		return nil
	}
	i.measured.ID, i.measured.Series = i.objective.ID, i.series
	i.measured.PerSecond, i.measured.BadRatio = total/back.Seconds(), bad/total
	i.measured.Budget = i.budget(total, back)
	const rounding = 1.001 // of extrapolation
	if bad > total*rounding {
		i.fail(place{path: i.pathOf(slo.RoleBad)}, checkRatio, fmt.Sprintf("%s bad events of %s within %s: more than there were", amount(bad), amount(total), slo.FormatDuration(back)),
			"bad: must count a part of what total: counts, in the same unit, with the same labels")
	}
	i.enough(totals, back)
	return nil
}

// budget is the error budget of the whole window in events, if they go on
// arriving as they did.
func (i *inspection) budget(events float64, back time.Duration) float64 {
	return events / back.Seconds() * i.objective.Window.Rolling.Seconds() * i.objective.Target.Budget()
}

// enough warns of a budget of a few events, in which one failure decides.
func (i *inspection) enough(totals []budget.Series, back time.Duration) {
	if i.objective.Indicator.Kind() == "gauge" || i.objective.Indicator.Kind() == "raw" {
		return // samples come by the clock
	}
	scarce, least, name := 0, 0.0, ""
	for _, s := range totals {
		if k := i.budget(sum([]budget.Series{s}), back); k < littleBudget {
			if scarce++; scarce == 1 || k < least {
				least, name = k, groupName(s.Labels)
			}
		}
	}
	if scarce == 0 {
		return
	}
	subject := "the error budget"
	if len(i.objective.GroupBy) > 0 {
		subject = fmt.Sprintf("the error budget of %s (%d of %d groups have so little)", name, scarce, len(totals))
	}
	at, window := place{path: []string{"target"}}, i.objective.Window
	hint := fmt.Sprintf("choose a lower target or a longer window, or count something that happens more often; %d events or more make alerts mean something", littleBudget)
	if least < 1 {
		i.warn(at, checkTraffic, fmt.Sprintf("%s is %s events in %s at the traffic of the last %s: a single failure is more than all of it", subject, amount(least), window, slo.FormatDuration(back)), hint)
		return
	}
	i.warn(at, checkTraffic, fmt.Sprintf("%s is %s events in %s at the traffic of the last %s: a few failures use it up", subject, amount(least), window, slo.FormatDuration(back)), hint)
}

// cost warns of rules that would be expensive.
func (i *inspection) cost(context.Context) error {
	o := i.objective
	dialect := i.options.Dialect
	if rules.Check(o, dialect) != nil {
		dialect = rules.Embedded // names that the target does not know cost the same
	}
	groups, err := rules.Compile(o, alerting.NewPlan(o), dialect, rules.Options{})
	if err != nil {
		return nil //nolint:nilerr // lint and generate say it
	}
	samples := rules.TotalCost(rules.Cost(groups, rules.Assumptions{
		ScrapeInterval: alerting.ScrapeInterval(o.Resolution), RawSeries: i.series, Groups: i.measured.Groups,
	}))
	i.measured.SamplesPerMinute = samples
	var reasons []string
	if i.series > manySeries {
		reasons = append(reasons, plural(i.series, "series")+" behind one selector")
	}
	if i.measured.Groups > manyGroups {
		reasons = append(reasons, plural(i.measured.Groups, "group"))
	}
	if samples > manySamples || len(reasons) > 0 {
		what := ""
		if len(reasons) > 0 {
			what = " (" + strings.Join(reasons, ", ") + ")"
		}
		i.warn(place{path: []string{o.Indicator.Kind()}}, checkCost, fmt.Sprintf("the rules would read about %s samples a minute%s", amount(samples), what),
			"narrow the selectors, drop group labels, or read what a recording rule has summed up")
	}
	return nil
}

func sum(series []budget.Series) float64 {
	total := 0.0
	for _, s := range series {
		for _, p := range s.Points {
			total += p.V
		}
	}
	return total
}

func groupName(labels map[string]string) string {
	return "{" + slo.NewGroup(labels).String() + "}"
}

// amount writes a number of events for a person: 0.04, 3.2, 120, 1,234,567.
func amount(v float64) string {
	switch {
	case v == 0:
		return "0"
	case v < 10:
		return strings.TrimSuffix(fmt.Sprintf("%.2g", v), ".0")
	}
	digits := fmt.Sprintf("%.0f", v)
	var b strings.Builder
	for at, digit := range digits {
		if at > 0 && (len(digits)-at)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(digit)
	}
	return b.String()
}
