package live

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"headroom/slo"
)

// counter checks that a selector's metric is a counter, by what its scrapes
// said of it, by its name, or else by how it behaves.
func (i *inspection) counter(ctx context.Context, s selector) error {
	metric := slo.MetricName(s.VectorSelector)
	if metric == "" {
		return nil
	}
	families, suffix := families(metric)
	for _, family := range families {
		types := i.ask.types(ctx, family)
		if len(types) == 0 {
			continue
		}
		switch {
		case slices.Contains(types, "counter"), suffix != "" && family != metric:
		case slices.Contains(types, "gauge"):
			i.fail(s.at, checkCounter, fmt.Sprintf("%s is a gauge: its increase means nothing", metric), "name a counter, or declare a gauge: objective when each sample is good or bad by itself")
		case slices.Contains(types, "histogram") && suffix == "":
			i.fail(s.at, checkCounter, fmt.Sprintf("%s is a histogram and not a counter", metric), fmt.Sprintf("name %s_count for its observations, or declare a latency: objective", metric))
		}
		return nil
	}
	if suffix != "" {
		return nil
	}
	return i.behaviour(ctx, s, metric)
}

// families returns the names under which the type of a metric may be kept, and
// the ending that says that it is a counter, "" without one.
func families(metric string) (names []string, suffix string) {
	for _, suffix := range []string{"_total", "_bucket", "_count", "_sum"} {
		if base, cut := strings.CutSuffix(metric, suffix); cut {
			return []string{metric, base}, suffix
		}
	}
	return []string{metric}, ""
}

// behaviour tells a counter from a gauge by how often it falls.
func (i *inspection) behaviour(ctx context.Context, s selector, metric string) error {
	const window, most, moves, share = time.Hour, 1000, 10, 0.1
	n, err := i.ask.count(ctx, s.VectorSelector)
	if err != nil || n > most { // not worth so large a query
		return err
	}
	falls, err := i.ask.number(ctx, aggregate(parser.SUM, over("resets", s.VectorSelector, window)))
	if err != nil {
		return err
	}
	changes, err := i.ask.number(ctx, aggregate(parser.SUM, over("changes", s.VectorSelector, window)))
	if err == nil && changes >= moves && falls > share*changes {
		i.fail(s.at, checkCounter, fmt.Sprintf("%s fell %.0f of %.0f times that it changed within %s: that is no counter", metric, falls, changes, slo.FormatDuration(window)),
			"name a counter, or declare a gauge: objective when each sample is good or bad by itself")
	}
	return err
}

// gauge checks that a metric is a gauge, and that one without a threshold is 0
// or 1.
func (i *inspection) gauge(ctx context.Context, s selector) error {
	metric := slo.MetricName(s.VectorSelector)
	if types := i.ask.types(ctx, metric); len(types) > 0 && !slices.Contains(types, "gauge") && !slices.Contains(types, "stateset") && !slices.Contains(types, "info") {
		i.fail(s.at, checkGauge, fmt.Sprintf("%s is a %s and not a gauge", metric, types[0]), "declare a ratio: of counters, or a latency: of a histogram")
		return nil
	}
	if g, ok := i.objective.Indicator.(slo.Gauge); !ok || !g.Good.IsZero() {
		return nil
	}
	other := binary(parser.NEQ, binary(parser.NEQ, s.VectorSelector, number(0)), number(1))
	found, err := i.ask.vector(ctx, largest(1, other))
	if err != nil || len(found) == 0 || len(found[0].Points) == 0 {
		return err
	}
	i.fail(s.at, checkGaugeValues, fmt.Sprintf("%s has the value %v, and only 1 (good) and 0 (bad) have a meaning", metric, found[0].Points[0].V),
		`say which values are good: gauge: {selector: …, good: "<= 100"}`)
	return nil
}

// increases reports whether an expression asks for the increase of a selector,
// so that it has to be a counter.
func increases(expr parser.Expr, vs *parser.VectorSelector) bool {
	found := false
	parser.Inspect(expr, func(node parser.Node, path []parser.Node) error {
		call, ok := node.(*parser.Call)
		if !ok || call.Func.Name != "increase" && call.Func.Name != "rate" {
			return nil
		}
		if matrix, ok := call.Args[0].(*parser.MatrixSelector); ok {
			found = found || matrix.VectorSelector.String() == vs.String()
		}
		return nil
	})
	return found
}

// raw evaluates an error ratio now: it has to be a share.
func (i *inspection) raw(ctx context.Context, p part) error {
	series, err := i.ask.vector(ctx, p.expr)
	if err != nil {
		return err
	}
	for _, one := range series {
		if len(one.Points) == 0 {
			continue
		}
		if v := one.Points[0].V; v < 0 || v > 1 {
			hint := "an error ratio is the share of errors: bad divided by all"
			if v > 1 && v <= 100 {
				hint = "when it is a percentage, divide it by 100"
			}
			i.fail(place{path: p.path}, checkRaw, fmt.Sprintf("the error ratio is %.4g now, and its bounds are 0 and 1", v), hint)
			return nil
		}
	}
	return nil
}
