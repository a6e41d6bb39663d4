package slo

import (
	"slices"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// Contradiction is two matchers of one selector that no series satisfies both.
type Contradiction struct {
	Selector    string
	First, Then *labels.Matcher
}

// Contradictions lists, for every selector of an expression, the matchers that
// exclude each other. Those of two regular expressions are found only where
// one of them is a plain list of values.
func Contradictions(e parser.Expr) []Contradiction {
	var list []Contradiction
	parser.Inspect(e, func(n parser.Node, _ []parser.Node) error {
		if selector, ok := n.(*parser.VectorSelector); ok {
			if first, then := excluding(selector.LabelMatchers); first != nil {
				list = append(list, Contradiction{selector.String(), first, then})
			}
		}
		return nil
	})
	return list
}

// excluding returns the first two matchers that exclude each other, nil when
// there are none.
func excluding(matchers []*labels.Matcher) (first, then *labels.Matcher) {
	for i, a := range matchers {
		for _, b := range matchers[i+1:] {
			if a.Name == b.Name && (matchesNone(b, valuesOf(a)) || matchesNone(a, valuesOf(b))) {
				return a, b
			}
		}
	}
	return nil, nil
}

// valuesOf lists all values that a matcher allows, nil when they are not known.
func valuesOf(m *labels.Matcher) []string {
	if m.Type == labels.MatchEqual {
		return []string{m.Value}
	}
	if m.Type == labels.MatchRegexp {
		return m.SetMatches()
	}
	return nil
}

// matchesNone reports whether a matcher matches none of the values, which are
// known.
func matchesNone(m *labels.Matcher, values []string) bool {
	return len(values) > 0 && !slices.ContainsFunc(values, m.Matches)
}
