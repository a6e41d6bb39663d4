package rules

import (
	"fmt"
	"time"

	"headroom/alerting"
	"headroom/slo"
)

// Tiles returns the expressions that record an objective's bad and total events
// of one tile.
func Tiles(o *slo.Objective, d Dialect) (bad, total string, err error) {
	groups, err := Compile(o, alerting.NewPlan(o), d, Options{})
	if err != nil {
		return "", "", fmt.Errorf("compile the tiles of %s: %w", o.ID, err)
	}
	for _, g := range groups {
		for _, r := range g.Rules {
			switch r.Record {
			case MetricBadTile:
				bad = r.Expr
			case MetricTotalTile:
				total = r.Expr
			}
		}
	}
	return bad, total, nil
}

// TileSums returns the expressions that add up the recorded tiles of one group
// over a range that ends when they are evaluated.
func TileSums(o *slo.Objective, g slo.Group, d Dialect, r time.Duration) (bad, total string) {
	if d.features().closedRanges {
		r -= time.Millisecond // a tile at the very start is of the time before it
	}
	equal := []Label{{Name: "sli", Value: o.SLI()}, {Name: "slo", Value: o.ID.String()}}
	of := g.Labels()
	for _, name := range o.GroupBy {
		if value, found := of[name]; found {
			equal = append(equal, Label{Name: name, Value: value})
		}
	}
	sum := func(metric string) string { return textOf(over("sum_over_time", selector(metric, equal...), r)) }
	return sum(MetricBadTile), sum(MetricTotalTile)
}
