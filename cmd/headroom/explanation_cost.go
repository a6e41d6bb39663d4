package main

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"headroom/alerting"
	"headroom/rules"
	"headroom/slo"
)

// cost is an estimate of what the rules of one group of an objective ask of
// the metrics store.
type cost struct {
	RawSeries        int     `json:"raw_series"`              // that each selector of the indicator matches, as assumed
	SamplesPerMinute float64 `json:"samples_read_per_minute"` // by all evaluations
	Series           int     `json:"series_written"`          // recorded series
	WrittenPerMinute float64 `json:"samples_written_per_minute"`
}

// estimate adds up the samples that Prometheus loads for each selector of each
// rule: the points in its range, times its series, times the evaluations in a
// minute. Recorded series have a point at each evaluation of their group, raw
// ones at each scrape.
func estimate(groups []rules.Group, o *slo.Objective, rawSeries int) (cost, error) {
	steps := map[string]time.Duration{}
	for _, g := range groups {
		for _, r := range g.Rules {
			steps[r.Record] = g.Interval
		}
	}
	c := cost{RawSeries: rawSeries}
	for _, g := range groups {
		perMinute := time.Minute.Seconds() / g.Interval.Seconds()
		for _, r := range g.Rules {
			read, err := samplesOf(r.Expr, steps, alerting.ScrapeInterval(o.Resolution), rawSeries)
			if err != nil {
				return cost{}, fmt.Errorf("estimate the cost of %s: %w", r.Name(), err)
			}
			c.SamplesPerMinute += read * perMinute
			// What tiers record is there while they fire only.
			if r.Record != "" && r.Record != rules.MetricTierBurn && r.Record != rules.MetricTierWithheld {
				c.Series++
				c.WrittenPerMinute += perMinute
			}
		}
	}
	c.SamplesPerMinute = math.Round(c.SamplesPerMinute)
	return c, nil
}

// samplesOf counts the samples that one evaluation of an expression loads.
func samplesOf(text string, steps map[string]time.Duration, scrape time.Duration, rawSeries int) (float64, error) {
	expr, err := parser.NewParser(parser.Options{}).ParseExpr(text)
	if err != nil {
		return 0, err
	}
	samples := 0.0
	parser.Inspect(expr, func(node parser.Node, path []parser.Node) error {
		selector, ok := node.(*parser.VectorSelector)
		if !ok {
			return nil
		}
		step, recorded := steps[slo.MetricName(selector)]
		series := 1.0
		if !recorded {
			step, series = scrape, float64(rawSeries)
		}
		samples += series * pointsIn(path, step)
		return nil
	})
	return samples, nil
}

// pointsIn is the number of points that a selector's range holds: one without
// a range.
func pointsIn(path []parser.Node, step time.Duration) float64 {
	if len(path) > 0 {
		if matrix, ok := path[len(path)-1].(*parser.MatrixSelector); ok {
			return math.Max(1, math.Round(float64(matrix.Range)/float64(step)))
		}
	}
	return 1
}

// text says the estimate in sentences.
func (c cost) text(groupBy []string) string {
	each := ""
	if len(groupBy) > 0 {
		each = " for each " + strings.Join(groupBy, ", ")
	}
	return fmt.Sprintf("They read about %s samples a minute, with %d raw series behind each selector of the indicator, and write %d series%s.",
		whole(c.SamplesPerMinute), c.RawSeries, c.Series, each)
}
