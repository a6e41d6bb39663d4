package slo

import (
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"
)

// countsCheck looks whether an expression counts over the placeholder's range
// so that the counts of adjoining ranges add up.
type countsCheck struct {
	text   string       // with stand-ins
	places map[int]bool // of the stand-ins in the text
	used   int
}

const (
	countHint = "write increase(http_requests_total[$range]), with [$range] as its only range"
	sumHint   = "headroom adds up counts of adjoining ranges: use increase, changes, resets, count_over_time or sum_over_time, joined by sum, +, - and or"
)

func (c *countsCheck) run(expr parser.Expr) error {
	ranged, err := c.walk(expr)
	switch {
	case err != nil:
		return err
	case !ranged:
		return &ExprError{Check: CheckRange, Start: int(expr.PositionRange().Start), End: int(expr.PositionRange().End), Message: "the expression has no [$range]", Hint: countHint}
	case c.used != len(c.places):
		return &ExprError{Check: CheckRange, End: len(c.text), Message: "a $range stands outside of the brackets of a range", Hint: countHint}
	}
	return nil
}

// walk reports whether an expression holds counts over the range; otherwise it
// is something to join them with.
func (c *countsCheck) walk(expr parser.Expr) (ranged bool, err error) {
	switch e := expr.(type) {
	case *parser.ParenExpr:
		return c.walk(e.Expr)
	case *parser.UnaryExpr:
		return c.walk(e.Expr)
	case *parser.VectorSelector:
		return false, checkSelector(e)
	case *parser.NumberLiteral, *parser.StringLiteral:
		return false, nil
	case *parser.AggregateExpr:
		return c.aggregate(e)
	case *parser.BinaryExpr:
		return c.binary(e)
	case *parser.Call:
		return c.call(e)
	default:
		return false, exprError(e, "expression that headroom cannot count", sumHint)
	}
}

func (c *countsCheck) aggregate(e *parser.AggregateExpr) (bool, error) {
	ranged, err := c.walk(e.Expr)
	if err != nil || !ranged {
		return ranged, err
	}
	switch e.Op {
	case parser.SUM, parser.MAX, parser.MIN, parser.AVG:
		return true, nil
	default:
		return false, exprError(e, fmt.Sprintf("%s of counts does not add up", e.Op), sumHint)
	}
}

func (c *countsCheck) call(e *parser.Call) (bool, error) {
	for _, arg := range e.Args {
		switch arg := arg.(type) {
		case *parser.MatrixSelector:
			return true, c.overRange(e, arg)
		case *parser.SubqueryExpr:
			return true, c.overSubquery(e, arg)
		}
	}
	var ranged bool
	for _, arg := range e.Args {
		r, err := c.walk(arg)
		if err != nil {
			return false, err
		}
		ranged = ranged || r
	}
	if ranged && !slices.Contains([]string{"label_replace", "label_join", "histogram_count", "histogram_sum"}, e.Func.Name) {
		return false, exprError(e, fmt.Sprintf("%s() of counts does not add up", e.Func.Name), sumHint)
	}
	return ranged, nil
}

func (c *countsCheck) overRange(e *parser.Call, m *parser.MatrixSelector) error {
	selector, ok := m.VectorSelector.(*parser.VectorSelector)
	if !ok {
		return exprError(m, "range of no selector", countHint)
	}
	if err := checkSelector(selector); err != nil {
		return err
	}
	if m.Range != standInRange || m.RangeExpr != nil || !c.isPlace(int(selector.PosRange.End), int(m.EndPos)) {
		return &ExprError{Check: CheckRange, Start: int(selector.PosRange.End), End: int(m.EndPos), Message: "a range that is not [$range]", Hint: countHint}
	}
	switch e.Func.Name {
	case "increase", "changes", "resets", "count_over_time", "sum_over_time":
		return nil
	case "rate", "irate":
		return exprError(e, e.Func.Name+"() is a speed and not a count", "write increase("+selector.String()+"[$range])")
	default:
		return exprError(e, fmt.Sprintf("%s() of adjoining ranges does not add up", e.Func.Name), sumHint)
	}
}

// minSubqueryStep keeps a subquery over a day from a million evaluations.
const minSubqueryStep = 1e9

func (c *countsCheck) overSubquery(e *parser.Call, q *parser.SubqueryExpr) error {
	inside := q.Expr.PositionRange()
	if q.Range != standInRange || q.RangeExpr != nil || !c.isPlace(int(inside.End), int(q.EndPos)) {
		return &ExprError{Check: CheckRange, Start: int(inside.End), End: int(q.EndPos), Message: "a range that is not [$range]", Hint: countHint}
	}
	at := func(message, hint string) error {
		return &ExprError{Check: CheckForm, Start: int(inside.Start), End: int(q.EndPos), Message: message, Hint: hint}
	}
	switch {
	case q.OriginalOffset != 0 || q.OriginalOffsetExpr != nil || q.Timestamp != nil || q.StartOrEnd != 0:
		return at("offset or @ at a subquery", "leave it out")
	case q.Step < minSubqueryStep || q.StepExpr != nil:
		return at("subquery without a step of at least 1s", "write how often it looks, such as [$range:30s]")
	case e.Func.Name != "sum_over_time" && e.Func.Name != "count_over_time":
		return exprError(e, fmt.Sprintf("%s() of a subquery does not add up", e.Func.Name), "use sum_over_time or count_over_time over a subquery")
	}
	ranged, err := c.walk(q.Expr)
	if err == nil && ranged {
		err = at("a range inside a subquery", "write only instant selectors inside of it")
	}
	return err
}

// isPlace reports whether a placeholder stood between two places.
func (c *countsCheck) isPlace(start, end int) bool {
	for at := range c.places {
		if start <= at && at < end {
			c.used++
			return true
		}
	}
	return false
}

func (c *countsCheck) binary(e *parser.BinaryExpr) (bool, error) {
	left, err := c.walk(e.LHS)
	if err != nil {
		return false, err
	}
	right, err := c.walk(e.RHS)
	if err != nil {
		return false, err
	}
	switch {
	case !left && !right:
		return false, nil
	case left && right:
		return true, checkBetweenCounts(e)
	case left:
		return true, checkJoin(e, e.RHS, true)
	default:
		return true, checkJoin(e, e.LHS, false)
	}
}

func checkBetweenCounts(e *parser.BinaryExpr) error {
	switch e.Op {
	case parser.ADD, parser.SUB, parser.LOR, parser.LAND, parser.LUNLESS:
		return nil
	default:
		return exprError(e, fmt.Sprintf("operator %s between counts does not add up", e.Op), sumHint)
	}
}

// checkJoin looks at counts that are joined with something without a range.
func checkJoin(e *parser.BinaryExpr, other parser.Expr, countsLeft bool) error {
	selectors := selectorsOf(other)
	switch {
	case e.Op == parser.MUL, e.Op == parser.DIV && countsLeft:
	case countsLeft && (e.Op == parser.LAND || e.Op == parser.LUNLESS):
	default:
		return exprError(e, fmt.Sprintf("operator %s between counts and what has no range does not add up", e.Op), "join counts by * on(…) group_left(…), and or unless, with the counts on the left")
	}
	for _, s := range selectors {
		name := MetricName(s)
		for _, suffix := range []string{"_total", "_count", "_sum", "_bucket"} {
			if strings.HasSuffix(name, suffix) {
				return exprError(s, name+" is a counter without a range", "write increase("+s.String()+"[$range])")
			}
		}
	}
	matching := e.VectorMatching
	if len(selectors) > 0 && (matching == nil || !matching.On && len(matching.MatchingLabels) == 0) {
		return exprError(selectors[0], "selector without a range outside of a join", "join it by on(…) or ignoring(…), as in * on(pod) group_left(team) kube_pod_labels; counters take [$range]")
	}
	return nil
}

func selectorsOf(expr parser.Expr) []*parser.VectorSelector {
	var list []*parser.VectorSelector
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		if s, ok := node.(*parser.VectorSelector); ok {
			list = append(list, s)
		}
		return nil
	})
	return list
}
