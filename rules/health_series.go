package rules

import (
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"headroom/alerting"
	"headroom/slo"
)

// rawSeries returns selectors of the raw series of all events, each once, and
// the labels that they can be counted by: the group labels, unless the selectors
// stand in a query that says itself what the groups are.
func rawSeries(o *slo.Objective) (selectors []parser.Expr, by []string) {
	switch in := o.Indicator.(type) {
	case slo.Ratio:
		return selectorsOf(in.Total.Expr()), o.GroupBy
	case slo.Latency:
		return selectorsOf(in.Total().Expr()), o.GroupBy
	case slo.Gauge:
		return selectorsOf(in.Selector.Expr()), o.GroupBy
	case slo.Raw:
		return selectorsOf(in.ErrorRatio.Expr()), nil
	case slo.Query:
		return selectorsOf(in.Total.Over(o.Resolution)), nil
	case slo.Events:
		id := []Label{{Name: "sli", Value: o.SLI()}, {Name: "slo", Value: o.ID.String()}}
		return []parser.Expr{selector(MetricEvents, id...)}, o.GroupBy
	default:
		return nil, nil
	}
}

// selectorsOf lists the instant selectors of an expression, each once.
func selectorsOf(e parser.Expr) []parser.Expr {
	var (
		list  []parser.Expr
		texts []string
	)
	parser.Inspect(e, func(n parser.Node, _ []parser.Node) error {
		vs, ok := n.(*parser.VectorSelector)
		if !ok {
			return nil
		}
		plain := &parser.VectorSelector{Name: vs.Name, LabelMatchers: vs.LabelMatchers}
		if text := textOf(plain); !slices.Contains(texts, text) {
			list, texts = append(list, plain), append(texts, text)
		}
		return nil
	})
	return list
}

// series counts the raw series.
func (h health) series() parser.Expr { return countEach(h.counted, h.selected) }

// countEach counts what expressions have, by labels. A label tells them apart, so
// that one that finds nothing does not hide another.
func countEach(by []string, list []parser.Expr) parser.Expr {
	if len(list) == 1 {
		return aggregate(parser.COUNT, by, list[0])
	}
	label := counting{by: by}.termLabel()
	var parts []parser.Expr
	for i, e := range list {
		parts = append(parts, labelled(aggregate(parser.COUNT, by, e), label, strconv.Itoa(i+1)))
	}
	return sumBy(by, either(parts...))
}

// seriesOver is the last count of raw series in a time, by the labels that they
// are counted by.
func (h health) seriesOver(span, ago time.Duration) parser.Expr {
	return maxBy(h.counted, over("last_over_time", h.ago(MetricSeries, ago), span))
}

// ago selects a recorded series of some time before.
func (h health) ago(metric string, d time.Duration) *parser.VectorSelector {
	vs := h.of(metric)
	vs.OriginalOffset = d
	return vs
}

// within is the range that holds the samples of a time.
func (h health) within(d time.Duration) time.Duration { return d - h.resolution/2 }

// seen is the number of series now.
func (h health) seen() parser.Expr { return h.ofCounted().last(MetricSeries, h.resolution) }

// ruled holds where the rules were evaluated before the time of silence, and some
// steps ago: after a restart nothing is known of the time before, and not every
// group has been evaluated, nor every target scraped.
func (h health) ruled() parser.Expr {
	at := func(ago time.Duration) parser.Expr {
		return maxBy(nil, over("last_over_time", h.ago(MetricTarget, ago), 3*h.step))
	}
	return both(at(h.silence), at(settleSteps*h.resolution))
}

// settleSteps is how long after a restart, in resolution steps, nothing is said
// of missing data.
const settleSteps = 2

// absentAlerts say that there are no raw series, of the objective or of one of
// its groups.
func (h health) absentAlerts() []Rule {
	gone := func(span time.Duration) parser.Expr {
		return unlessOn(nil, h.ruled(), h.whole().seriesOver(h.within(span), 0))
	}
	if len(h.counted) == 0 {
		return h.whole().alerts(alerting.Absent, gone(h.silence))
	}
	group := binary(parser.LUNLESS,
		h.seriesOver(h.within(h.memory()), 0),
		h.seriesOver(h.within(h.silence), 0))
	h.orWhole = true // when all groups are gone for long
	return h.alerts(alerting.Absent, either(bothOn(nil, group, h.ruled()), gone(h.memory())))
}

// memory is for how long a group is missed.
func (h health) memory() time.Duration { return max(day, 2*h.silence) }

const day = 24 * time.Hour

// unmeasured holds where there have been raw series for as long as there were
// no tiles.
func (h health) unmeasured() parser.Expr {
	tiles := maxBy(h.counted, over("last_over_time", h.of(MetricTotalTile), h.within(h.silence)))
	before := h.seriesOver(3*h.resolution, h.silence)
	missing := both(binary(parser.LUNLESS, h.seen(), tiles), before)
	return both(missing, h.seriesOver(h.resolution, settleSteps*h.resolution))
}

// expected is how many events make their lack worth a word: by chance, there
// are none with a probability of e^−20.
const expected = 20

// silent holds where nothing happens in a time in which much happened a day
// and a week before. It is nil where each sample is an event, and no event means
// no sample.
func (h health) silent() parser.Expr {
	switch h.objective.Indicator.(type) {
	case slo.Gauge, slo.Raw:
		return nil
	}
	events := func(ago time.Duration) parser.Expr {
		return sumBy(h.by, over("sum_over_time", h.ago(MetricTotalTile, ago), h.within(h.silence)))
	}
	much := func(ago time.Duration) parser.Expr { return above(events(ago), number(strconv.Itoa(expected))) }
	// The value is how many there were the day before.
	return both(both(much(day), much(7*day)), binary(parser.EQLC, events(0), number("0")))
}

// settledSteps is for how long a number of series must be out of bounds, in
// resolution steps.
const settledSteps = 10

// Bounds of the number of series, of that of the day and the week before.
const (
	fewSeries  = "0.5"
	manySeries = "2"
)

// changed is the number of series over that of the day before, where it was out
// of bounds for settledSteps of the resolution, and so it was compared with the
// week before, if there were rules then.
func (h health) changed() parser.Expr {
	span := h.within(settledSteps * h.resolution)
	before := func(ago time.Duration) parser.Expr { return h.seriesOver(3*h.resolution, ago) }
	weekBefore := either(before(7*day), before(day))
	most, least := maxBy(h.counted, over("max_over_time", h.of(MetricSeries), span)), maxBy(h.counted, over("min_over_time", h.of(MetricSeries), span))
	few := func(than parser.Expr) parser.Expr {
		return binary(parser.LSS, ratio(most, than), number(fewSeries))
	}
	many := func(than parser.Expr) parser.Expr { return above(ratio(least, than), number(manySeries)) }
	return either(both(few(before(day)), few(weekBefore)), both(many(before(day)), many(weekBefore)))
}

// unlessOn is the first vector without what the second has the same values of
// the labels by for.
func unlessOn(by []string, lhs, rhs parser.Expr) parser.Expr {
	return &parser.BinaryExpr{
		Op: parser.LUNLESS, LHS: enclosed(lhs), RHS: enclosed(rhs),
		VectorMatching: &parser.VectorMatching{Card: parser.CardManyToMany, On: true, MatchingLabels: by},
	}
}
