package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"headroom/internal/engine"
	"headroom/internal/queriertest"
	"headroom/internal/transport"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// eventually waits until a condition holds; what names it in the failure.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-deadline:
			t.Fatalf("waited 30 s for: %s", what)
		case <-tick.C:
		}
	}
}

// shop counts the scrapes that it answers, as its only metric.
type shop struct {
	address string
	scrapes atomic.Int64
	headers chan http.Header
}

func newShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{headers: make(chan http.Header, 1)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case s.headers <- r.Header:
		default:
		}
		w.Header().Set("Content-Type", "text/plain; version=0.0.4")
		_, _ = fmt.Fprintf(w, "# TYPE requests_total counter\nrequests_total{code=\"200\"} %d\n", s.scrapes.Add(1))
	}))
	t.Cleanup(server.Close)
	s.address = strings.TrimPrefix(server.URL, "http://")
	return s
}

func (s *shop) target() engine.Target {
	return engine.Target{Job: "shop", Addresses: []string{s.address}, Interval: 100 * time.Millisecond, Labels: map[string]string{"region": "eu"}}
}

type sentAlert struct {
	Labels, Annotations map[string]string
	GeneratorURL        string
	StartsAt, EndsAt    time.Time
}

func newAlertmanager(t *testing.T) (engine.Alertmanager, <-chan sentAlert) {
	t.Helper()
	sent := make(chan sentAlert, 100)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var alerts []sentAlert
		if err := json.NewDecoder(r.Body).Decode(&alerts); err != nil || r.URL.Path != "/am/api/v2/alerts" {
			t.Errorf("alertmanager got %s: %v", r.URL, err)
		}
		for _, a := range alerts {
			sent <- a
		}
	}))
	t.Cleanup(server.Close)
	u, err := url.Parse(server.URL + "/am")
	if err != nil {
		t.Fatal(err)
	}
	return engine.Alertmanager{URL: u}, sent
}

func newEngine(t *testing.T, o engine.Options) *engine.Engine {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	e, err := engine.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// run runs an engine and returns the function that ends it.
func run(t *testing.T, e *engine.Engine) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- e.Run(ctx) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(stop)
	return stop
}

// value returns the only value of an expression now, and whether there is one.
func value(t *testing.T, e *engine.Engine, expr string) (float64, bool) {
	t.Helper()
	series, err := e.Instant(context.Background(), expr, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if len(series) != 1 {
		return 0, false
	}
	return series[0].Points[0].V, true
}

const engineRules = `groups:
- name: shop
  interval: 100ms
  rules:
  - record: requests:increase10s
    expr: sum by (region) (increase(requests_total[10s] anchored))
  - alert: Busy
    expr: requests:increase10s > 3
    labels: {severity: page}
    annotations: {summary: 'busy in {{ $labels.region }}'}
`

func TestEngineScrapesRecordsAndAlerts(t *testing.T) {
	shop := newShop(t)
	alertmanager, alerts := newAlertmanager(t)
	registry := prometheus.NewRegistry()
	external := &url.URL{Scheme: "https", Host: "headroom.example"}
	e := newEngine(t, engine.Options{Targets: []engine.Target{shop.target()}, Alertmanagers: []engine.Alertmanager{alertmanager}, ExternalURL: external, Registerer: registry})
	if got := e.Targets(); len(got) != 1 || got[0].Health != "unknown" || got[0].URL != "http://"+shop.address+"/metrics" {
		t.Errorf("targets before the start: %+v", got)
	}
	if err := e.Apply(context.Background(), []byte(engineRules)); err != nil {
		t.Fatal(err)
	}
	stop := run(t, e)

	alert := <-alerts
	if alert.Labels["alertname"] != "Busy" || alert.Labels["region"] != "eu" || alert.Annotations["summary"] != "busy in eu" || alert.GeneratorURL != external.String() || alert.StartsAt.IsZero() {
		t.Errorf("alert %+v", alert)
	}
	if got := e.Targets(); len(got) != 1 || got[0].Health != "up" || got[0].LastScrape.IsZero() || got[0].Labels["region"] != "eu" {
		t.Errorf("targets: %+v", got)
	}
	if up, ok := value(t, e, `up{job="shop", region="eu"}`); !ok || up != 1 {
		t.Errorf("up is %v, %v", up, ok)
	}
	if got := e.RuleFailures(); len(got) != 0 {
		t.Errorf("rule failures: %v", got)
	}
	checkMetrics(t, registry, true)
	stop()
	checkMetrics(t, registry, false)
	if _, err := e.Instant(context.Background(), "up", time.Now()); !errors.Is(err, engine.ErrClosed) {
		t.Errorf("query after the end: %v", err)
	}
}

func checkMetrics(t *testing.T, registry *prometheus.Registry, want bool) {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, f := range families {
		if !strings.HasPrefix(f.GetName(), "headroom_engine_") {
			t.Errorf("metric %s without the prefix", f.GetName())
		}
		found = found || f.GetName() == "headroom_engine_prometheus_tsdb_head_series"
	}
	if found != want {
		t.Errorf("own metrics there: %v, want %v", found, want)
	}
}

type secret string

func (s secret) Reveal() string { return string(s) }

func TestEngineScrapesWithCredentials(t *testing.T) {
	shop := newShop(t)
	target := shop.target()
	target.Client = transport.Options{BearerToken: secret("token"), Headers: map[string]transport.Secret{"X-Team": secret("shop")}}
	run(t, newEngine(t, engine.Options{Targets: []engine.Target{target}}))
	if h := <-shop.headers; h.Get("Authorization") != "Bearer token" || h.Get("X-Team") != "shop" {
		t.Errorf("scraped with %v", h)
	}
}

// TestEngineClosesUnderQueries closes an engine while queries run: each ends
// with an answer, a cancellation or ErrClosed.
func TestEngineClosesUnderQueries(t *testing.T) {
	e := newEngine(t, engine.Options{})
	if err := e.Store(queriertest.Data()...); err != nil {
		t.Fatal(err)
	}
	const askers = 4
	asked, ended := make(chan struct{}, askers), make(chan error, askers)
	for range askers {
		go func() {
			for first := true; ; first = false {
				_, err := e.Range(context.Background(), "sum(rate(requests_total[5m]))", queriertest.Epoch, queriertest.Epoch.Add(time.Hour), time.Second)
				if first {
					asked <- struct{}{}
				}
				if err != nil && !strings.Contains(err.Error(), "canceled") {
					ended <- err
					return
				}
			}
		}()
	}
	for range askers {
		<-asked
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	for range askers {
		if err := <-ended; !errors.Is(err, engine.ErrClosed) {
			t.Error(err)
		}
	}
	if err := e.Run(context.Background()); !errors.Is(err, engine.ErrClosed) {
		t.Errorf("run after close: %v", err)
	}
	if err := e.Apply(context.Background(), nil); !errors.Is(err, engine.ErrClosed) {
		t.Errorf("apply after close: %v", err)
	}
}

func TestEngineTargetDown(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	e := newEngine(t, engine.Options{Targets: []engine.Target{{Job: "gone", Addresses: []string{strings.TrimPrefix(server.URL, "http://")}, Interval: 50 * time.Millisecond}}})
	run(t, e)
	eventually(t, "the target to be down", func() bool { return e.Targets()[0].Health == "down" })
	if got := e.Targets()[0].Error; !strings.Contains(got, "404") {
		t.Errorf("error %q, want the status", got)
	}
}

func TestEngineRefusedRulesLeaveTheOldOnes(t *testing.T) {
	e := newEngine(t, engine.Options{})
	run(t, e)
	if err := e.Apply(context.Background(), []byte("groups: [{name: a, interval: 50ms, rules: [{record: one, expr: vector(1)}]}]")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the first rule", func() bool { _, ok := value(t, e, "one"); return ok })
	err := e.Apply(context.Background(), []byte("groups: [{name: a, interval: 50ms, rules: [{record: two, expr: 'vector('}, {record: bad name, expr: vector(1), surprise: 1}]}]"))
	if err == nil || !strings.Contains(err.Error(), "surprise") {
		t.Fatalf("apply: %v, want the unknown field", err)
	}
	before, _ := value(t, e, "timestamp(one)")
	eventually(t, "the old rules to go on", func() bool { v, _ := value(t, e, "timestamp(one)"); return v > before })
}

func TestEngineReplacesRules(t *testing.T) {
	e := newEngine(t, engine.Options{})
	rule := func(name string) []byte {
		return []byte("groups: [{name: a, interval: 50ms, rules: [{record: " + name + ", expr: vector(1)}]}]")
	}
	for _, name := range []string{"early", "one"} {
		if err := e.Apply(context.Background(), rule(name)); err != nil {
			t.Fatal(err)
		}
	}
	run(t, e)
	eventually(t, "the rule of before the start", func() bool { _, ok := value(t, e, "one"); return ok })
	if err := e.Apply(context.Background(), rule("two")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the old series to end and the new to begin", func() bool {
		_, one := value(t, e, "one")
		_, two := value(t, e, "two")
		return two && !one
	})
	if _, early := value(t, e, "early"); early {
		t.Error("rules that were replaced before the start were evaluated")
	}
}

func TestEngineReportsRuleFailures(t *testing.T) {
	e := newEngine(t, engine.Options{MaxSamples: 1})
	if err := e.Apply(context.Background(), []byte("groups: [{name: a, interval: 50ms, rules: [{record: one, expr: 'vector(1) + vector(1) + vector(1)'}]}]")); err != nil {
		t.Fatal(err)
	}
	run(t, e)
	eventually(t, "the failure", func() bool { return len(e.RuleFailures()) == 1 })
	if f := e.RuleFailures()[0]; f.Group != "a" || f.Rule != "one" || !strings.Contains(f.Err.Error(), "too many samples") {
		t.Errorf("failure %+v", f)
	}
}

func TestEngineRefusesOptions(t *testing.T) {
	file := t.TempDir() + "/file"
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		o    engine.Options
		want string
	}{
		"no directory":  {engine.Options{}, "no data directory"},
		"a file":        {engine.Options{Dir: file}, "not a directory"},
		"two jobs":      {engine.Options{Dir: t.TempDir(), Targets: []engine.Target{{Job: "a"}, {Job: "a"}}}, `two scrape jobs "a"`},
		"URL as target": {engine.Options{Dir: t.TempDir(), Targets: []engine.Target{{Job: "a", Addresses: []string{"http://x/"}}}}, "not a valid hostname"},
		"long timeout":  {engine.Options{Dir: t.TempDir(), Targets: []engine.Target{{Job: "a", Interval: time.Second, Timeout: time.Minute}}}, "timeout"},
		"alertmanager":  {engine.Options{Dir: t.TempDir(), Alertmanagers: []engine.Alertmanager{{URL: &url.URL{Path: "x"}}}}, "want a URL"},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := engine.New(tt.o)
			if err == nil {
				_ = e.Close()
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q in it", err, tt.want)
			}
		})
	}
}
