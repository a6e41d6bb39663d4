// Package queriertest is the conformance test of budget.Querier: every metrics
// store that headroom reads from holds the same data and must give the same
// answers. The answers are written down here, not computed by a store. No
// sample lies on the edge of a range that is asked for, since Prometheus 2
// counts it in and Prometheus 3 does not.
package queriertest

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"headroom/budget"
)

// Epoch is the time of the first sample of Data.
var Epoch = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// step is the time between samples of Data.
const step = 15 * time.Second

// Data returns the series that a store under test must hold: an hour of two
// counters, of which one ends after 20 minutes and 15 seconds, and two gauges whose values and
// labels are unusual.
func Data() []budget.Series {
	hour := int(time.Hour/step) + 1
	return []budget.Series{
		series(map[string]string{"__name__": "requests_total", "job": "shop", "code": "200"}, hour, func(i int) float64 { return float64(10 * i) }),
		series(map[string]string{"__name__": "requests_total", "job": "shop", "code": "500"}, 82, func(i int) float64 { return float64(i) }),
		series(map[string]string{"__name__": "odd_values"}, 3, func(i int) float64 { return []float64{math.NaN(), math.Inf(1), math.Inf(-1)}[i] }),
		series(map[string]string{"__name__": "odd_labels", "text": "größe \"x\"\nline \\ end"}, 1, func(int) float64 { return -0.125 }),
	}
}

func series(labels map[string]string, points int, value func(i int) float64) budget.Series {
	s := budget.Series{Labels: labels}
	for i := range points {
		s.Points = append(s.Points, budget.Point{T: Epoch.Add(time.Duration(i) * step).UnixMilli(), V: value(i)})
	}
	return s
}

func after(d time.Duration) time.Time { return Epoch.Add(d) }

func millis(d time.Duration) int64 { return after(d).UnixMilli() }

// Run asks a store that holds Data.
func Run(t *testing.T, q budget.Querier) {
	t.Helper()
	t.Run("instant", func(t *testing.T) { runInstant(t, q) })
	t.Run("range", func(t *testing.T) { runRange(t, q) })
	t.Run("refused", func(t *testing.T) { runRefused(t, q) })
}

func runInstant(t *testing.T, q budget.Querier) {
	t.Helper()
	code500 := map[string]string{"__name__": "requests_total", "job": "shop", "code": "500"}
	code200 := map[string]string{"__name__": "requests_total", "job": "shop", "code": "200"}
	at := 10*time.Minute + 5*time.Second
	tests := map[string]struct {
		expr string
		at   time.Duration
		want []budget.Series
	}{
		"vector":              {"requests_total", at, []budget.Series{{Labels: code200, Points: []budget.Point{{T: millis(at), V: 400}}}, {Labels: code500, Points: []budget.Point{{T: millis(at), V: 40}}}}},
		"aggregation":         {"sum(requests_total)", at, []budget.Series{{Labels: map[string]string{}, Points: []budget.Point{{T: millis(at), V: 440}}}}},
		"looks back":          {`requests_total{code="500"}`, 24 * time.Minute, []budget.Series{{Labels: code500, Points: []budget.Point{{T: millis(24 * time.Minute), V: 81}}}}},
		"no longer there":     {`requests_total{code="500"}`, 26 * time.Minute, nil},
		"unknown name":        {"nothing", at, nil},
		"matrix":              {`requests_total{code="500"}[40s]`, at, []budget.Series{{Labels: code500, Points: []budget.Point{{T: millis(9*time.Minute + 30*time.Second), V: 38}, {T: millis(9*time.Minute + 45*time.Second), V: 39}, {T: millis(10 * time.Minute), V: 40}}}}},
		"matrix of an offset": {`requests_total{code="500"}[25s] offset 5m`, at, []budget.Series{{Labels: code500, Points: []budget.Point{{T: millis(4*time.Minute + 45*time.Second), V: 19}, {T: millis(5 * time.Minute), V: 20}}}}},
		"empty matrix":        {"nothing[5m]", at, nil},
		"scalar":              {"6 * 7", at, []budget.Series{{Labels: map[string]string{}, Points: []budget.Point{{T: millis(at), V: 42}}}}},
		"odd values":          {"odd_values[1m]", 50 * time.Second, []budget.Series{{Labels: map[string]string{"__name__": "odd_values"}, Points: []budget.Point{{T: millis(0), V: math.NaN()}, {T: millis(step), V: math.Inf(1)}, {T: millis(2 * step), V: math.Inf(-1)}}}}},
		"odd labels":          {"odd_labels", 0, []budget.Series{{Labels: map[string]string{"__name__": "odd_labels", "text": "größe \"x\"\nline \\ end"}, Points: []budget.Point{{T: millis(0), V: -0.125}}}}},
		"time of the caller":  {"time()", 90*time.Second + 1700*time.Microsecond, []budget.Series{{Labels: map[string]string{}, Points: []budget.Point{{T: millis(90*time.Second + time.Millisecond), V: float64(millis(90*time.Second+time.Millisecond)) / 1000}}}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := q.Instant(context.Background(), tt.expr, after(tt.at))
			if err != nil {
				t.Fatal(err)
			}
			compare(t, tt.want, got)
		})
	}
}

func runRange(t *testing.T, q budget.Querier) {
	t.Helper()
	minutes := func(name string, from, to int, value func(minute int) float64) []budget.Series {
		s := budget.Series{Labels: map[string]string{}}
		if name != "" {
			s.Labels = map[string]string{"__name__": "requests_total", "job": "shop", "code": name}
		}
		for m := from; m <= to; m++ {
			s.Points = append(s.Points, budget.Point{T: millis(time.Duration(m) * time.Minute), V: value(m)})
		}
		return []budget.Series{s}
	}
	tests := map[string]struct {
		expr       string
		start, end time.Duration
		want       []budget.Series
	}{
		"both ends":      {`requests_total{code="200"}`, 5 * time.Minute, 15 * time.Minute, minutes("200", 5, 15, func(m int) float64 { return float64(40 * m) })},
		"cut to millis":  {`requests_total{code="200"}`, 5*time.Minute + 700*time.Microsecond, 7*time.Minute + 700*time.Microsecond, minutes("200", 5, 7, func(m int) float64 { return float64(40 * m) })},
		"end cut":        {`requests_total{code="200"}`, 5 * time.Minute, 7*time.Minute + 59*time.Second, minutes("200", 5, 7, func(m int) float64 { return float64(40 * m) })},
		"series ends":    {`requests_total{code="500"}`, 18 * time.Minute, 40 * time.Minute, minutes("500", 18, 25, func(m int) float64 { return float64(min(4*m, 81)) })},
		"one point":      {`requests_total{code="200"}`, time.Minute, time.Minute, minutes("200", 1, 1, func(int) float64 { return 40 })},
		"scalar":         {"1 + 1", 0, 2 * time.Minute, minutes("", 0, 2, func(int) float64 { return 2 })},
		"nothing":        {"nothing", 0, time.Hour, nil},
		"very many":      {"vector(time())", 0, 24_000 * time.Minute, minutes("", 0, 24_000, func(m int) float64 { return float64(Epoch.Unix() + int64(m)*60) })},
		"before any":     {"requests_total", -20 * time.Minute, -10 * time.Minute, nil},
		"up to a sample": {`requests_total{code="500"}`, -2 * time.Minute, 0, minutes("500", 0, 0, func(int) float64 { return 0 })},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := q.Range(context.Background(), tt.expr, after(tt.start), after(tt.end), time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, tt.want, got)
		})
	}
}

func runRefused(t *testing.T, q budget.Querier) {
	t.Helper()
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	tests := map[string]func() ([]budget.Series, error){
		"bad expression":        func() ([]budget.Series, error) { return q.Instant(context.Background(), "sum(", Epoch) },
		"bad expression, range": func() ([]budget.Series, error) { return q.Range(context.Background(), "sum(", Epoch, Epoch, step) },
		"string":                func() ([]budget.Series, error) { return q.Instant(context.Background(), `"text"`, Epoch) },
		"execution fails": func() ([]budget.Series, error) {
			return q.Instant(context.Background(), `requests_total + on(job) requests_total`, Epoch)
		},
		"range of a matrix": func() ([]budget.Series, error) {
			return q.Range(context.Background(), "requests_total[5m]", Epoch, Epoch, step)
		},
		"step of zero": func() ([]budget.Series, error) { return q.Range(context.Background(), "1", Epoch, Epoch, 0) },
		"end before start": func() ([]budget.Series, error) {
			return q.Range(context.Background(), "1", Epoch, Epoch.Add(-step), step)
		},
		"cancelled by the caller": func() ([]budget.Series, error) { return q.Instant(cancelled, "requests_total", Epoch) },
	}
	for name, ask := range tests {
		t.Run(name, func(t *testing.T) {
			if got, err := ask(); err == nil {
				t.Errorf("got %v, want an error", got)
			}
		})
	}
}

func compare(t *testing.T, want, got []budget.Series) {
	t.Helper()
	byLabels := cmpopts.SortSlices(func(a, b budget.Series) bool {
		return a.Labels["code"] < b.Labels["code"]
	})
	if diff := cmp.Diff(want, got, byLabels, cmpopts.EquateEmpty(), cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
