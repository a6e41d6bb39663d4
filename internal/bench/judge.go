package main

import (
	"math"
	"slices"
	"time"

	"headroom/budget"
	"headroom/internal/sim"
)

// warmUp is left out of the comparison: rules that were not evaluated in the
// history need an evaluation before they show something.
const warmUp = 10 * time.Minute

// judge compares the remaining budget that a tool showed with the truth, each
// sampleStep from a time to the end of the traffic. Points are step apart; each
// stands until the next one could be.
func judge(points []budget.Point, step time.Duration, from time.Time, traffic *sim.Service) measured {
	var errors []float64
	absent, next := 0, 0
	shown := budget.Point{T: math.MinInt64}
	for at := from; !at.After(traffic.End()); at = at.Add(sampleStep) {
		for next < len(points) && points[next].T <= at.UnixMilli() {
			shown = points[next]
			next++
		}
		if shown.T <= at.Add(-step).UnixMilli() {
			absent++
			continue
		}
		errors = append(errors, 100*(shown.V-remaining(traffic, at)))
	}
	if len(errors) == 0 {
		return measured{mean: math.NaN(), p99: math.NaN(), final: math.NaN(), absent: 1}
	}
	m := measured{final: errors[len(errors)-1], absent: float64(absent) / float64(absent+len(errors))}
	for i, e := range errors {
		errors[i] = math.Abs(e)
		m.mean += errors[i] / float64(len(errors))
	}
	slices.Sort(errors)
	m.p99 = errors[int(math.Ceil(0.99*float64(len(errors))))-1]
	return m
}

// worst joins the figures of one contender over several seeds: the worst of each.
func worst(name string, all []measured) measured {
	joined := measured{contender: name}
	for _, m := range all {
		if m.contender != name {
			continue
		}
		joined.mean = max(joined.mean, m.mean)
		joined.p99 = max(joined.p99, m.p99)
		joined.absent = max(joined.absent, m.absent)
		if math.Abs(m.final) > math.Abs(joined.final) {
			joined.final = m.final
		}
	}
	return joined
}

// remaining is the true share of the budget that is left at a time.
func remaining(traffic *sim.Service, at time.Time) float64 {
	bad, total := traffic.Truth(at.Add(-window), at)
	return 1 - float64(bad)/(allowed*float64(total))
}
