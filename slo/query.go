package slo

import (
	"fmt"
	"slices"

	"github.com/prometheus/prometheus/promql/parser"
)

var _ Indicator = Query{}

// Query counts events by PromQL that says itself where the range goes, for
// what a Ratio cannot say, such as joins. Exactly one of Bad and Good is set.
type Query struct {
	Bad, Good Counts
	Total     Counts
}

// Kind returns "query".
func (Query) Kind() string { return "query" }

// Canonical returns the two expressions with their roles.
func (q Query) Canonical() string {
	if q.Good.IsZero() {
		return "query bad " + q.Bad.String() + " total " + q.Total.String()
	}
	return "query good " + q.Good.String() + " total " + q.Total.String()
}

// Parts returns the two expressions.
func (q Query) Parts() []Part {
	if q.Good.IsZero() {
		return []Part{{RoleBad, q.Bad.String()}, {RoleTotal, q.Total.String()}}
	}
	return []Part{{RoleGood, q.Good.String()}, {RoleTotal, q.Total.String()}}
}

// Exprs returns the two expressions, with a stand-in for the range.
func (q Query) Exprs() []parser.Expr {
	var list []parser.Expr
	for _, c := range []Counts{q.Bad, q.Good, q.Total} {
		if !c.IsZero() {
			list = append(list, c.expr)
		}
	}
	return list
}

// Notes says what an absent series means.
func (q Query) Notes() []string {
	first := "Where there is traffic and the query for bad events has no result, nothing was bad."
	if !q.Good.IsZero() {
		first = "Every event that is not good is bad: where there is traffic and the query for good events has no result, all of it was bad."
	}
	return append([]string{first, "The results are summed by the group labels; what a join does not match at the end of a range is not counted."}, counterNotes()...)
}

// LostLabel looks for an aggregation on top of an expression that drops one of
// the group labels, which would put all groups into one. Its error is an
// *ExprError.
func LostLabel(expr parser.Expr, groupBy []string) error {
	switch e := expr.(type) {
	case *parser.ParenExpr:
		return LostLabel(e.Expr, groupBy)
	case *parser.UnaryExpr:
		return LostLabel(e.Expr, groupBy)
	case *parser.BinaryExpr:
		if m := e.VectorMatching; m != nil && (m.On || len(m.MatchingLabels) > 0) {
			return nil
		}
		for _, side := range []parser.Expr{e.LHS, e.RHS} {
			if err := LostLabel(side, groupBy); err != nil {
				return err
			}
		}
	case *parser.AggregateExpr:
		for _, name := range groupBy {
			if slices.Contains(e.Grouping, name) == e.Without {
				return &ExprError{
					Check: CheckLabels, Start: int(e.PosRange.Start), End: int(e.PosRange.End),
					Message: fmt.Sprintf("%s drops the group label %s", e.Op, name),
					Hint:    "keep it, as in " + e.Op.String() + " by (" + name + ") (…), or leave the aggregation out: headroom sums by the group labels",
				}
			}
		}
	}
	return nil
}
