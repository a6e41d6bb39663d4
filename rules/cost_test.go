package rules_test

import (
	"testing"
	"time"

	"headroom/rules"
)

func TestCostIsNearWhatTheEngineReads(t *testing.T) {
	for _, d := range []rules.Dialect{rules.Embedded, rules.Prometheus3} {
		t.Run(string(d), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 30*time.Second)
			for _, pod := range []string{"a", "b", "c", "d"} {
				for _, code := range []string{"200", "201", "404"} {
					w.flow(w.requests(code, "pod", pod), 0, 6*time.Hour, 10)
				}
			}
			o := checkout(quick(5*time.Hour, 5*time.Minute))
			w.load(d, o)
			w.run(5*time.Hour, nil)
			before := w.lab.Samples()
			w.run(6*time.Hour, nil)
			measured := float64(w.lab.Samples()-before) / 60
			list := rules.Cost(compile(t, o, d, rules.Options{}), rules.Assumptions{ScrapeInterval: 30 * time.Second, RawSeries: 12})
			estimate := rules.TotalCost(list)
			// There are no bad series here, and the estimate assumes them.
			if estimate < measured || estimate > 2*measured {
				t.Errorf("estimated %.0f samples a minute, measured %.0f", estimate, measured)
			}
		})
	}
}

func TestCostOfADefaultObjectiveIsSmall(t *testing.T) {
	list := rules.Cost(compile(t, checkout(), rules.Prometheus3, rules.Options{}), rules.Assumptions{})
	if total := rules.TotalCost(list); total < 2000 || total > 2600 {
		t.Errorf("%.0f samples a minute: %v", total, list)
	}
	if first := list[0]; first.Rule != rules.MetricTarget || first.Group != "headroom/shop/checkout/availability/short" || first.SamplesPerMinute != 0 {
		t.Errorf("first is %+v", first)
	}
}

func TestCostOfSubqueriesIsNearWhatTheEngineReads(t *testing.T) {
	for name, indicator := range map[string]string{
		"threshold": "    gauge: {selector: queue_depth, good: '<= 100'}\n",
		"ratio":     "    raw: {error_ratio: 'sum(rate(queue_depth[5m])) / count(queue_depth)'}\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 30*time.Second)
			for _, queue := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"} {
				w.gauge(func(time.Time) float64 { return 1 }, "__name__", "queue_depth", "queue", queue)
			}
			o := spec(t, indicator)
			o.Window.Rolling = 5 * time.Hour
			w.load(rules.Embedded, o)
			w.run(2*time.Hour, nil)
			before := w.lab.Samples()
			w.run(3*time.Hour, nil)
			measured := float64(w.lab.Samples()-before) / 60
			list := rules.Cost(compile(t, o, rules.Embedded, rules.Options{}), rules.Assumptions{ScrapeInterval: 30 * time.Second, RawSeries: 12})
			if estimate := rules.TotalCost(list); estimate < 0.9*measured || estimate > 2*measured {
				t.Errorf("estimated %.0f samples a minute, measured %.0f", estimate, measured)
			}
		})
	}
}
