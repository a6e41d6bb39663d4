package live_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"headroom/budget"
	"headroom/docs/checks"
	"headroom/internal/engine"
	"headroom/slo/diag"
	"headroom/slo/live"
	"headroom/slo/manifest"
)

// now is when the questions are asked; a day of history lies before it.
var now = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

// store is a metrics store with PromQL, and with the answers of Prometheus's
// API that are not PromQL.
type store struct {
	*engine.Lab
	types     map[string]string
	retention time.Duration
	fail      func(expr string) error
}

var errUnknown = errors.New("404 page not found")

func (s *store) Instant(ctx context.Context, expr string, at time.Time) ([]budget.Series, error) {
	if s.fail != nil {
		if err := s.fail(expr); err != nil {
			return nil, err
		}
	}
	return s.Lab.Instant(ctx, expr, at)
}

func (s *store) matched(ctx context.Context, selector string, from, to time.Time) ([]budget.Series, error) {
	if selector == "" {
		selector = `{__name__!=""}`
	}
	return s.Lab.Instant(ctx, fmt.Sprintf("last_over_time(%s[%dms])", selector, to.Sub(from).Milliseconds()), to)
}

func (s *store) LabelValues(ctx context.Context, label, selector string, from, to time.Time) ([]string, error) {
	series, err := s.matched(ctx, selector, from, to)
	values := map[string]bool{}
	for _, one := range series {
		values[one.Labels[label]] = true
	}
	return slices.Sorted(maps.Keys(values)), err
}

func (s *store) LabelNames(ctx context.Context, selector string, from, to time.Time) ([]string, error) {
	series, err := s.matched(ctx, selector, from, to)
	names := map[string]bool{}
	for _, one := range series {
		for name := range one.Labels {
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names)), err
}

func (s *store) MetricTypes(_ context.Context, metric string) ([]string, error) {
	if kind := s.types[metric]; kind != "" {
		return []string{kind}, nil
	}
	return nil, nil
}

func (s *store) Retention(ctx context.Context) (time.Duration, error) {
	if s.retention == 0 || ctx.Err() != nil {
		return 0, errUnknown
	}
	return s.retention, nil
}

// series adds a series whose value is that of a function of the minutes since
// it began.
func (s *store) series(t *testing.T, labels string, minutes int, value func(minute int) float64, step, end int) {
	t.Helper()
	set := map[string]string{}
	name, rest, _ := strings.Cut(strings.TrimSuffix(labels, "}"), "{")
	set["__name__"] = name
	for _, pair := range strings.Split(rest, ",") {
		if key, value, ok := strings.Cut(pair, "="); ok {
			set[key] = value
		}
	}
	var points []budget.Point
	for m := 0; m <= minutes-end; m += step {
		points = append(points, budget.Point{T: now.Add(time.Duration(m-minutes) * time.Minute).UnixMilli(), V: value(m)})
	}
	if err := s.Append(set, points...); err != nil {
		t.Fatal(err)
	}
}

func perMinute(rate float64) func(int) float64 {
	return func(m int) float64 { return rate * float64(m) }
}

// newStore is the metrics store of a service checkout.
func newStore(t *testing.T) *store {
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
	s := &store{Lab: lab, retention: 30 * 24 * time.Hour, types: map[string]string{
		"http_requests_total": "counter", "http_requests_in_flight": "gauge", "probe_success": "gauge", "http_request_duration_seconds": "histogram",
	}}
	const day = 25 * 60
	for code, rate := range map[string]float64{"200": 600, "404": 30, "500": 0.6} {
		s.series(t, "http_requests_total{job=checkout,region=eu,code="+code, day, perMinute(rate), 1, 0)
		s.series(t, "http_requests_total{job=checkout,region=us,code="+code, day, perMinute(rate/2), 1, 0)
		s.series(t, "idle_requests_total{job=checkout,code="+code, day, perMinute(0), 5, 0)
		s.series(t, "old_requests_total{job=checkout,code="+code, day, perMinute(rate), 5, 60)
	}
	s.series(t, "http_requests_total{job=search,region=ap,code=200", day, perMinute(600), 5, 0)
	s.series(t, "rare_requests_total{job=checkout,code=200", day, func(m int) float64 { return float64(m / 120) }, 1, 0)
	s.series(t, "rare_requests_total{job=checkout,code=500", day, perMinute(0), 1, 0)
	for le, share := range map[string]float64{"0.1": 0.7, "0.25": 0.9, "0.5": 0.96, "1.0": 0.99, "+Inf": 1} {
		s.series(t, "http_request_duration_seconds_bucket{job=checkout,code=200,le="+le, day, perMinute(600*share), 1, 0)
	}
	s.series(t, "http_request_duration_seconds_count{job=checkout,code=200", day, perMinute(600), 1, 0)
	for _, le := range []string{"5", "50", "250", "1000", "+Inf"} {
		s.series(t, "rpc_server_duration_bucket{job=checkout,le="+le, day, perMinute(60), 1, 0)
	}
	s.series(t, "rpc_server_duration_count{job=checkout", day, perMinute(60), 1, 0)
	s.series(t, "db_seconds{job=checkout,quantile=0.9", day, perMinute(0), 5, 0)
	s.series(t, "db_seconds_count{job=checkout", day, perMinute(60), 5, 0)
	saw := func(m int) float64 { return float64(m % 7) }
	s.series(t, "http_requests_in_flight{job=checkout", day, saw, 1, 0)
	s.series(t, "unknown_thing{job=checkout", day, saw, 1, 0)
	s.series(t, "queue_depth{job=checkout", day, saw, 1, 0)
	s.series(t, "probe_success{job=blackbox", day, perMinute(0), 1, 0)
	s.series(t, "share_of_errors{job=checkout", day, func(int) float64 { return 0.001 }, 1, 0)
	for user := range 1001 {
		s.series(t, fmt.Sprintf("user_requests_total{job=checkout,code=200,user=%d", user), 10, perMinute(100), 5, 0)
	}
	s.series(t, "user_requests_total{job=checkout,code=500,user=1", 10, perMinute(1), 5, 0)
	return s
}

func specs(t *testing.T, text string) manifest.Result {
	t.Helper()
	path := filepath.Join(t.TempDir(), "slo.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	result := manifest.Load(t.Context(), []string{path}, manifest.Options{})
	if diag.HasErrors(result.Problems) {
		t.Fatalf("the spec is wrong: %v\n%s", result.Problems, text)
	}
	return result
}

func check(t *testing.T, s *store, text string) live.Report {
	t.Helper()
	report, err := live.Check(t.Context(), specs(t, text), live.Options{Server: s, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func shown(problems []diag.Problem) string {
	var b strings.Builder
	if err := diag.Write(&b, problems); err != nil {
		return err.Error()
	}
	return b.String()
}

// TestExamplesOfChecks asks of every page of a live check that its bad example
// triggers it in the store above, and that its good one has no problem there.
func TestExamplesOfChecks(t *testing.T) {
	s := newStore(t)
	tested := 0
	for _, id := range checks.IDs() {
		page, _ := checks.Page(id)
		blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(page.Markdown, -1)
		if !strings.HasPrefix(id, "live-") || len(blocks) == 0 {
			continue
		}
		tested++
		t.Run(id, func(t *testing.T) {
			bad := check(t, s, blocks[0][1]).Problems
			if !slices.ContainsFunc(bad, func(p diag.Problem) bool { return p.Check == id }) {
				t.Errorf("the bad example has the problems\n%s", shown(bad))
			}
			for _, p := range bad {
				if p.Line == 0 || p.Excerpt == "" || p.Hint == "" {
					t.Errorf("no place or no help: %+v", p)
				}
			}
			t.Logf("\n%s", shown(bad))
			if good := check(t, s, blocks[1][1]).Problems; len(good) > 0 {
				t.Errorf("the good example has the problems\n%s", shown(good))
			}
		})
	}
	if tested < 17 {
		t.Errorf("only %d pages with examples", tested)
	}
}
