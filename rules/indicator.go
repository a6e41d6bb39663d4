package rules

import (
	"fmt"
	"math"
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"headroom/alerting"
	"headroom/slo"
)

// counter counts the events of an indicator from raw series, one value per
// group.
type counter struct {
	// total counts all events over a range.
	total func(r time.Duration) parser.Expr
	// judged counts all events over a range, and is absent where good and bad
	// cannot be told apart.
	judged func(r time.Duration) parser.Expr
	// bad counts the bad events over a range, of a total over the same range.
	// Where only series of bad or good events are absent, nothing stands for
	// their count; it is 0 where there is traffic.
	bad func(r time.Duration, total, nothing parser.Expr) parser.Expr
	// weight is how many counted events one independent observation is; 0 is 1.
	weight int64
}

// observations turns a number of counted events into one of observations.
func (k counter) observations(events parser.Expr) parser.Expr {
	if k.weight == 0 {
		return events
	}
	return ratio(events, &parser.NumberLiteral{Val: float64(k.weight)})
}

func newCounter(o *slo.Objective, f features) counter {
	c := counting{by: o.GroupBy, anchored: f.anchored}
	if f.differences {
		c.differences, c.margin = 2*o.Resolution, alerting.Step(o.Resolution)
	}
	if f.longDifferences {
		c.differences = math.MaxInt64
	}
	switch in := o.Indicator.(type) {
	case slo.Ratio:
		return ratioCounter(c, in)
	case slo.Latency:
		if in.Native {
			return nativeCounter(o.GroupBy, in)
		}
		return latencyCounter(c, in)
	case slo.Gauge:
		if in.Good.IsZero() {
			return gaugeCounter(o.GroupBy, in, f)
		}
		return thresholdCounter(o, in, f)
	case slo.Raw:
		return rawCounter(o, in, f)
	case slo.Query:
		return queryCounter(o.GroupBy, in, f)
	case slo.Events:
		return eventsCounter(o)
	default:
		panic(fmt.Sprintf("rules: unknown indicator %T", o.Indicator))
	}
}

func ratioCounter(c counting, in slo.Ratio) counter {
	of := func(e slo.Counter) countOver {
		return func(r time.Duration) parser.Expr { return c.increase(e.Expr(), r) }
	}
	if in.Bad.IsZero() {
		return goodOfTotal(of(in.Good), of(in.Total))
	}
	return badOfTotal(of(in.Bad), of(in.Total))
}

// countOver counts events over a range, one value per group.
type countOver func(r time.Duration) parser.Expr

func badOfTotal(bad, total countOver) counter {
	return counter{
		total: total, judged: total,
		bad: func(r time.Duration, _, nothing parser.Expr) parser.Expr { return either(bad(r), nothing) },
	}
}

// goodOfTotal takes what is not good for bad. Absent good series are an outage:
// all events are bad then.
func goodOfTotal(good, total countOver) counter {
	return counter{
		total: total, judged: total,
		bad: func(r time.Duration, total, nothing parser.Expr) parser.Expr {
			return atLeastZero(minus(total, either(good(r), nothing)))
		},
	}
}
