package rules

import (
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/prometheus/promql/parser"
)

// counting turns counter expressions into increases, one value per group.
type counting struct {
	by       []string // group labels
	anchored bool
	// differences are taken over ranges of up to this length; longer ranges,
	// whose edges weigh less, are left to increase.
	differences time.Duration
	// margin is how much longer resets are looked for, so that one between the
	// last sample before a range and the first in it is seen.
	margin time.Duration
}

// increase returns the increase of a counter expression over a range, summed by
// the group labels. Terms of a sum whose series are absent count as nothing; the
// result is absent where every term is. A difference is never negative, and is
// absent where the terms that it starts from are.
func (c counting) increase(e parser.Expr, r time.Duration) parser.Expr {
	terms := flatten(e, false)
	if len(terms) == 1 {
		return c.single(terms[0].expr, r)
	}
	sum := c.union(terms, r)
	var plus []parser.Expr
	for _, t := range terms {
		if !t.negative {
			plus = append(plus, c.single(t.expr, r))
		}
	}
	if len(plus) == len(terms) {
		return sum
	}
	return both(atLeastZero(sum), either(plus...))
}

// single is the increase of a selector or of an or of expressions.
func (c counting) single(e parser.Expr, r time.Duration) parser.Expr {
	switch e := e.(type) {
	case *parser.VectorSelector:
		s := *e
		s.Anchored = c.anchored
		if r <= c.differences {
			return sumBy(c.by, c.difference(&s, r))
		}
		return sumBy(c.by, over("increase", &s, r))
	case *parser.BinaryExpr: // or
		return either(c.increase(e.LHS, r), c.increase(e.RHS, r))
	default:
		panic("rules: a counter that slo.ParseCounter refuses: " + e.String())
	}
}

// difference is the increase of each series from the last sample before a range
// to the last one in it, which adds up exactly from range to range. Plain
// increase looks at the samples in the range alone and guesses at what happened
// between its edges and them: when the rate jumps it guesses wrong, and the error
// stays in every sum. Series that were reset, that begin or that end in the range
// are left to it, and so are those without a sample in the range.
func (c counting) difference(s *parser.VectorSelector, r time.Duration) parser.Expr {
	before := *s
	before.OriginalOffset += r
	risen := atLeast(minus(s, &before), number("0"))
	now := call("time")
	fresh := above(call("timestamp", s), minus(now, number(seconds(r))))
	reset := above(over("resets", s, r+c.margin), number("0"))
	same := &parser.BinaryExpr{Op: parser.LUNLESS, LHS: enclosed(both(risen, fresh)), RHS: enclosed(reset)}
	return either(same, over("increase", s, r))
}

// union adds terms up per group. A plain a + b would be empty where one of
// them is; here each term is told apart by a label, so that their union can be
// summed.
func (c counting) union(terms []term, r time.Duration) parser.Expr {
	label := &parser.StringLiteral{Val: c.termLabel()}
	var parts []parser.Expr
	for i, t := range terms {
		e := c.single(t.expr, r)
		if t.negative {
			e = times(number("-1"), e)
		}
		index := &parser.StringLiteral{Val: strconv.Itoa(i + 1)}
		parts = append(parts, call("label_replace", e, label, index, &parser.StringLiteral{}, &parser.StringLiteral{}))
	}
	return sumBy(c.by, either(parts...))
}

// termLabel is a label name that is no group label.
func (c counting) termLabel() string {
	name := "headroom_term"
	for slices.Contains(c.by, name) {
		name += "_"
	}
	return name
}

// term is one part of a sum.
type term struct {
	expr     parser.Expr
	negative bool
}

// flatten lists the terms of nested sums and differences.
func flatten(e parser.Expr, negative bool) []term {
	switch e := e.(type) {
	case *parser.ParenExpr:
		return flatten(e.Expr, negative)
	case *parser.BinaryExpr:
		if e.Op != parser.LOR {
			return append(flatten(e.LHS, negative), flatten(e.RHS, negative != (e.Op == parser.SUB))...)
		}
	}
	return []term{{expr: e, negative: negative}}
}
