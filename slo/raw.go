package slo

import (
	"fmt"
	"maps"
	"slices"

	"github.com/prometheus/prometheus/promql/parser"
)

var _ Indicator = Raw{}

// Raw judges moments instead of events: an expression gives the share of errors
// at an instant, 0 to 1, and each step of the evaluation weighs the same,
// however much traffic it had.
type Raw struct {
	ErrorRatio Instant
}

// RawWeight is how many events one look at an error ratio counts as. The ledger
// keeps hundredths of an event, so that a share of errors is kept to 1/100,000.
const RawWeight = 1000

// Kind returns "raw".
func (Raw) Kind() string { return "raw" }

// Canonical returns the expression.
func (r Raw) Canonical() string { return "raw error_ratio " + r.ErrorRatio.String() }

// Parts returns the expression.
func (r Raw) Parts() []Part { return []Part{{RoleBad, r.ErrorRatio.String()}} }

// Exprs returns the expression.
func (r Raw) Exprs() []parser.Expr {
	if r.ErrorRatio.IsZero() {
		return nil
	}
	return []parser.Expr{r.ErrorRatio.expr}
}

// Notes says what each step weighs, and what is not counted.
func (Raw) Notes() []string {
	return []string{
		"The expression is looked at once a minute, or once a resolution where that is shorter, and each look counts as 1,000 events: a minute of one request weighs as much as one of a million.",
		"A share below 0 counts as 0, one above 1 as 1.",
		"Where the expression is absent or NaN, as 0 ÷ 0 is, nothing is counted: that time is unmeasured, neither good nor bad.",
		"What the expression averages over its own range is seen late and smeared by that range.",
	}
}

// Instant is a PromQL expression that is evaluated at instants.
type Instant struct {
	expr parser.Expr
}

// ParseInstant reads an expression that yields a vector and looks at no fixed
// time and at none to come. Its error is an *ExprError.
func ParseInstant(s string) (Instant, error) {
	if len(s) > maxExpr {
		return Instant{}, tooLong(s)
	}
	if err := noPlaceholder(s); err != nil {
		return Instant{}, err
	}
	expr, err := parseAny(s)
	if err != nil {
		return Instant{}, err
	}
	if err := checkInstant(expr); err != nil {
		return Instant{}, err
	}
	nameSelectors(expr)
	return Instant{expr: expr}, nil
}

func noPlaceholder(s string) error {
	_, places, err := putStandIn(s)
	if err != nil {
		return err
	}
	if len(places) == 0 {
		return nil
	}
	at := slices.Min(slices.Collect(maps.Keys(places)))
	return &ExprError{
		Check: CheckRange, Start: at, End: at + len(Placeholder), Message: "the placeholder " + Placeholder + " inside an error ratio",
		Hint: "write a range of its own, such as [5m], or count bad and total events with the indicator query",
	}
}

func checkInstant(expr parser.Expr) error {
	selectors := selectorsOf(expr)
	if len(selectors) == 0 {
		return exprError(expr, "the expression reads no series", "name the series whose errors it tells")
	}
	for _, s := range selectors {
		switch {
		case s.Timestamp != nil || s.StartOrEnd != 0:
			return exprError(s, "@ modifier inside an indicator", "leave the modifier out")
		case s.OriginalOffset < 0 || s.OriginalOffsetExpr != nil || s.Smoothed:
			return exprError(s, "selector that looks at the time to come", "leave smoothed or the negative offset out")
		case s.Anchored:
			return exprError(s, "anchored inside an indicator", "leave the modifier out: not every metrics store knows it")
		case MetricName(s) == "":
			return exprError(s, "selector without a metric name", `name one metric, such as http_requests_total{job="checkout"}`)
		}
	}
	var fault error
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		q, ok := node.(*parser.SubqueryExpr)
		if ok && fault == nil && (q.OriginalOffset < 0 || q.OriginalOffsetExpr != nil || q.Timestamp != nil || q.StartOrEnd != 0) {
			fault = exprError(q, fmt.Sprintf("subquery %s with @ or a negative offset", q), "leave it out")
		}
		return nil
	})
	return fault
}

// Expr returns the syntax tree, which the caller must not change.
func (i Instant) Expr() parser.Expr { return i.expr }

// IsZero reports whether the expression was never set.
func (i Instant) IsZero() bool { return i.expr == nil }

// String returns the expression in PromQL's canonical notation.
func (i Instant) String() string {
	if i.expr == nil {
		return ""
	}
	return i.expr.String()
}
