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

// warmup says how long before a test its rules have to run, so that everything
// they read is there: the history of tiles is written and not evaluated, what
// follows from other recorded series is.
type warmup struct {
	recorded map[string][]parser.Expr
	written  map[string]bool
	open     map[string]bool // being looked at
	raw      time.Duration   // how far back rules read raw series
}

// newWarmup returns how long rules run before a test, and how long before that
// the raw series begin.
func newWarmup(groups []rules.Group) (evaluate, raw time.Duration, err error) {
	w := warmup{
		recorded: map[string][]parser.Expr{}, open: map[string]bool{},
		written: map[string]bool{rules.MetricBadTile: true, rules.MetricTotalTile: true},
	}
	var all []parser.Expr
	for _, g := range groups {
		for _, r := range g.Rules {
			expr, err := parser.NewParser(parser.Options{}).ParseExpr(r.Expr)
			if err != nil {
				return 0, 0, fmt.Errorf("read the rule %s: %w", r.Name(), err)
			}
			all = append(all, expr)
			if r.Record != "" {
				w.recorded[r.Record] = append(w.recorded[r.Record], expr)
			}
		}
	}
	for _, e := range all {
		evaluate = max(evaluate, w.reach(e))
	}
	return evaluate, w.raw, nil
}

// reach returns how far back an expression needs evaluated series.
func (w *warmup) reach(e parser.Expr) time.Duration {
	var longest time.Duration
	parser.Inspect(e, func(n parser.Node, path []parser.Node) error {
		vs, ok := n.(*parser.VectorSelector)
		if !ok {
			return nil
		}
		span := vs.OriginalOffset + lookback
		for _, above := range path {
			switch above := above.(type) {
			case *parser.MatrixSelector:
				span += above.Range
			case *parser.SubqueryExpr:
				span += above.Range + above.OriginalOffset
			}
		}
		longest = max(longest, w.behind(slo.MetricName(vs), span))
		return nil
	})
	return longest
}

// behind returns how far back a selector that reads a span needs evaluation.
func (w *warmup) behind(metric string, span time.Duration) time.Duration {
	exprs, recorded := w.recorded[metric]
	switch {
	case !recorded:
		w.raw = max(w.raw, span)
		return 0
	case w.written[metric], w.open[metric]:
		return 0
	}
	w.open[metric] = true
	defer delete(w.open, metric)
	longest := span
	for _, e := range exprs {
		longest = max(longest, span+w.reach(e))
	}
	return longest
}
