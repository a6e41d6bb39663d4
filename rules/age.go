package rules

import (
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"headroom/alerting"
)

// ageLooks is at how many times in the objective's window the first tile is
// looked for.
const ageLooks = 120

// ageStep is the time from one look for the first tile to the next.
func (c compiler) ageStep() time.Duration {
	return max((c.objective.Window.Rolling / ageLooks).Truncate(c.resolution), c.resolution)
}

// wantsAge reports whether somebody needs to know how old an objective is.
func (c compiler) wantsAge() bool {
	return c.plan.Materiality != "" || c.wants(alerting.Exhausted, alerting.Forecast)
}

// age is for how long there have been tiles. It looks at times that are a part
// of the window apart, and adds one part, so that an old objective is as old as
// its window. Of such a one it is not recorded where there is a base. What no
// look finds, since it is younger than a part, is a part old. Where tiles are so
// rare that no look finds one, the base bridges them.
func (c compiler) age() parser.Expr {
	window, step := c.objective.Window.Rolling, c.ageStep()
	now := call("time")
	looks := func(metric string, within time.Duration) parser.Expr {
		look := binary(parser.ADD, zero(maxBy(c.by, over("last_over_time", c.of(metric), within))), now)
		return call("min_over_time", subquery(look, window, step))
	}
	found := []parser.Expr{looks(MetricTotalTile, 2*c.resolution)}
	if c.carries() {
		found = append(found, looks(MetricTotalBase, 2*c.baseStep()))
	}
	newborn := binary(parser.ADD, zero(maxBy(c.by, over("last_over_time", c.of(MetricTotalTile), max(step, 2*c.resolution)))), now)
	age := binary(parser.ADD, minus(now, either(append(found, newborn)...)), number(seconds(step)))
	if c.carries() { // which tells an old objective from one that was not looked at
		return binary(parser.LSS, age, number(seconds(window)))
	}
	return call("clamp_max", enclosed(age), number(seconds(window)))
}

// aged is a share of the events in the objective's window as it would be if a
// young objective had had as much traffic in the rest of it. An objective without
// an age is old when there was a base a while ago: with the first base came an
// age, which is looked for further back.
func (c compiler) aged(share parser.Expr) []parser.Expr {
	age := c.last(MetricAge, 2*slowParts*c.resolution)
	list := []parser.Expr{times(share, ratio(age, number(seconds(c.objective.Window.Rolling))))}
	if !c.carries() {
		return list
	}
	base := c.of(MetricTotalBase)
	base.OriginalOffset = c.baseStep()
	return append(list, bothOn(c.by, share, maxBy(c.by, over("last_over_time", base, 3*c.baseStep()))))
}

// agedAtOnce is aged, and takes an objective of which no age is known yet for one
// that is as young as can be.
func (c compiler) agedAtOnce(share parser.Expr) parser.Expr {
	newborn := c.ageStep().Seconds() / c.objective.Window.Rolling.Seconds()
	return either(append(c.aged(share), times(share, &parser.NumberLiteral{Val: newborn}))...)
}
