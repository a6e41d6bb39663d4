package rules

import (
	"strings"
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"headroom/slo"
)

func queryCounter(by []string, in slo.Query, f features) counter {
	of := func(c slo.Counts) countOver {
		return func(r time.Duration) parser.Expr {
			e := c.Over(r)
			f.fitRanges(e)
			return sumBy(by, e)
		}
	}
	if in.Bad.IsZero() {
		return goodOfTotal(of(in.Good), of(in.Total))
	}
	return badOfTotal(of(in.Bad), of(in.Total))
}

// fitRanges writes the ranges of a tree as the dialect counts best over them:
// increase, changes and resets begin at the last sample before the range, and
// counts of samples do not count one twice.
func (f features) fitRanges(e parser.Expr) {
	parser.Inspect(e, func(n parser.Node, path []parser.Node) error {
		call, ok := n.(*parser.Call)
		if !ok || len(call.Args) == 0 {
			return nil
		}
		counts := strings.HasSuffix(call.Func.Name, "_over_time")
		switch arg := call.Args[0].(type) {
		case *parser.MatrixSelector:
			if vs, ok := arg.VectorSelector.(*parser.VectorSelector); ok && !counts {
				vs.Anchored = f.anchored && !inHistogram(path)
			}
			if counts {
				arg.Range = f.closed(arg.Range)
			}
		case *parser.SubqueryExpr:
			arg.Range = f.closed(arg.Range)
		}
		return nil
	})
}

// inHistogram reports whether a node lies inside of a function of native
// histograms, whose increase cannot be anchored.
func inHistogram(path []parser.Node) bool {
	for _, n := range path {
		if call, ok := n.(*parser.Call); ok && strings.HasPrefix(call.Func.Name, "histogram_") {
			return true
		}
	}
	return false
}
