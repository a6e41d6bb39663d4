package rules

import (
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"headroom/alerting"
)

// spentShare is the error ratio of the objective's window as it would be if the
// rest of the window of a young objective were without errors: whether there is
// a budget left must not depend on the first minutes.
func (h health) spentShare() parser.Expr {
	return either(h.aged(reuse(h.last(MetricPeriod, h.periodStep())))...)
}

// events is how many events there were in the objective's window.
func (h health) events() parser.Expr {
	step := h.periodStep()
	if !h.readsBack && h.plan.Materiality == "" {
		step = slowParts * h.resolution
	}
	return h.last(MetricTotalPeriod, step)
}

// several holds where more than one event of the window was bad: one alone says
// little.
func (h health) several() parser.Expr {
	bad := times(h.last(MetricPeriod, h.periodStep()), h.events())
	return above(h.counter.observations(bad), number("1.5"))
}

// exhausted is what is left of the budget where nothing is.
func (h health) exhausted() parser.Expr {
	spent := atLeast(h.spentShare(), number(h.plan.Budget))
	left := minus(number("1"), ratio(h.last(MetricPeriod, h.periodStep()), number(h.plan.Budget)))
	return both(both(left, spent), h.several())
}

// forecast is the time in seconds until nothing is left of the budget where
// that is soon: it burns as in the horizon's two windows, whichever burns less,
// and comes back as the oldest part of the window goes. Where somebody was told
// of a burn of late, nothing is said again.
func (h health) forecast() parser.Expr {
	within := number(seconds(h.horizon.Within))
	left := above(minus(number(h.plan.Budget), h.spentShare()), number("0"))
	long, short := h.errorRatio(h.horizon.Long), reuse(h.errorRatio(h.horizon.Short))
	burning := either(binary(parser.LSS, long, short), short)
	going := ratio(burning, number(seconds(h.objective.Window.Rolling)))
	oldest := h.of(MetricBadTile)
	oldest.OriginalOffset = h.objective.Window.Rolling - h.horizon.Within
	leaving := sumBy(h.by, over("sum_over_time", oldest, h.within(h.horizon.Within)))
	coming := either(ratio(ratio(leaving, above(h.events(), number("0"))), within), zero(short))
	gone := ratio(left, above(minus(going, coming), number("0")))
	soon := both(binary(parser.LTE, gone, within), h.several())
	if told := h.told(); told != nil {
		return binary(parser.LUNLESS, soon, told)
	}
	return soon
}

// told holds where an alert fired about a burn of late.
func (h health) told() parser.Expr {
	var list []parser.Expr
	span := max(h.horizon.Within/shortsOfHorizon, h.resolution)
	for _, severity := range alerting.Severities() {
		if len(h.plan.Of(severity)) > 0 && !h.plan.Notice(severity).Shadow {
			list = append(list, maxBy(h.by, over("last_over_time", h.ofTiers(severity), span)))
		}
	}
	if len(list) == 0 {
		return nil
	}
	return either(list...)
}

// shortsOfHorizon is for how large a part of its horizon a forecast keeps quiet
// after a burn alert: six hours of three days.
const shortsOfHorizon = 12

// errorRatio is the share of bad events in a window: as recorded, where it is.
func (h health) errorRatio(window time.Duration) parser.Expr {
	for _, w := range h.windows {
		if w == window {
			return h.last(MetricErrorRatio(w), h.stepOf(w))
		}
	}
	steps := max(int64((window+h.resolution/2)/h.resolution), 1)
	return ratio(h.sum(MetricBadTile, steps, h.resolution), above(h.sum(MetricTotalTile, steps, h.resolution), number("0")))
}
