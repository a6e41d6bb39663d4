package rules

import (
	"strconv"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// The helpers below build nodes of PromQL's syntax tree. They put parentheses
// around operators inside operators, so that no reader needs to know their
// precedence.

// number is the literal of an exact decimal.
func number(decimal string) parser.Expr {
	v, err := strconv.ParseFloat(decimal, 64)
	if err != nil {
		panic("rules: not a decimal: " + decimal)
	}
	return &parser.NumberLiteral{Val: v}
}

// selector selects a metric by its name and by labels that are equal.
func selector(name string, equal ...Label) *parser.VectorSelector {
	s := &parser.VectorSelector{Name: name, LabelMatchers: make([]*labels.Matcher, 0, len(equal))}
	for _, l := range equal {
		s.LabelMatchers = append(s.LabelMatchers, &labels.Matcher{Type: labels.MatchEqual, Name: l.Name, Value: l.Value})
	}
	return s
}

// over calls a function of a range vector.
func over(function string, s *parser.VectorSelector, r time.Duration) parser.Expr {
	return call(function, &parser.MatrixSelector{VectorSelector: s, Range: r})
}

func call(function string, args ...parser.Expr) parser.Expr {
	return &parser.Call{Func: parser.Functions[function], Args: args}
}

func aggregate(op parser.ItemType, by []string, e parser.Expr) parser.Expr {
	return &parser.AggregateExpr{Op: op, Expr: e, Grouping: by}
}

func sumBy(by []string, e parser.Expr) parser.Expr { return aggregate(parser.SUM, by, e) }

func maxBy(by []string, e parser.Expr) parser.Expr { return aggregate(parser.MAX, by, e) }

func binary(op parser.ItemType, lhs, rhs parser.Expr) parser.Expr {
	return &parser.BinaryExpr{Op: op, LHS: enclosed(lhs), RHS: enclosed(rhs)}
}

func minus(lhs, rhs parser.Expr) parser.Expr { return binary(parser.SUB, lhs, rhs) }
func times(lhs, rhs parser.Expr) parser.Expr { return binary(parser.MUL, lhs, rhs) }
func ratio(lhs, rhs parser.Expr) parser.Expr { return binary(parser.DIV, lhs, rhs) }
func above(lhs, rhs parser.Expr) parser.Expr { return binary(parser.GTR, lhs, rhs) }
func atLeast(lhs, rhs parser.Expr) parser.Expr {
	return binary(parser.GTE, lhs, rhs)
}
func both(lhs, rhs parser.Expr) parser.Expr { return binary(parser.LAND, lhs, rhs) }

// either is the first vector, and the second where the first has nothing.
func either(list ...parser.Expr) parser.Expr {
	e := list[0]
	for _, next := range list[1:] {
		rhs := enclosed(next)
		if b, ok := e.(*parser.BinaryExpr); !ok || b.Op != parser.LOR {
			e = enclosed(e)
		}
		e = &parser.BinaryExpr{Op: parser.LOR, LHS: e, RHS: rhs}
	}
	return e
}

// bothOn is the first vector where the second has the same values of the
// labels by.
func bothOn(by []string, lhs, rhs parser.Expr) parser.Expr {
	return &parser.BinaryExpr{
		Op: parser.LAND, LHS: enclosed(lhs), RHS: enclosed(rhs),
		VectorMatching: &parser.VectorMatching{Card: parser.CardManyToMany, On: true, MatchingLabels: by},
	}
}

func atLeastZero(e parser.Expr) parser.Expr { return call("clamp_min", e, number("0")) }

func zero(e parser.Expr) parser.Expr { return times(number("0"), e) }

func enclosed(e parser.Expr) parser.Expr {
	if _, ok := e.(*parser.BinaryExpr); ok {
		return &parser.ParenExpr{Expr: e}
	}
	return e
}

// written is a node that stands in several places: its text is made once.
type written struct {
	parser.Expr

	text string
}

func (w written) String() string { return w.text }

// reuse prepares a node for standing in several places.
func reuse(e parser.Expr) parser.Expr {
	e = enclosed(e)
	return written{Expr: e, text: textOf(e)}
}
