package engine_test

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"headroom/budget"
	"headroom/internal/engine"
)

var epoch = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

func newLab(t *testing.T, ruleFile string) *engine.Lab {
	t.Helper()
	lab, err := engine.NewLab(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := lab.Close(); err != nil {
			t.Error(err)
		}
	})
	if ruleFile == "" {
		return lab
	}
	if err := lab.Load([]byte(ruleFile)); err != nil {
		t.Fatal(err)
	}
	return lab
}

// feed appends a value of the series at each multiple of step up to the
// evaluation time.
func feed(lab *engine.Lab, name string, from time.Time, step time.Duration, value func(at time.Time) float64) func(time.Time) error {
	series := lab.Series(map[string]string{"__name__": name, "job": "shop"})
	next := from
	return func(at time.Time) error {
		for ; !next.After(at); next = next.Add(step) {
			if err := lab.AppendAt(next, engine.LabSample{Series: series, V: value(next)}); err != nil {
				return err
			}
		}
		return nil
	}
}

func one(t *testing.T, q budget.Querier, expr string, at time.Time) float64 {
	t.Helper()
	series, err := q.Instant(context.Background(), expr, at)
	if err != nil {
		t.Fatal(err)
	}
	if len(series) != 1 || len(series[0].Points) != 1 {
		t.Fatalf("%s at %s: %v, want one point", expr, at, series)
	}
	return series[0].Points[0].V
}

const labRules = `groups:
- name: fast
  interval: 30s
  rules:
  - record: requests:increase5m
    expr: sum(increase(requests_total[5m] anchored))
- name: slow
  interval: 5m
  rules:
  - alert: Down
    expr: up == 0
    for: 5m
    keep_firing_for: 10m
    labels: {severity: page}
    annotations:
      summary: '{{ $labels.job }} saw {{ with query "requests:increase5m" }}{{ . | first | value }}{{ end }} requests'
`

func TestLabEvaluatesGroupsAtTheirIntervals(t *testing.T) {
	lab := newLab(t, labRules)
	start := epoch.Add(10 * time.Second)
	append1 := feed(lab, "requests_total", epoch, 15*time.Second, func(at time.Time) float64 { return at.Sub(epoch).Seconds() })
	var times []time.Time
	err := lab.Run(context.Background(), start, epoch.Add(10*time.Minute), engine.RunOptions{
		Before: func(at time.Time) error { times = append(times, at); return append1(at) },
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(times) != 20 || !times[0].Equal(epoch.Add(30*time.Second)) || !times[19].Equal(epoch.Add(10*time.Minute)) {
		t.Errorf("evaluated %d times from %s to %s, want each 30 s", len(times), times[0], times[len(times)-1])
	}
	if got := one(t, lab, "requests:increase5m", epoch.Add(10*time.Minute)); got != 300 {
		t.Errorf("increase over 5 minutes is %v, want 300", got)
	}
	if got := one(t, lab, "count_over_time(requests:increase5m[10m])", epoch.Add(10*time.Minute)); got != 20 {
		t.Errorf("%v samples recorded, want 20", got)
	}
	if lab.Samples() == 0 || lab.SamplesByRule()[engine.RuleKey{Group: "fast", Rule: "requests:increase5m"}] == 0 {
		t.Errorf("no samples counted: %d, %v", lab.Samples(), lab.SamplesByRule())
	}
}

func TestLabAlertTimeline(t *testing.T) {
	lab := newLab(t, labRules)
	requests := feed(lab, "requests_total", epoch, 30*time.Second, func(at time.Time) float64 { return at.Sub(epoch).Seconds() })
	up := feed(lab, "up", epoch, 30*time.Second, func(at time.Time) float64 {
		if at.After(epoch.Add(9*time.Minute)) && at.Before(epoch.Add(21*time.Minute)) {
			return 0
		}
		return 1
	})
	err := lab.Run(context.Background(), epoch, epoch.Add(time.Hour), engine.RunOptions{
		Before: func(at time.Time) error {
			if err := requests(at); err != nil {
				return err
			}
			return up(at)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []engine.Alert{{
		Name: "Down", Group: "slow",
		Labels:      map[string]string{"alertname": "Down", "job": "shop", "severity": "page"},
		Annotations: map[string]string{"summary": "shop saw 300 requests"},
		ActiveAt:    epoch.Add(10 * time.Minute),
		FiredAt:     epoch.Add(15 * time.Minute),
		ResolvedAt:  epoch.Add(35 * time.Minute),
	}}
	if diff := cmp.Diff(want, lab.Alerts()); diff != "" {
		t.Error(diff)
	}
	if got := one(t, lab, `count_over_time(ALERTS{alertstate="firing"}[1h])`, epoch.Add(time.Hour)); got != 4 {
		t.Errorf("%v samples of ALERTS, want 4 (at 15, 20, 25 and 30 minutes)", got)
	}
}

func TestLabSkipsAndPhases(t *testing.T) {
	lab := newLab(t, labRules)
	requests := feed(lab, "requests_total", epoch, 10*time.Second, func(at time.Time) float64 { return at.Sub(epoch).Seconds() })
	phases := map[time.Duration]bool{}
	err := lab.Run(context.Background(), epoch, epoch.Add(10*time.Minute), engine.RunOptions{
		HashPhase: true,
		Before:    func(at time.Time) error { phases[at.Sub(epoch)%(30*time.Second)] = true; return requests(at) },
		Skip: func(group string, at time.Time) bool {
			return group == "fast" && at.After(epoch.Add(5*time.Minute))
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if phases[0] || len(phases) != 2 {
		t.Errorf("phases %v, want two that are not aligned", phases)
	}
	if got := one(t, lab, "count_over_time(requests:increase5m[10m])", epoch.Add(10*time.Minute)); got != 10 {
		t.Errorf("%v samples recorded, want the 10 of the first five minutes", got)
	}
}

func TestLabRunsFollowOneAnother(t *testing.T) {
	lab := newLab(t, labRules)
	requests := feed(lab, "requests_total", epoch, 30*time.Second, func(time.Time) float64 { return 1 })
	for minute := range 10 {
		from := epoch.Add(time.Duration(minute) * time.Minute)
		if err := lab.Run(context.Background(), from, from.Add(time.Minute), engine.RunOptions{Before: requests}); err != nil {
			t.Fatal(err)
		}
	}
	if got := one(t, lab, "count_over_time(requests:increase5m[10m])", epoch.Add(10*time.Minute)); got != 20 {
		t.Errorf("%v samples recorded, want 20", got)
	}
}

func TestLabLoadKeepsStateAndEndsSeries(t *testing.T) {
	lab := newLab(t, "groups: [{name: a, interval: 1m, rules: [{record: one, expr: vector(1)}, {alert: A, expr: vector(1), for: 5m}]}, {name: b, interval: 1m, rules: [{record: two, expr: vector(2)}]}]")
	run := func(from, to time.Duration) {
		t.Helper()
		if err := lab.Run(context.Background(), epoch.Add(from), epoch.Add(to), engine.RunOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	run(0, 3*time.Minute)
	if err := lab.Load([]byte("groups: [{name: a, interval: 1m, rules: [{record: uno, expr: vector(1)}, {alert: A, expr: vector(1) > 0, for: 5m}]}]")); err != nil {
		t.Fatal(err)
	}
	run(3*time.Minute, 8*time.Minute)
	for _, name := range []string{"one", "two"} {
		series, err := lab.Instant(context.Background(), name, epoch.Add(4*time.Minute))
		if err != nil || len(series) != 0 {
			t.Errorf("%s after its rule is gone: %v, %v", name, series, err)
		}
	}
	alerts := lab.Alerts()
	if len(alerts) != 1 || !alerts[0].FiredAt.Equal(epoch.Add(6*time.Minute)) {
		t.Errorf("alerts %v, want one that fired after 5 minutes in spite of the reload", alerts)
	}
}

func TestLabRefuses(t *testing.T) {
	lab := newLab(t, "")
	err := lab.Load([]byte("groups: [{name: a, rules: [{record: x, expr: 'sum('}, {record: y, expr: 'sum)'}]}]"))
	if err == nil || !strings.Contains(err.Error(), `"x"`) || !strings.Contains(err.Error(), `"y"`) {
		t.Errorf("load: %v, want both rules named", err)
	}
	if err := lab.Append(map[string]string{"__name__": "x"}, budget.Point{T: 2}, budget.Point{T: 1}); err == nil {
		t.Error("append backwards: no error")
	}
	if err := lab.Load([]byte("groups: [{name: a, interval: 1m, rules: [{record: x, expr: x + on() y}]}]")); err != nil {
		t.Fatal(err)
	}
	for _, job := range []string{"1", "2"} {
		for _, name := range []string{"x", "y"} {
			if err := lab.Append(map[string]string{"__name__": name, "job": job}, budget.Point{T: epoch.UnixMilli()}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := lab.Run(context.Background(), epoch, epoch.Add(time.Minute), engine.RunOptions{}); err == nil || !strings.Contains(err.Error(), "rule x of group a") {
		t.Errorf("run: %v, want the rule named", err)
	}
}

func TestLabTemplateErrorEndsRun(t *testing.T) {
	lab := newLab(t, `groups: [{name: a, interval: 1m, rules: [{alert: A, expr: vector(1), annotations: {summary: '{{ query "nothing" | first | value }}'}}]}]`)
	err := lab.Run(context.Background(), epoch, epoch.Add(time.Minute), engine.RunOptions{})
	if err == nil || !strings.Contains(err.Error(), "annotation summary") {
		t.Errorf("run: %v, want the annotation named", err)
	}
}

func TestLabStaleMarkerEndsSeries(t *testing.T) {
	lab := newLab(t, "")
	at := epoch.UnixMilli()
	if err := lab.Append(map[string]string{"__name__": "x"}, budget.Point{T: at, V: math.NaN()}, budget.Point{T: at + 1, V: engine.StaleMarker()}); err != nil {
		t.Fatal(err)
	}
	series, err := lab.Instant(context.Background(), "x", epoch.Add(time.Second))
	if err != nil || len(series) != 0 {
		t.Errorf("after the marker: %v, %v", series, err)
	}
	series, err = lab.Instant(context.Background(), "x[1m]", epoch.Add(time.Second))
	if err != nil || len(series) != 1 || len(series[0].Points) != 1 || !math.IsNaN(series[0].Points[0].V) {
		t.Errorf("range: %v, %v, want the NaN without the marker", series, err)
	}
}

// TestLabHoldsFiveWeeks keeps the Lab usable for backtests: five weeks of a few
// series in a few seconds.
func TestLabHoldsFiveWeeks(t *testing.T) {
	lab := newLab(t, "groups: [{name: a, interval: 5m, rules: [{record: tile, expr: 'sum(increase(requests_total[5m] anchored))'}]}, {name: b, interval: 1h, rules: [{record: total, expr: 'sum_over_time(tile[30d])'}]}]")
	requests := feed(lab, "requests_total", epoch, 30*time.Second, func(at time.Time) float64 { return at.Sub(epoch).Seconds() })
	end := epoch.Add(35 * 24 * time.Hour)
	if err := lab.Run(context.Background(), epoch, end, engine.RunOptions{Before: requests}); err != nil {
		t.Fatal(err)
	}
	if got := one(t, lab, "total", end); got != 30*24*3600 {
		t.Errorf("total over 30 days is %v, want %d", got, 30*24*3600)
	}
}
