package rules

import (
	"time"

	"github.com/prometheus/prometheus/promql/parser"
)

// Series that the live sums over the objective's window start from.
const (
	// MetricBadBase and MetricTotalBase are the sums of all tiles in the
	// objective's window, as they were half a resolution step before.
	MetricBadBase   = "slo:bad:base"
	MetricTotalBase = "slo:total:base"
)

// fewTiles is up to how many tiles in the objective's window are summed at each
// tile. Longer windows are summed every slowParts tiles, and carried on in
// between.
const fewTiles = 1000

// carrySteps is how far back the last live sum is looked for, in resolution
// steps.
const carrySteps = 24

// leastEvents is what a live sum must exceed to be divided by: less is what
// rounding leaves of nothing.
const leastEvents = "0.001"

// tileLooks is at how many times in the objective's window an earlier tile is
// looked for.
const tileLooks = 32

// carries reports whether what happened in the objective's window is carried on
// from tile to tile. A rule must see what an earlier one of its group recorded.
func (c compiler) carries() bool { return c.readsBack && c.periodSteps() > fewTiles }

// baseStep is the interval of the base.
func (s series) baseStep() time.Duration { return slowParts * s.resolution }

// slowBase are the rules of the base, where there is one. They sum the tiles of the whole window. The sums leave out the newest half
// step, so that it does not matter which group comes first where several are
// evaluated at one time.
func (c compiler) slowBase() []Rule {
	if !c.carries() {
		return nil
	}
	sum := func(metric string) parser.Expr {
		tiles := c.of(metric)
		tiles.OriginalOffset = c.resolution / 2
		return sumBy(c.by, over("sum_over_time", tiles, time.Duration(c.periodSteps())*c.resolution))
	}
	return []Rule{c.record(MetricBadBase, sum(MetricBadTile)), c.record(MetricTotalBase, sum(MetricTotalTile))}
}

// periodRules record what happened in the objective's window, after the tiles.
func (c compiler) periodRules() []Rule {
	if c.carries() {
		events := c.record(MetricTotalPeriod, c.carried(MetricTotalTile, MetricTotalBase, c.before(MetricTotalPeriod)))
		return []Rule{events, c.record(MetricPeriod, ratio(c.carriedBad(), above(c.now(MetricTotalPeriod, c.resolution), number(leastEvents))))}
	}
	total := c.sum(MetricTotalTile, c.periodSteps(), c.resolution)
	events := c.record(MetricTotalPeriod, total)
	if c.readsBack && c.totalsPeriod() {
		return []Rule{events, c.record(MetricPeriod, c.period(c.now(MetricTotalPeriod, c.periodStep())))}
	}
	rules := []Rule{c.record(MetricPeriod, c.period(total))}
	if c.plan.Materiality != "" {
		rules = append(rules, events)
	}
	return rules
}

// carriedBad is the number of bad events in the objective's window. What it was
// before is not recorded: it is the ratio of that time times all events.
func (c compiler) carriedBad() parser.Expr {
	total := reuse(c.before(MetricTotalPeriod))
	return c.carried(MetricBadTile, MetricBadBase, either(times(c.before(MetricPeriod), total), zero(total)))
}

// carried is the sum of a metric's tiles in the objective's window: what a base
// that came since the last tile says, or else the sum as it was, with the tiles
// since then and without those that left the window. Where there is neither, this
// is the first tile, or there were no rules for so long that the next base must
// tell. What was carried since a base was last seen is no more than what came with
// a tile, so that a group without events ends.
func (c compiler) carried(metric, base string, before parser.Expr) parser.Expr {
	one, fresh := c.now(metric, c.resolution), c.of(base)
	fresh.OriginalOffset = c.resolution / 2
	// The base is between half a step and one and a half old, and ends half a
	// step before: two tiles are newer.
	based := c.movedOn(maxBy(c.by, over("last_over_time", fresh, c.resolution)), metric, 2)
	held := either(c.last(MetricTotalBase, c.baseStep()), c.now(MetricTotalTile, c.resolution))
	carried := bothOn(c.by, c.movedOn(before, metric, 1), held)
	return either(based, carried, unlessOn(c.by, one, c.earlier()))
}

// earlier holds where there were tiles before this one.
func (c compiler) earlier() parser.Expr {
	window := c.objective.Window.Rolling
	looks := &parser.SubqueryExpr{
		Expr:  over("last_over_time", c.of(MetricTotalTile), 2*c.resolution),
		Range: window, Step: window / tileLooks, OriginalOffset: c.resolution / 2,
	}
	return call("last_over_time", looks)
}

// movedOn is a sum over the objective's window some tiles later.
func (c compiler) movedOn(sum parser.Expr, metric string, steps int64) parser.Expr {
	sum = reuse(sum)
	nothing := reuse(zero(sum))
	gone := c.of(metric)
	gone.OriginalOffset = time.Duration(c.periodSteps()) * c.resolution
	span := time.Duration(steps)*c.resolution - c.resolution/2
	came := either(c.sum(metric, steps, c.resolution), nothing)
	return atLeastZero(minus(binary(parser.ADD, sum, came), either(sumBy(c.by, over("sum_over_time", gone, span)), nothing)))
}

// before is what a series of the tile group was at the last tile before this one.
func (c compiler) before(metric string) parser.Expr {
	s := c.of(metric)
	s.OriginalOffset = c.resolution / 2
	return maxBy(c.by, over("last_over_time", s, carrySteps*c.resolution))
}

func (c compiler) periodSteps() int64 {
	return int64((c.objective.Window.Rolling + c.resolution/2) / c.resolution)
}

// period is the error ratio over the objective's window, always from tiles.
func (c compiler) period(total parser.Expr) parser.Expr {
	return ratio(c.sum(MetricBadTile, c.periodSteps(), c.resolution), above(total, number("0")))
}
