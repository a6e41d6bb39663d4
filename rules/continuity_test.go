package rules_test

import (
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"headroom/internal/truth"
	"headroom/rules"
	"headroom/slo"
)

// TestContinuity asks for the share of processes that ran on through a time, with
// those that began anew, came and went in it.
func TestContinuity(t *testing.T) {
	const from, to = 20 * time.Minute, 50 * time.Minute
	anew := func(c *truth.Counter) { c.Reset(after(40 * time.Minute)) }
	came := func(c *truth.Counter) { c.Born = after(35 * time.Minute) }
	gone := func(c *truth.Counter) { c.Dies = after(35 * time.Minute) }
	on := func(*truth.Counter) {}
	for name, test := range map[string]struct {
		counters []func(*truth.Counter)
		want     float64
	}{
		"all ran on":      {[]func(*truth.Counter){on, on, on}, 1},
		"one began anew":  {[]func(*truth.Counter){on, anew, on, on}, 0.75},
		"all began anew":  {[]func(*truth.Counter){anew, anew}, 0},
		"all replaced":    {[]func(*truth.Counter){came, gone, came, gone}, 0},
		"half replaced":   {[]func(*truth.Counter){on, on, came, gone}, 0.5},
		"one more":        {[]func(*truth.Counter){on, on, on, came}, 0.75},
		"one less":        {[]func(*truth.Counter){on, gone, on, on}, 0.75},
		"reset before it": {[]func(*truth.Counter){func(c *truth.Counter) { c.Reset(after(10 * time.Minute)) }}, 1},
		"reset after it":  {[]func(*truth.Counter){func(c *truth.Counter) { c.Reset(after(to + time.Minute)) }}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 30*time.Second)
			for i, change := range test.counters {
				c := w.requests("200", "instance", string(rune('a'+i)))
				w.flow(c, 0, time.Hour, 10)
				change(c)
			}
			w.scrapeUntil(to)
			approx(t, "the share", w.query(rules.Continuity(checkout(), to-from)), test.want, 0)
		})
	}
}

// scrapeUntil goes on until a time after epoch without rules.
func (w *world) scrapeUntil(until time.Duration) {
	w.t.Helper()
	w.now = after(until)
	if err := w.feed(w.now); err != nil {
		w.t.Fatal(err)
	}
}

func TestContinuityOfGroupsAndSums(t *testing.T) {
	w := newWorld(t, 30*time.Second)
	for _, region := range []string{"eu", "us"} {
		for _, metric := range []string{"http_requests_total", "grpc_requests_total"} {
			c := w.counter("__name__", metric, "region", region)
			w.flow(c, 0, time.Hour, 10)
			if region == "us" && metric == "grpc_requests_total" {
				c.Reset(after(30 * time.Minute))
			}
		}
	}
	w.scrapeUntil(40 * time.Minute)
	o := checkout(sumForm, func(o *slo.Objective) { o.GroupBy = []string{"region"} })
	expr := rules.Continuity(o, 20*time.Minute)
	approx(t, "eu", w.query("("+expr+`) and on (region) group(http_requests_total{region="eu"}) by (region)`), 1, 0)
	approx(t, "us", w.query("("+expr+`) and on (region) group(http_requests_total{region="us"}) by (region)`), 0.5, 0)
}

// Nothing is known of samples that are judged one by one, and of a team's query.
func TestContinuityIsOfCounters(t *testing.T) {
	for name, o := range forms() {
		expr := rules.Continuity(o, time.Hour)
		switch o.Indicator.(type) {
		case slo.Ratio, slo.Latency:
			if _, err := parser.NewParser(parser.Options{}).ParseExpr(expr); err != nil {
				t.Errorf("%s: %s: %v", name, expr, err)
			}
		default:
			if expr != "" {
				t.Errorf("%s: %s", name, expr)
			}
		}
	}
}
