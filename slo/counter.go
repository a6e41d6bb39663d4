package slo

import (
	"errors"
	"fmt"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/parser/posrange"
)

// Counter is an expression over counters without any range: selectors joined
// by +, -, or and parentheses. The compiler adds the ranges it needs.
type Counter struct {
	expr parser.Expr
}

// ExprError is a fault in an indicator's expression, with its place in it.
type ExprError struct {
	Check      string // CheckSyntax, CheckRange or CheckForm
	Start, End int    // byte offsets in the expression, End exclusive
	Message    string // what is wrong
	Hint       string // how to mend it
}

// The checks that an ExprError can come from.
const (
	CheckSyntax = "promql-syntax" // it is no PromQL
	CheckRange  = "promql-range"  // it has a range
	CheckForm   = "promql-form"   // it is PromQL, but headroom cannot count it
	// CheckComparison is a comparison that cannot be read.
	CheckComparison = "gauge-good"
	// CheckLabels is an aggregation that drops a group label.
	CheckLabels = "query-labels"
)

// maxExpr is the length of the longest expression that is parsed, in bytes.
const maxExpr = 16 << 10

func (e *ExprError) Error() string { return e.Message }

// ParseCounter reads a counter expression. Its error is an *ExprError.
func ParseCounter(s string) (Counter, error) {
	expr, err := parseExpr(s)
	if err != nil {
		return Counter{}, err
	}
	if err := checkCounter(expr); err != nil {
		return Counter{}, err
	}
	nameSelectors(expr)
	return Counter{expr: expr}, nil
}

// nameSelectors writes {__name__="up"} as up, so that both are one indicator.
// A name that needs quotes stays a matcher, which every Prometheus reads.
func nameSelectors(expr parser.Expr) {
	for _, s := range selectorsOf(expr) {
		if s.Name == "" && model.LegacyValidation.IsValidMetricName(MetricName(s)) {
			s.Name = MetricName(s)
		}
	}
}

// ParseSelector reads one instant selector, such as probe_success{job="x"}.
// Its error is an *ExprError.
func ParseSelector(s string) (Counter, error) {
	c, err := ParseCounter(s)
	if err != nil {
		return Counter{}, err
	}
	if _, ok := unparen(c.expr).(*parser.VectorSelector); !ok {
		return Counter{}, exprError(c.expr, "want one selector", "name one metric with its label matchers, without operators")
	}
	return Counter{expr: unparen(c.expr)}, nil
}

// MustCounter is ParseCounter for constants; it panics on a bad one.
func MustCounter(s string) Counter {
	c, err := ParseCounter(s)
	if err != nil {
		panic(err)
	}
	return c
}

// NewSelector makes a counter of one selector from its metric name and matchers.
func NewSelector(name string, matchers ...*labels.Matcher) Counter {
	all := append([]*labels.Matcher{labels.MustNewMatcher(labels.MatchEqual, model.MetricNameLabel, name)}, matchers...)
	c := Counter{expr: &parser.VectorSelector{LabelMatchers: all}}
	nameSelectors(c.expr)
	return c
}

// Expr returns the syntax tree, which the caller must not change.
func (c Counter) Expr() parser.Expr { return c.expr }

// IsZero reports whether the counter was never set.
func (c Counter) IsZero() bool { return c.expr == nil }

// String returns the expression in PromQL's canonical notation.
func (c Counter) String() string {
	if c.expr == nil {
		return ""
	}
	return c.expr.String()
}

// parseExpr parses s. When the parser finds a fault, it first looks whether
// what it understood breaks a rule of ours, since "range inside an indicator"
// helps more than "binary expression must contain only instant vector types".
func parseExpr(s string) (parser.Expr, error) {
	if len(s) > maxExpr {
		return nil, tooLong(s)
	}
	expr, err := parser.NewParser(parser.Options{}).ParseExpr(s)
	if err == nil {
		return expr, nil
	}
	if expr != nil {
		if ours := checkCounter(expr); ours != nil {
			return nil, ours
		}
	}
	return nil, syntaxError(s, err)
}

func tooLong(s string) *ExprError {
	return &ExprError{Check: CheckForm, End: len(s), Message: fmt.Sprintf("expression longer than %d KiB", maxExpr>>10), Hint: "record it under a name of its own with a recording rule"}
}

func syntaxError(s string, err error) *ExprError {
	fault := &ExprError{Check: CheckSyntax, End: len(s), Message: err.Error(), Hint: "mend the PromQL at this place"}
	var list parser.ParseErrors
	if errors.As(err, &list) && len(list) > 0 {
		at := list[0].PositionRange
		fault.Start, fault.End, fault.Message = int(at.Start), int(at.End), list[0].Err.Error()
	}
	if strings.Contains(s, Placeholder) {
		fault.Hint = "mend the PromQL at this place; the placeholder [" + Placeholder + "] belongs to the indicator query"
	}
	if strings.TrimSpace(s) == "" {
		fault.Message, fault.Hint = "the expression is empty", `name one metric, such as http_requests_total{job="checkout"}`
	}
	return fault
}

const selectorHint = "write only selectors joined by +, -, or and parentheses; headroom adds sum, increase and the ranges"

func checkCounter(expr parser.Expr) error {
	switch e := expr.(type) {
	case *parser.VectorSelector:
		return checkSelector(e)
	case *parser.ParenExpr:
		return checkCounter(e.Expr)
	case *parser.BinaryExpr:
		if err := checkOperator(e); err != nil {
			return err
		}
		if err := checkCounter(e.LHS); err != nil {
			return err
		}
		return checkCounter(e.RHS)
	case *parser.MatrixSelector:
		selector := e.VectorSelector.PositionRange()
		return &ExprError{Check: CheckRange, Start: int(selector.End), End: int(e.EndPos), Message: "range inside an indicator", Hint: "leave the range out: headroom adds the ranges it needs"}
	case *parser.SubqueryExpr:
		return &ExprError{Check: CheckRange, Start: int(e.Expr.PositionRange().End), End: int(e.EndPos), Message: "subquery inside an indicator", Hint: selectorHint}
	case *parser.Call:
		return exprError(e, fmt.Sprintf("function %s() inside an indicator", e.Func.Name), bareHint(e))
	case *parser.AggregateExpr:
		hint := bareHint(e)
		if len(e.Grouping) > 0 && !e.Without {
			hint += fmt.Sprintf("; for one budget per value write group: [%s]", strings.Join(e.Grouping, ", "))
		}
		return exprError(e, fmt.Sprintf("aggregation %s inside an indicator", e.Op), hint)
	case *parser.NumberLiteral:
		return exprError(e, "number inside an indicator", selectorHint)
	default:
		return exprError(e, "expression that headroom cannot count", selectorHint)
	}
}

// bareHint suggests the selector that a function or an aggregation is applied
// to, when there is only one.
func bareHint(expr parser.Expr) string {
	selectors := selectorsOf(expr)
	const longest = 200
	if len(selectors) != 1 || checkSelector(selectors[0]) != nil || len(selectors[0].String()) > longest {
		return selectorHint
	}
	return "write " + selectors[0].String() + "; headroom adds sum, increase and the ranges"
}

func checkOperator(e *parser.BinaryExpr) error {
	switch e.Op {
	case parser.ADD, parser.SUB, parser.LOR:
	default:
		return exprError(e, fmt.Sprintf("operator %s inside an indicator", e.Op), selectorHint)
	}
	matching := e.VectorMatching
	if e.ReturnBool || matching != nil && (matching.On || len(matching.MatchingLabels) > 0 || len(matching.Include) > 0) {
		return exprError(e, "operator with a modifier (on, ignoring, group_left, group_right, bool)", "leave the modifier out: sums are matched by the group labels")
	}
	return nil
}

func checkSelector(s *parser.VectorSelector) error {
	if s.OriginalOffset != 0 || s.OriginalOffsetExpr != nil {
		return exprError(s, "offset inside an indicator", "leave the offset out")
	}
	if s.Timestamp != nil || s.StartOrEnd != 0 {
		return exprError(s, "@ modifier inside an indicator", "leave the modifier out")
	}
	if s.Anchored || s.Smoothed {
		return exprError(s, "anchored or smoothed inside an indicator", "leave the modifier out: --target says where it is used")
	}
	if MetricName(s) == "" {
		return exprError(s, "selector without a metric name", `name one metric, such as http_requests_total{job="checkout"}`)
	}
	return nil
}

// MetricName returns the name that a selector asks for by equality, or "".
func MetricName(s *parser.VectorSelector) string {
	if s.Name != "" {
		return s.Name
	}
	for _, m := range s.LabelMatchers {
		if m.Name == model.MetricNameLabel && m.Type == labels.MatchEqual {
			return m.Value
		}
	}
	return ""
}

func unparen(expr parser.Expr) parser.Expr {
	for {
		p, ok := expr.(*parser.ParenExpr)
		if !ok {
			return expr
		}
		expr = p.Expr
	}
}

func exprError(node parser.Node, message, hint string) error {
	var at posrange.PositionRange
	if node != nil {
		at = node.PositionRange()
	}
	return &ExprError{Check: CheckForm, Start: int(at.Start), End: int(at.End), Message: message, Hint: hint}
}
