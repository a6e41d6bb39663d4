package trial

import (
	"fmt"
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"headroom/rules"
	"headroom/slo"
)

// lookback is how long a sample stands for its series.
const lookback = 5 * time.Minute

// warmup says how long before a test the groups of rules have to run, so that
// everything that is read in the test is there. The history of tiles is written
// and not evaluated; other recorded series are evaluated for as long as
// somebody looks back at them.
type warmup struct {
	groups map[string]time.Duration // by name of the group
	raw    time.Duration            // for which there are raw series
	tiles  time.Duration            // for which tiles are evaluated, not written
}

// reading is one rule that reads one metric.
type reading struct {
	group    *rules.Group
	record   string
	metric   string
	span     time.Duration
	lastOnly bool // the last sample in the span is enough
}

// agesByBase reports whether an age is told by the sums of tiles. The tiles tell it
// too, and those of the history are written, while sums would be evaluated for a
// whole window.
func (r reading) agesByBase() bool {
	return r.record == rules.MetricAge && r.metric == rules.MetricTotalBase
}

// relaxations bounds how long a chain of recorded series is followed.
const relaxations = 32

func newWarmup(groups []rules.Group) (warmup, error) {
	readings, err := readingsOf(groups)
	if err != nil {
		return warmup{}, err
	}
	interval, need := map[string]time.Duration{}, map[string]time.Duration{}
	for _, g := range groups {
		for _, r := range g.Rules {
			if r.Record != "" {
				interval[r.Record] = g.Interval
			}
		}
	}
	delete(interval, rules.MetricBadTile)
	delete(interval, rules.MetricTotalTile)
	for range relaxations {
		for _, r := range readings {
			step, recorded := interval[r.metric]
			if !recorded || r.metric == r.record || r.agesByBase() {
				continue
			}
			span := r.span
			if r.lastOnly {
				span = min(span, step)
			}
			need[r.metric] = max(need[r.metric], need[r.record]+span)
		}
	}
	return newNeeds(groups, readings, need), nil
}

// newNeeds says what each group needs from what its series need.
func newNeeds(groups []rules.Group, readings []reading, need map[string]time.Duration) warmup {
	w := warmup{groups: map[string]time.Duration{}}
	for _, g := range groups {
		var longest time.Duration
		tiles := false
		for _, r := range g.Rules {
			longest = max(longest, need[r.Record])
			tiles = tiles || r.Record == rules.MetricTotalTile
		}
		// At least once, so that what nobody reads is there when the test begins.
		w.groups[g.Name] = roundUp(max(longest, g.Interval), g.Interval)
		if tiles {
			w.tiles = w.groups[g.Name]
		}
	}
	recorded := map[string]bool{}
	for _, g := range groups {
		for _, r := range g.Rules {
			recorded[r.Record] = true
		}
	}
	for _, r := range readings {
		if !recorded[r.metric] {
			w.raw = max(w.raw, w.groups[r.group.Name]+r.span)
		}
	}
	return w
}

// readingsOf lists which rule reads which metric, and how far back.
func readingsOf(groups []rules.Group) ([]reading, error) {
	var list []reading
	for i := range groups {
		for _, rule := range groups[i].Rules {
			expr, err := parser.NewParser(parser.Options{}).ParseExpr(rule.Expr)
			if err != nil {
				return nil, fmt.Errorf("read the rule %s: %w", rule.Name(), err)
			}
			parser.Inspect(expr, func(n parser.Node, path []parser.Node) error {
				if vs, ok := n.(*parser.VectorSelector); ok {
					r := reading{group: &groups[i], record: rule.Record, metric: slo.MetricName(vs)}
					r.span, r.lastOnly = spanOf(vs, path)
					list = append(list, r)
				}
				return nil
			})
		}
	}
	return list, nil
}

// spanOf returns how far back a selector looks, and whether it looks for the
// last sample only.
func spanOf(vs *parser.VectorSelector, path []parser.Node) (span time.Duration, lastOnly bool) {
	span, lastOnly = vs.OriginalOffset+lookback, true
	for i, above := range path {
		switch above := above.(type) {
		case *parser.MatrixSelector:
			span += above.Range - lookback
			lastOnly = false
			for _, outer := range path[:i] {
				if call, ok := outer.(*parser.Call); ok && call.Func.Name == "last_over_time" {
					lastOnly = true
				}
			}
		case *parser.SubqueryExpr:
			span += above.Range + above.OriginalOffset
			return span + lookback, false
		}
	}
	return span, lastOnly && vs.OriginalOffset == 0
}
