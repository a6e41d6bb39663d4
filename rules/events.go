package rules

import (
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"headroom/slo"
)

// MetricEvents is the counter of platform events that headroom itself exports,
// with the labels slo, sli and result: "good" or "bad".
const MetricEvents = slo.MetricEvents

const resultLabel = "result"

// eventsCounter counts by differences of the counter, and never by increase,
// which would lose or inflate single events. Several replicas of headroom show
// the same counter, and the furthest counts.
func eventsCounter(o *slo.Objective) counter {
	id := []Label{{Name: "sli", Value: o.SLI()}, {Name: "slo", Value: o.ID.String()}}
	margin := scrapeMargin(o.Resolution)
	count := func(r time.Duration, equal ...Label) parser.Expr {
		at := func(offset time.Duration) *parser.VectorSelector {
			s := selector(MetricEvents, append(equal, id...)...)
			s.OriginalOffset = offset
			return s
		}
		by := []string{resultLabel}
		now := maxBy(by, at(margin))
		// A counter that is younger than the range began at its first sample.
		before := either(maxBy(by, at(margin+r)), aggregate(parser.MIN, by, over("min_over_time", at(margin), r)))
		return sumBy(nil, atLeastZero(minus(now, before)))
	}
	total := func(r time.Duration) parser.Expr { return count(r) }
	return counter{
		total:  total,
		judged: total,
		bad: func(r time.Duration, _, _ parser.Expr) parser.Expr {
			return count(r, Label{Name: resultLabel, Value: "bad"})
		},
	}
}

// scrapeMargin is how long ago a count ends. A sample bears the time at which
// its scrape began, and is stored when the scrape has ended: one that came
// into being between the evaluation that it belongs to and the next would be
// counted in neither.
func scrapeMargin(resolution time.Duration) time.Duration {
	return min(resolution/10, 10*time.Second)
}
