package rules

import (
	"fmt"
	"time"

	"github.com/prometheus/prometheus/promql/parser"

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
}

func newCounter(o *slo.Objective, f features) counter {
	c := counting{by: o.GroupBy, anchored: f.anchored}
	switch in := o.Indicator.(type) {
	case slo.Ratio:
		return ratioCounter(c, in)
	case slo.Latency:
		return latencyCounter(c, in)
	case slo.Gauge:
		return gaugeCounter(o.GroupBy, in, f)
	case slo.Events:
		return eventsCounter(o)
	default:
		panic(fmt.Sprintf("rules: unknown indicator %T", o.Indicator))
	}
}

func ratioCounter(c counting, in slo.Ratio) counter {
	total := func(r time.Duration) parser.Expr { return c.increase(in.Total.Expr(), r) }
	bad := func(r time.Duration, _, nothing parser.Expr) parser.Expr {
		return either(c.increase(in.Bad.Expr(), r), nothing)
	}
	if in.Bad.IsZero() {
		// Absent good series are an outage: all events are bad then.
		bad = func(r time.Duration, total, nothing parser.Expr) parser.Expr {
			return atLeastZero(minus(total, either(c.increase(in.Good.Expr(), r), nothing)))
		}
	}
	return counter{total: total, judged: total, bad: bad}
}

func latencyCounter(c counting, in slo.Latency) counter {
	good, all := in.Good().Expr(), in.Total().Expr()
	return counter{
		total: func(r time.Duration) parser.Expr { return c.increase(all, r) },
		// A histogram without the bucket is a wrong spec and not an outage.
		judged: func(r time.Duration) parser.Expr { return both(c.increase(all, r), c.increase(good, r)) },
		bad: func(r time.Duration, total, _ parser.Expr) parser.Expr {
			return atLeastZero(minus(total, c.increase(good, r)))
		},
	}
}

func gaugeCounter(by []string, in slo.Gauge, f features) counter {
	vs, ok := in.Selector.Expr().(*parser.VectorSelector)
	if !ok {
		panic("rules: a gauge that slo.ParseSelector refuses: " + in.Selector.String())
	}
	count := func(function string, r time.Duration) parser.Expr {
		if f.closedRanges {
			// Ranges that touch would both count a sample on their border.
			r -= time.Millisecond
		}
		return sumBy(by, over(function, vs, r))
	}
	total := func(r time.Duration) parser.Expr { return count("count_over_time", r) }
	return counter{
		total:  total,
		judged: total,
		bad: func(r time.Duration, total, _ parser.Expr) parser.Expr {
			return atLeastZero(minus(total, count("sum_over_time", r)))
		},
	}
}
