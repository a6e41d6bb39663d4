package synth

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"

	"headroom/slo"
)

// maxSelectors is how many selectors an indicator may have so that series are
// found for it: every subset of them is looked at.
const maxSelectors = 8

// role is one expression of a ratio: what it shall count is all·Total + bad·Bad.
type role struct {
	expr     parser.Expr
	all, bad int
}

// candidate is a series, with how often each of the two roles counts it.
type candidate struct {
	labels map[string]string
	counts [2]int
	weight int // matched selectors
}

// counters finds at most two counters that give both roles what they shall
// count, whatever the numbers of events are.
func counters(roles [2]role, fixed map[string]string) ([]Series, error) {
	var selectors []*parser.VectorSelector
	for _, r := range roles {
		for _, vs := range selectorsOf(r.expr) {
			if !slices.ContainsFunc(selectors, func(s *parser.VectorSelector) bool { return s.String() == vs.String() }) {
				selectors = append(selectors, vs)
			}
		}
	}
	if len(selectors) > maxSelectors {
		return nil, fmt.Errorf("it has %d selectors, more than the %d for which series can be made up", len(selectors), maxSelectors)
	}
	candidates := candidatesOf(selectors, roles, fixed)
	if len(candidates) == 0 {
		return nil, errors.New("no labels were found that its selectors match")
	}
	for i, first := range candidates {
		for _, second := range candidates[i+1:] {
			if pair, ok := join(roles, first, second); ok {
				return pair, nil
			}
		}
	}
	return nil, errors.New("no series were found that give both good and bad events: " + describe(candidates))
}

func describe(candidates []candidate) string {
	var parts []string
	for _, c := range candidates[:min(len(candidates), 3)] {
		parts = append(parts, Name(c.labels))
	}
	return "its selectors match " + strings.Join(parts, " and ") + " alike"
}

// candidatesOf makes up one series for every set of selectors that can match a
// series together while the others do not, the simplest first.
func candidatesOf(selectors []*parser.VectorSelector, roles [2]role, fixed map[string]string) []candidate {
	var list []candidate
	for set := 1; set < 1<<len(selectors); set++ {
		s := selection{fixed: fixed}
		for i, vs := range selectors {
			if set&(1<<i) != 0 {
				s.match = append(s.match, vs)
			} else {
				s.avoid = append(s.avoid, vs)
			}
		}
		found, ok := s.find()
		if !ok {
			continue
		}
		c := candidate{labels: found, weight: len(s.match)}
		for i, r := range roles {
			c.counts[i] = countIn(r.expr, found)
		}
		if c.counts != [2]int{} {
			list = append(list, c)
		}
	}
	slices.SortStableFunc(list, func(a, b candidate) int { return a.cost() - b.cost() })
	return list
}

// cost prefers series that are counted once, and by both roles.
func (c candidate) cost() int {
	cost := c.weight
	for _, n := range c.counts {
		switch {
		case n < 0:
			cost += 100 * -n
		case n > 1:
			cost += 10 * n
		case n == 0:
			cost += 2
		}
	}
	return cost
}

// join solves for the values v and w of two series, as multiples of Total and
// Bad: counts of v and w add up to what each role shall count. A value must
// never fall, hence it must be no less than 0 without bad events as well as
// when all are bad.
func join(roles [2]role, v, w candidate) ([]Series, bool) {
	det := v.counts[0]*w.counts[1] - w.counts[0]*v.counts[1]
	if det == 0 {
		return nil, false
	}
	solve := func(x, y int) (a, b int, ok bool) { // of the system with right side x, y
		a, b = x*w.counts[1]-w.counts[0]*y, v.counts[0]*y-x*v.counts[1]
		return a / det, b / det, a%det == 0 && b%det == 0
	}
	vAll, wAll, ok1 := solve(roles[0].all, roles[1].all)
	vBad, wBad, ok2 := solve(roles[0].bad, roles[1].bad)
	if !ok1 || !ok2 || vAll < 0 || wAll < 0 || vAll+vBad < 0 || wAll+wBad < 0 {
		return nil, false
	}
	return []Series{counter(v.labels, vAll, vBad), counter(w.labels, wAll, wBad)}, true
}

// counter is a series whose value is all·Total + bad·Bad.
func counter(labels map[string]string, all, bad int) Series {
	return Series{
		Labels: maps.Clone(labels),
		Sample: func(c Counts) Sample { return Sample{V: float64(all)*c.Total + float64(bad)*c.Bad} },
	}
}

// countIn returns how often an expression counts a series. Of an or the left
// side counts, since it is there.
func countIn(e parser.Expr, series map[string]string) int {
	switch e := e.(type) {
	case *parser.ParenExpr:
		return countIn(e.Expr, series)
	case *parser.BinaryExpr:
		switch e.Op {
		case parser.ADD:
			return countIn(e.LHS, series) + countIn(e.RHS, series)
		case parser.SUB:
			return countIn(e.LHS, series) - countIn(e.RHS, series)
		default:
			return countIn(e.LHS, series)
		}
	case *parser.VectorSelector:
		if matches(e, series) {
			return 1
		}
	}
	return 0
}

// selectorsOf lists the selectors that countIn looks at.
func selectorsOf(e parser.Expr) []*parser.VectorSelector {
	switch e := e.(type) {
	case *parser.ParenExpr:
		return selectorsOf(e.Expr)
	case *parser.BinaryExpr:
		if e.Op == parser.LOR {
			return selectorsOf(e.LHS)
		}
		return append(selectorsOf(e.LHS), selectorsOf(e.RHS)...)
	case *parser.VectorSelector:
		return []*parser.VectorSelector{e}
	default:
		return nil
	}
}

// ratio makes the counters of a ratio.
func ratio(in slo.Ratio, fixed map[string]string) ([]Series, error) {
	total := role{expr: in.Total.Expr(), all: 1}
	if in.Good.IsZero() {
		return counters([2]role{{expr: in.Bad.Expr(), bad: 1}, total}, fixed)
	}
	return counters([2]role{{expr: in.Good.Expr(), all: 1, bad: -1}, total}, fixed)
}
