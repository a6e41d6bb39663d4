package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// liveSpec has one objective that is sound in the shop's metrics, and one for
// each mistake that only the metrics store can know of.
const liveSpec = `headroom: v1
service: shop
objectives:
  sound:
    target: 99%
    ratio: {bad: 'http_requests_total{job="shop", code=~"5.."}', total: 'http_requests_total{job="shop"}'}
  fast:
    target: 99%
    latency: {histogram: http_request_duration_seconds, where: '{job="shop"}', under: 1s}
  metric:
    target: 99%
    ratio: {bad: 'http_request_total{code=~"5.."}', total: 'http_request_total'}
  label:
    target: 99%
    ratio: {good: 'http_requests_total{status!~"5.."}', total: http_requests_total}
  value:
    target: 99%
    ratio: {bad: 'http_requests_total{code=~"5.."}', total: 'http_requests_total{job="shoop"}'}
  kind:
    target: 99%
    ratio: {bad: 'http_requests_total{code="500"}', total: 'shop_customers{job="shop"}'}
  bucket:
    target: 99%
    latency: {histogram: http_request_duration_seconds, where: '{job="shop"}', under: 500ms}
  month:
    target: 99%
    window: 90d
    gauge: up{job="shop"}
`

// shopTarget serves the shop's metrics and a gauge.
func shopTarget(t *testing.T, s *shop) string {
	t.Helper()
	customers := prometheus.NewGauge(prometheus.GaugeOpts{Name: "shop_customers", Help: "Customers in the shop."})
	registry := prometheus.NewRegistry()
	registry.MustRegister(s.requests, s.duration, customers)
	server := httptest.NewServer(promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// lint runs headroom lint and returns what it printed and its exit code.
func lint(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.Command(headroomBinary, append([]string{"lint"}, args...)...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

func TestLintAsksPrometheus(t *testing.T) {
	t.Parallel()
	s := startShop(t)
	stop := s.customers(t, 40)
	defer stop()
	p := startPrometheus(t, map[string]string{"shop": shopTarget(t, s)}, "")
	spec := writeFile(t, filepath.Join(t.TempDir(), "slo.yaml"), liveSpec)
	want := []string{
		`:12:19: warning: the metrics store has no series named http_request_total`,
		`:12:61: error: the metrics store has no series named http_request_total`,
		`help: did you mean http_requests_total?`,
		`:15:40: warning: no series of http_requests_total has a label status, so status!~"5.." excludes nothing [live-label]`,
		`:18:82: error: no series of http_requests_total has job="shoop" [live-label-value]`,
		`help: did you mean shop? Its values are "shop" (2 series)`,
		`:21:61: error: shop_customers is a gauge: its increase means nothing [live-not-a-counter]`,
		`:24:87: error: http_request_duration_seconds has no bucket at 500ms: its neighbours are 300ms and 1s`,
		`Buckets: []float64{0.05, 0.1, 0.3, 0.5, 1}; or write under: 300ms`,
		`:27:13: warning: the metrics store keeps 15d, shorter than the window 90d of default/shop/month, and shorter than those of 7 more objectives [live-retention]`,
	}
	asked(t, p.url, spec, want)
}

// asked lints until the store has seen enough, and demands each text, and that
// the sound objectives have no problem.
func asked(t *testing.T, url, spec string, want []string) {
	t.Helper()
	eventually(t, "lint tells what the store knows", func() (bool, string) {
		stdout, stderr, code := lint(t, spec, "--prometheus", url)
		if code > 1 {
			t.Fatalf("exit code %d: %s", code, stderr)
		}
		rest := stdout
		for _, text := range want {
			_, after, found := strings.Cut(rest, text)
			if !found {
				return false, fmt.Sprintf("no %q in\n%s%s", text, stdout, stderr)
			}
			rest = after
		}
		for line := 4; line <= 9; line++ {
			if strings.Contains(stdout, fmt.Sprintf("slo.yaml:%d:", line)) {
				return false, "the sound objectives have problems:\n" + stdout
			}
		}
		measured := strings.Contains(stderr, "default/shop/sound: 2 series") && strings.Contains(stderr, "default/shop/fast: ")
		return code == 1 && measured, fmt.Sprintf("exit code %d, %s", code, stderr)
	})
}

func TestLintAsksVictoriaMetrics(t *testing.T) {
	t.Parallel()
	s := startShop(t)
	stop := s.customers(t, 40)
	defer stop()
	dir := t.TempDir()
	config := writeFile(t, filepath.Join(dir, "scrape.yml"), fmt.Sprintf(
		"global: {scrape_interval: 1s}\nscrape_configs:\n- {job_name: shop, static_configs: [{targets: [%q]}]}\n", shopTarget(t, s)))
	address := freeAddress(t)
	vm := start(t, server(t, "victoria-metrics", "victoria-metrics"), "-httpListenAddr="+address, "-storageDataPath="+filepath.Join(dir, "data"),
		"-promscrape.config="+config, "-search.latencyOffset=0s", "-retentionPeriod=100y")
	waitReady(t, vm, "http://"+address+"/health")
	spec := writeFile(t, filepath.Join(dir, "slo.yaml"), liveSpec)
	asked(t, "http://"+address, spec, []string{
		`:12:61: error: the metrics store has no series named http_request_total`,
		`:15:40: warning: no series of http_requests_total has a label status`,
		`:18:82: error: no series of http_requests_total has job="shoop" [live-label-value]`,
		`:24:87: error: http_request_duration_seconds has no bucket at 500ms`,
	})
	if stdout, stderr, _ := lint(t, spec, "--prometheus", "http://"+address); strings.Contains(stdout, "live-not-checked") || strings.Contains(stdout, "live-retention") {
		t.Errorf("what VictoriaMetrics does not know is no problem:\n%s%s", stdout, stderr)
	}
}

// TestLintSendsCredentials asks through a proxy that wants them.
func TestLintSendsCredentials(t *testing.T) {
	t.Parallel()
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Header.Get("Authorization") != "Bearer let-me-in" || r.Header.Get("X-Scope-OrgID") != "tenant":
			http.Error(w, "who are you?", http.StatusUnauthorized)
		case r.URL.Path == "/prometheus/api/v1/query":
			fmt.Fprint(w, `{"status":"success","data":{"resultType":"vector","result":[]}}`)
		case strings.HasSuffix(r.URL.Path, "/values"):
			fmt.Fprint(w, `{"status":"success","data":[]}`)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(proxy.Close)
	dir := t.TempDir()
	spec := writeFile(t, filepath.Join(dir, "slo.yaml"), "headroom: v1\nservice: a\nobjectives:\n  b: {target: 99%, gauge: up}\n")
	token := writeFile(t, filepath.Join(dir, "token"), "let-me-in\n")
	url := proxy.URL + "/prometheus"
	stdout, stderr, code := lint(t, spec, "--prometheus", url, "--prometheus-token-file", token, "--prometheus-header", "X-Scope-OrgID=tenant")
	if code != 1 || !strings.Contains(stdout, "[live-no-series]") || !strings.Contains(stderr, "does not say how long") {
		t.Errorf("with credentials: exit code %d\n%s%s", code, stdout, stderr)
	}
	stdout, stderr, code = lint(t, spec, "--prometheus", url)
	if code != 1 || stdout != "" || !strings.Contains(stderr, "ask the metrics store: ") || !strings.Contains(stderr, "401") {
		t.Errorf("without: exit code %d\n%s%s", code, stdout, stderr)
	}
	if err := os.Remove(token); err != nil {
		t.Fatal(err)
	}
	proxy.Close()
	if stdout, stderr, code = lint(t, spec, "--prometheus", url); code != 1 || stdout != "" || !strings.Contains(stderr, "ask the metrics store: ") {
		t.Errorf("nobody there: exit code %d\n%s%s", code, stdout, stderr)
	}
}
