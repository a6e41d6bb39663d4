package rules

import (
	"math"
	"strconv"
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"headroom/alerting"
	"headroom/slo"
)

// closed shortens a range of samples where ranges are closed: ranges that touch
// would both count a sample on their border.
func (f features) closed(r time.Duration) time.Duration {
	if f.closedRanges {
		return r - time.Millisecond
	}
	return r
}

func gaugeCounter(by []string, in slo.Gauge, f features) counter {
	vs := vectorSelector(in.Selector)
	count := func(function string) countOver {
		return func(r time.Duration) parser.Expr { return sumBy(by, over(function, vs, f.closed(r))) }
	}
	k := goodOfTotal(nil, count("count_over_time"))
	k.bad = func(r time.Duration, total, _ parser.Expr) parser.Expr {
		return atLeastZero(minus(total, count("sum_over_time")(r)))
	}
	return k
}

// looksPerResolution is into how many steps a resolution is divided for seeing
// the samples of a gauge: three times as many as it has scrapes, so that no
// sample hides another when they come a little early.
const looksPerResolution = 30

// thresholdCounter counts the samples of a gauge that satisfy a comparison. No
// function of PromQL does that over a range, so a subquery looks at the samples
// of each of its steps. A step sees its own samples only and not those of the
// last five minutes, so that what ended is not counted on.
func thresholdCounter(o *slo.Objective, in slo.Gauge, f features) counter {
	step := max((o.Resolution / looksPerResolution).Truncate(time.Second), time.Second)
	sample := over("last_over_time", vectorSelector(in.Selector), f.closed(step))
	good := &parser.BinaryExpr{
		Op: operator(in.Good.Op), LHS: sample, RHS: decimal(in.Good.Value), ReturnBool: true,
	}
	count := func(function string, e parser.Expr) countOver {
		return func(r time.Duration) parser.Expr {
			return sumBy(o.GroupBy, call(function, subquery(e, f.closed(r), step)))
		}
	}
	k := goodOfTotal(nil, count("count_over_time", sample))
	k.bad = func(r time.Duration, total, _ parser.Expr) parser.Expr {
		return atLeastZero(minus(total, count("sum_over_time", good)(r)))
	}
	return k
}

// rawCounter takes each look at the error ratio for slo.RawWeight events, and
// the ratio for their bad part. NaN, which no comparison holds for, is left out.
func rawCounter(o *slo.Objective, in slo.Raw, f features) counter {
	step := alerting.Step(o.Resolution)
	share := atLeast(call("clamp", in.ErrorRatio.Expr(), number("0"), number("1")), number("0"))
	count := func(function string) countOver {
		return func(r time.Duration) parser.Expr {
			looks := sumBy(o.GroupBy, call(function, subquery(share, f.closed(r), step)))
			return times(looks, &parser.NumberLiteral{Val: slo.RawWeight})
		}
	}
	k := badOfTotal(count("sum_over_time"), count("count_over_time"))
	k.weight = slo.RawWeight
	return k
}

func subquery(e parser.Expr, r, step time.Duration) parser.Expr {
	return &parser.SubqueryExpr{Expr: enclosed(e), Range: r, Step: step}
}

// decimal is the literal of a number, with the sign that PromQL reads before
// it.
func decimal(v float64) parser.Expr {
	if v < 0 {
		return &parser.UnaryExpr{Op: parser.SUB, Expr: &parser.NumberLiteral{Val: math.Abs(v)}}
	}
	return number(strconv.FormatFloat(v, 'f', -1, 64))
}

func operator(op string) parser.ItemType {
	switch op {
	case "<":
		return parser.LSS
	case "<=":
		return parser.LTE
	case ">":
		return parser.GTR
	case ">=":
		return parser.GTE
	case "==":
		return parser.EQLC
	case "!=":
		return parser.NEQ
	default:
		panic("rules: an operator that slo.ParseComparison refuses: " + op)
	}
}
