package rules

import (
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"headroom/alerting"
	"headroom/slo"
)

// Continuity returns the expression of the share, 0 to 1 for each group, of an
// objective's counters of all events that counted on through a range: that are
// there at its begin and at its end and were not reset in it. Only what these
// count is whole when the range has no samples. It is empty for indicators that
// judge samples, and for a team's own queries, of which nothing is known.
func Continuity(o *slo.Objective, r time.Duration) string {
	switch o.Indicator.(type) {
	case slo.Ratio, slo.Latency:
	default:
		return ""
	}
	selectors, by := rawSeries(o)
	var on, all []parser.Expr
	for _, e := range selectors {
		now, ok := e.(*parser.VectorSelector)
		if !ok {
			return ""
		}
		before := *now
		before.OriginalOffset = r
		reset := above(over("resets", now, r+alerting.Step(o.Resolution)), number("0"))
		on = append(on, binary(parser.LUNLESS, both(now, &before), reset))
		all = append(all, either(now, &before))
	}
	whole := countEach(by, all)
	return ratio(either(countEach(by, on), zero(whole)), whole).String()
}
