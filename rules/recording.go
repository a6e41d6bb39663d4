package rules

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"headroom/slo"
)

// shortRules records what is fresh each step: the short counts and the short windows.
func (c compiler) shortRules() [][]Rule {
	counts := []Rule{
		c.record(MetricTarget, call("vector", number(c.objective.Target.RatioString()))),
		c.record(MetricTotalShort, c.counter.judged(c.shortSpan)),
		c.record(MetricBadShort, c.badShort()),
	}
	return append([][]Rule{counts}, c.windowRules(series.fromShort)...)
}

// stateRules records what the objective is, what is left, and what the guard
// withholds, at each step, so that an instant query finds it.
func (c compiler) stateRules() [][]Rule {
	spent := ratio(c.last(MetricPeriod, c.periodStep()), number(c.objective.Target.BudgetString()))
	rules := []Rule{c.info(), c.record(MetricRemaining, minus(number("1"), spent))}
	return append([][]Rule{rules}, single(c.withheldRules())...)
}

// info carries what evaluation must not depend on.
func (c compiler) info() Rule {
	o := c.objective
	labels := map[string]string{}
	for name, value := range o.Labels {
		labels[name] = c.plain(value)
	}
	for name, value := range map[string]string{
		"slo": c.id, "sli": c.sli, "spec": o.SpecHash(),
		"namespace": o.ID.Namespace, "service": o.ID.Service, "objective": o.ID.Objective,
		"target": o.Target.String(), "window": o.Window.String(),
		"resolution": slo.FormatDuration(o.Resolution),
	} {
		labels[name] = value
	}
	if o.Owner != "" {
		labels["owner"] = c.plain(o.Owner)
	}
	return Rule{Record: MetricInfo, Expr: textOf(call("vector", number("1"))), Labels: sorted(labels)}
}

// plain makes a text of the user fit for a label of a recording rule. vmalert
// parses it as a template that it never expands, so there is no way to escape.
func (c compiler) plain(s string) string {
	if c.features.parsesRecordingLabels {
		return strings.ReplaceAll(s, "{{", "{ {")
	}
	return s
}

func (c compiler) badShort() parser.Expr {
	total := c.counter.judged(c.shortSpan)
	if c.readsBack {
		total = c.now(MetricTotalShort, c.step)
	}
	total = reuse(total)
	return both(c.counter.bad(c.shortSpan, total, zero(total)), total)
}

// tileRules records the tiles, the window of the objective and the long windows
// over them. Bad comes before total, so that who sees the total of a tile sees
// its bad too.
func (c compiler) tileRules() [][]Rule {
	var rules []Rule
	total := c.counter.judged(c.resolution)
	if c.readsBack {
		// One reading of the raw total serves both tiles.
		rules = append(rules, c.record(MetricTotalStep, total))
		total = c.now(MetricTotalStep, c.resolution)
	}
	total = reuse(total)
	nothing := reuse(zero(total))
	r, two, long := c.resolution, 2*c.resolution, catchUpSteps*c.resolution
	twoTotal, longTotal := reuse(c.counter.total(two)), reuse(c.counter.total(long))
	bad := counted{c.counter.bad(r, total, nothing), c.counter.bad(two, twoTotal, nothing), c.counter.bad(long, longTotal, nothing)}
	rules = append(rules,
		c.record(MetricBadTile, c.tile(MetricBadTile, total, nothing, bad)),
		c.record(MetricTotalTile, c.tile(MetricTotalTile, total, nothing, counted{total, twoTotal, longTotal})))
	if c.readsBack {
		rules = append(rules, c.periodRules()...)
	}
	return append([][]Rule{rules}, c.windowRules(series.fromTiles)...)
}

// windowRules records everything about the windows of one group, each in a list
// of its own.
func (c compiler) windowRules(in func(series, time.Duration) bool) [][]Rule {
	var lists [][]Rule
	for _, w := range c.windows {
		if in(c.series, w) {
			lists = append(lists, c.ofWindow(w))
		}
	}
	return lists
}

func (c compiler) ofWindow(w time.Duration) []Rule {
	bad, total := c.counts(w)
	var rules []Rule
	if slices.Contains(c.traffic, w) {
		bad, total = c.events(w)
		rules = append(rules, c.record(MetricTotal(w), total))
		if c.readsBack {
			total = c.now(MetricTotal(w), c.stepOf(w))
		}
	}
	rules = append(rules, c.record(MetricErrorRatio(w), ratio(bad, above(total, number("0")))))
	if slices.Contains(c.proving, w) && (!c.slowEvidence(w) || c.isSlow(w)) {
		rules = append(rules, c.record(MetricEvidence(w), c.evidence(w)))
	}
	if c.plan.Materiality != "" && slices.Contains(c.proving, w) {
		rules = append(rules, c.record(MetricSpent(w), c.spent(w)))
	}
	return rules
}

// counted is a count over one step, over two and over the catch-up range.
type counted struct{ one, two, long parser.Expr }

// tile is the count of one step when the tile before it was recorded, and the
// count of two when the one before that was: one missed evaluation costs no
// accuracy. Otherwise more were missed, and it is the count of the catch-up
// range without what the tiles in that range hold, and no less than the count of
// two steps. A tile needs the total of its step.
func (c compiler) tile(metric string, total, nothing parser.Expr, of counted) parser.Expr {
	caughtUp := unlessOn(c.by, atLeastZero(minus(of.long, c.held(metric, nothing))), c.tileBefore(MetricTotalTile, 2))
	label := counting{by: c.by}.termLabel()
	most := maxBy(c.by, either(labelled(caughtUp, label, "1"), of.two))
	return both(either(bothOn(c.by, of.one, c.tileBefore(MetricTotalTile, 1)), most), total)
}

// held is what tiles hold of the catch-up range. The first of them began before
// the range when there is no tile at its very start: it is taken for one of two
// steps, the first of which was before.
func (c compiler) held(metric string, nothing parser.Expr) parser.Expr {
	sum := reuse(c.sum(metric, catchUpSteps, c.resolution))
	half := times(number("0.5"), sumBy(c.by, c.tileBefore(metric, catchUpSteps-1)))
	return either(minus(sum, unlessOn(c.by, half, c.tileBefore(MetricTotalTile, catchUpSteps))), sum, nothing)
}

// tileBefore is the tile that was recorded so many steps ago.
func (c compiler) tileBefore(metric string, steps time.Duration) parser.Expr {
	previous := c.of(metric)
	previous.OriginalOffset = steps*c.resolution - c.resolution*2/10
	return over("last_over_time", previous, c.resolution*4/10)
}

// seconds writes a duration as PromQL's number of seconds.
func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) }
