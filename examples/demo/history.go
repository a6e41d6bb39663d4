package main

import (
	"context"
	"path/filepath"
	"time"

	"headroom/budget"
	"headroom/internal/engine"
)

// The shop's traffic, in the past as in the demo.
const (
	rate       = 50.0  // requests a second
	errorRatio = 0.001 // of them fail on a good day
	past       = 75 * time.Minute
	every      = 10 * time.Second
)

// loadHistory gives the engine what it would have scraped from a shop that has
// been up for a good hour, so that the objective is not younger than its
// window: young objectives hold no release.
func (w *world) loadHistory(ctx context.Context) error {
	var good, bad []budget.Point
	start := time.Now().Add(-past)
	for at := time.Duration(0); at < past; at += every {
		t := start.Add(at).UnixMilli()
		good = append(good, budget.Point{T: t, V: float64(int(at.Seconds() * rate * (1 - errorRatio)))})
		bad = append(bad, budget.Point{T: t, V: float64(int(at.Seconds() * rate * errorRatio))})
	}
	series := func(code string, points []budget.Point) budget.Series {
		return budget.Series{Labels: map[string]string{
			"__name__": "http_requests_total", "job": "shop", "instance": w.shopAddress, "handler": "/", "code": code,
		}, Points: points}
	}
	return engine.Import(ctx, filepath.Join(w.dir, "data", "metrics"), series("200", good), series("500", bad))
}
