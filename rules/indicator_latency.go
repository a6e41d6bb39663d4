package rules

import (
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"headroom/slo"
)

func latencyCounter(c counting, in slo.Latency) counter {
	good, fast, all := in.Good().Expr(), in.Fast().Expr(), in.Total().Expr()
	of := func(e parser.Expr) countOver {
		return func(r time.Duration) parser.Expr { return c.increase(e, r) }
	}
	k := goodOfTotal(of(good), of(all))
	// A histogram without the bucket is a wrong spec and not an outage.
	k.judged = func(r time.Duration) parser.Expr { return both(c.increase(all, r), c.increase(fast, r)) }
	if len(in.GoodWhere) == 0 {
		k.bad = func(r time.Duration, total, _ parser.Expr) parser.Expr {
			return atLeastZero(minus(total, c.increase(good, r)))
		}
	}
	return k
}

// nativeCounter counts with native histograms, whose increase cannot be
// anchored.
func nativeCounter(by []string, in slo.Latency) counter {
	increase := func(c slo.Counter, r time.Duration) parser.Expr {
		return sumBy(by, over("increase", vectorSelector(c), r))
	}
	count := func(c slo.Counter) countOver {
		return func(r time.Duration) parser.Expr { return call("histogram_count", increase(c, r)) }
	}
	good := func(r time.Duration) parser.Expr {
		below := call("histogram_fraction", number("-Inf"), number(in.Bound()), increase(in.Good(), r))
		// The share of no observations is NaN, which no comparison holds for.
		return atLeast(times(count(in.Good())(r), below), number("0"))
	}
	return goodOfTotal(good, count(in.Total()))
}

func vectorSelector(c slo.Counter) *parser.VectorSelector {
	vs, ok := c.Expr().(*parser.VectorSelector)
	if !ok {
		panic("rules: not a single selector: " + c.String())
	}
	return vs
}
