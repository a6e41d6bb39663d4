package live

import (
	"slices"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"headroom/slo"
)

func aggregate(op parser.ItemType, expr parser.Expr, by ...string) *parser.AggregateExpr {
	return &parser.AggregateExpr{Op: op, Expr: expr, Grouping: by}
}

// largest keeps the n largest values of an expression.
func largest(n int, expr parser.Expr) parser.Expr {
	e := aggregate(parser.TOPK, expr)
	e.Param = &parser.NumberLiteral{Val: float64(n)}
	return e
}

// over applies a function to a selector's samples of a range.
func over(function string, selector *parser.VectorSelector, r time.Duration) parser.Expr {
	return &parser.Call{
		Func: parser.Functions[function],
		Args: parser.Expressions{&parser.MatrixSelector{VectorSelector: selector, Range: r}},
	}
}

// binary joins a vector and a number.
func binary(op parser.ItemType, left, right parser.Expr) parser.Expr {
	return &parser.BinaryExpr{Op: op, LHS: left, RHS: right}
}

func number(v float64) parser.Expr { return &parser.NumberLiteral{Val: v} }

// selecting makes a selector of a metric and matchers.
func selecting(metric string, matchers ...*labels.Matcher) *parser.VectorSelector {
	vs, ok := slo.NewSelector(metric, matchers...).Expr().(*parser.VectorSelector)
	if !ok {
		panic("live: slo.NewSelector makes no selector")
	}
	return vs
}

// conditions are a selector's matchers besides the name.
func conditions(vs *parser.VectorSelector) []*labels.Matcher {
	return slices.DeleteFunc(slices.Clone(vs.LabelMatchers), func(m *labels.Matcher) bool { return m.Name == model.MetricNameLabel })
}

// plain is a selector without offset and other modifiers.
func plain(vs *parser.VectorSelector) *parser.VectorSelector {
	return &parser.VectorSelector{Name: vs.Name, LabelMatchers: vs.LabelMatchers}
}

// present matches the series that have a label at all.
func present(label string) *labels.Matcher {
	return labels.MustNewMatcher(labels.MatchNotEqual, label, "")
}

// shifted is a selector as of some time ago.
func shifted(vs *parser.VectorSelector, back time.Duration) *parser.VectorSelector {
	s := plain(vs)
	s.OriginalOffset = back
	return s
}

// selectorsOf lists the selectors in an expression, in order.
func selectorsOf(expr parser.Expr) []*parser.VectorSelector {
	var list []*parser.VectorSelector
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		if vs, ok := node.(*parser.VectorSelector); ok {
			list = append(list, vs)
		}
		return nil
	})
	return list
}
