package rules

import (
	"cmp"
	"strings"
	"time"

	"github.com/prometheus/prometheus/promql/parser"
)

// Assumptions are what an estimate of cost takes for granted.
type Assumptions struct {
	ScrapeInterval time.Duration // of the raw series; 30 s when 0
	RawSeries      int           // that each raw selector selects; 10 when 0
	Groups         int           // of the objective; 1 when 0
}

// RuleCost is the estimated cost of one rule.
type RuleCost struct {
	Group, Rule      string
	SamplesPerMinute float64 // that the PromQL engine reads
}

// lookback is how long a sample stands for its series, and how far an anchored
// range reads before its start.
const lookback = 5 * time.Minute

// Cost estimates how many samples the metrics store reads per minute for each
// rule, in order, from the ranges in its expression. Series of bad events are
// assumed to be as many as those of all events, so the estimate is high rather
// than low. The queries in the text of firing alerts are not in it.
func Cost(groups []Group, a Assumptions) []RuleCost {
	a.ScrapeInterval = cmp.Or(a.ScrapeInterval, 30*time.Second)
	a.RawSeries, a.Groups = cmp.Or(a.RawSeries, 10), cmp.Or(a.Groups, 1)
	steps := map[string]time.Duration{}
	for _, g := range groups {
		for _, r := range g.Rules {
			steps[r.Name()] = g.Interval
		}
	}
	var list []RuleCost
	for _, g := range groups {
		for _, r := range g.Rules {
			read := a.samples(r.Expr, steps)
			list = append(list, RuleCost{Group: g.Name, Rule: r.Name(), SamplesPerMinute: read * float64(time.Minute) / float64(g.Interval)})
		}
	}
	return list
}

// TotalCost adds up the samples per minute of rules.
func TotalCost(list []RuleCost) float64 {
	var sum float64
	for _, c := range list {
		sum += c.SamplesPerMinute
	}
	return sum
}

// samples counts what one evaluation of an expression reads. Steps are the
// intervals of recorded series.
func (a Assumptions) samples(expr string, steps map[string]time.Duration) float64 {
	e, err := parser.NewParser(parser.Options{}).ParseExpr(expr)
	if err != nil {
		panic("rules: a compiled expression does not parse: " + err.Error())
	}
	var sum float64
	parser.Inspect(e, func(n parser.Node, path []parser.Node) error {
		vs, ok := n.(*parser.VectorSelector)
		if !ok {
			return nil
		}
		series, step := a.RawSeries, a.ScrapeInterval
		if strings.HasPrefix(vs.Name, "slo:") {
			series, step = a.Groups, steps[vs.Name]
		}
		var span time.Duration
		if len(path) > 0 {
			if m, ok := path[len(path)-1].(*parser.MatrixSelector); ok {
				span = m.Range
			}
		}
		if vs.Anchored {
			span += lookback
		}
		looks, every := looksOf(path)
		if span == 0 && looks == 0 && strings.HasPrefix(vs.Name, "slo:") {
			return nil // one sample, against hundreds
		}
		read := max(float64(span)/float64(step), 1)
		if looks > 0 {
			// Looks that are closer together than samples share them, each of
			// which is read once; in ranges that overlap it is read in each.
			read = looks * max(float64(span)/float64(step), min(float64(every)/float64(step), 1))
		}
		sum += float64(series) * read
		return nil
	})
	return sum
}

// looksOf returns how often the subqueries around a node look at it, and at
// which step; 0 when there is none.
func looksOf(path []parser.Node) (looks float64, every time.Duration) {
	for _, n := range path {
		if q, ok := n.(*parser.SubqueryExpr); ok {
			every = q.Step
			if every == 0 {
				every = time.Minute
			}
			looks = max(looks, 1) * max(float64(q.Range)/float64(every), 1)
		}
	}
	return looks, every
}
