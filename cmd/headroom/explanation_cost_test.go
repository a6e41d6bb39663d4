package main

import (
	"bytes"
	"context"
	"math"
	"slices"
	"strconv"
	"testing"
	"time"

	"headroom/alerting"
	"headroom/budget"
	"headroom/internal/engine"
	"headroom/rules"
	"headroom/slo"
)

// TestEstimateIsWhatTheEngineCounts lets the real engine evaluate the rules
// over more than a window of samples, and compares what it loaded in the last
// hour with the estimate.
func TestEstimateIsWhatTheEngineCounts(t *testing.T) {
	const series = 7
	id, err := slo.ParseID("default/checkout/availability")
	if err != nil {
		t.Fatal(err)
	}
	o := &slo.Objective{
		ID: id, Target: slo.MustTarget("99%"), Window: slo.Window{Rolling: 3 * time.Hour}, Resolution: time.Minute,
		Indicator: slo.Ratio{Bad: slo.MustCounter("errors_total"), Total: slo.MustCounter("requests_total")},
	}
	groups, err := rules.Compile(o, alerting.NewPlan(o), rules.Prometheus3, rules.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := estimate(groups, o, series)
	if err != nil {
		t.Fatal(err)
	}
	measured := measureSamples(t, groups, o, series)
	if off := got.SamplesPerMinute/measured - 1; math.Abs(off) > 0.05 {
		t.Errorf("estimate of %.0f samples a minute, the engine counted %.0f: %+.0f%%", got.SamplesPerMinute, measured, 100*off)
	}
}

// measureSamples returns the samples a minute in the hour after four hours.
func measureSamples(t *testing.T, groups []rules.Group, o *slo.Objective, series int) float64 {
	t.Helper()
	lab, err := engine.NewLab(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := lab.Close(); err != nil {
			t.Error(err)
		}
	}()
	start := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	middle, end := start.Add(4*time.Hour), start.Add(5*time.Hour)
	for _, metric := range []string{"errors_total", "requests_total"} {
		for i := range series {
			var points []budget.Point
			for at := start; !at.After(end); at = at.Add(alerting.ScrapeInterval(o.Resolution)) {
				points = append(points, budget.Point{T: at.UnixMilli(), V: at.Sub(start).Seconds()})
			}
			if err := lab.Append(map[string]string{"__name__": metric, "pod": strconv.Itoa(i)}, points...); err != nil {
				t.Fatal(err)
			}
		}
	}
	var file bytes.Buffer
	if err := rules.Write(&file, slices.Values(groups)); err != nil {
		t.Fatal(err)
	}
	if err := lab.Load(file.Bytes()); err != nil {
		t.Fatal(err)
	}
	run := func(from, to time.Time) int64 {
		if err := lab.Run(context.Background(), from, to, engine.RunOptions{}); err != nil {
			t.Fatal(err)
		}
		return lab.Samples()
	}
	before := run(start, middle)
	return float64(run(middle.Add(time.Second), end)-before) / end.Sub(middle).Minutes()
}
