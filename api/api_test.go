package api_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"headroom/api"
	"headroom/api/apitest"
	"headroom/api/v1"
	"headroom/budget"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// newHandler makes a handler over apitest's statuses and problems, unless the
// options say otherwise.
func newHandler(t *testing.T, o api.Options) http.Handler {
	t.Helper()
	if o.Statuses == nil {
		o.Statuses = apitest.Statuses
	}
	if o.Problems == nil {
		o.Problems = apitest.Problems
	}
	if o.Registry == nil {
		o.Registry = prometheus.NewRegistry()
	}
	if o.Now == nil {
		o.Now = apitest.Now
	}
	handler, err := api.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return validated(t, handler)
}

func ask(handler http.Handler, method, target string) *httptest.ResponseRecorder {
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, httptest.NewRequest(method, target, nil))
	return recorder
}

func get(t *testing.T, handler http.Handler, target string) *httptest.ResponseRecorder {
	t.Helper()
	recorder := ask(handler, http.MethodGet, target)
	if recorder.Code != http.StatusOK {
		t.Fatalf("GET %s: %d %s", target, recorder.Code, recorder.Body)
	}
	return recorder
}

func compareGolden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got; -update rewrites it):\n%s", path, diff)
	}
}

func TestJSON(t *testing.T) {
	handler := newHandler(t, api.Options{})
	for file, target := range map[string]string{
		"slos.json":          "/api/v1/slos",
		"slo.json":           "/api/v1/slos/default/checkout/latency",
		"slo-of-groups.json": "/api/v1/slos/default/gateway/errors",
		"problems.json":      "/api/v1/problems",
	} {
		t.Run(file, func(t *testing.T) {
			answer := get(t, handler, target)
			if got := answer.Header().Get("Content-Type"); got != "application/json" {
				t.Errorf("Content-Type %q", got)
			}
			var indented bytes.Buffer
			if err := json.Indent(&indented, answer.Body.Bytes(), "", "  "); err != nil {
				t.Fatal(err)
			}
			compareGolden(t, file, indented.Bytes())
		})
	}
}

func TestEmptyListsAreArrays(t *testing.T) {
	handler := newHandler(t, api.Options{
		Statuses: func() []budget.Status { return nil },
		Problems: func() []v1.Problem { return nil },
	})
	for _, target := range []string{"/api/v1/slos", "/api/v1/problems"} {
		if got := strings.TrimSpace(get(t, handler, target).Body.String()); got != "[]" {
			t.Errorf("GET %s: %s, want []", target, got)
		}
	}
}

func TestUnknownNumbersAreNull(t *testing.T) {
	handler := newHandler(t, api.Options{})
	var found []struct {
		Coverage, Total, Bad *float64
		ErrorRatio           *float64 `json:"error_ratio"`
		Budget, Burn         map[string]*float64
	}
	body := get(t, handler, "/api/v1/slos?data=absent").Body.Bytes()
	if err := json.Unmarshal(body, &found); err != nil || len(found) != 1 {
		t.Fatalf("%d statuses, %v: %s", len(found), err, body)
	}
	s := found[0]
	for name, number := range map[string]*float64{
		"coverage": s.Coverage, "total": s.Total, "bad": s.Bad, "error_ratio": s.ErrorRatio,
		"events": s.Budget["events"], "spent": s.Budget["spent"], "remaining": s.Budget["remaining"],
		"1h": s.Burn["1h"], "6h": s.Burn["6h"], "3d": s.Burn["3d"],
	} {
		if number != nil {
			t.Errorf("%s is %v, want null", name, *number)
		}
		if !bytes.Contains(body, []byte(`"`+name+`":null`)) {
			t.Errorf("%s is not there: %s", name, body)
		}
	}
}

func TestFilters(t *testing.T) {
	handler := newHandler(t, api.Options{})
	for query, want := range map[string][]string{
		"namespace=platform":                   {"platform/pipelines/success", "platform/portal/availability"},
		"service=checkout&state=exhausted":     {"default/checkout/freshness"},
		"service=default/gateway":              {"default/gateway/errors", "default/gateway/errors"},
		"owner=team-platform":                  {"default/headroom/api-availability", "platform/pipelines/success"},
		"state=caution":                        {"default/checkout/latency"},
		"data=no_traffic":                      {"default/search/indexing"},
		"owner=nobody":                         {},
		"namespace=default&service=&owner=&a=": nil,
		"state=fine":                           nil,
		"data=gone":                            nil,
		"owner=a&owner=b":                      nil,
	} {
		answer := ask(handler, http.MethodGet, "/api/v1/slos?"+query)
		if want == nil {
			if answer.Code != http.StatusBadRequest || !strings.Contains(answer.Body.String(), `"code":"invalid"`) {
				t.Errorf("?%s: %d %s, want it refused", query, answer.Code, answer.Body)
			}
			continue
		}
		var slos []v1.SLO
		if err := json.Unmarshal(answer.Body.Bytes(), &slos); err != nil {
			t.Fatalf("?%s: %v", query, err)
		}
		got := []string{}
		for _, s := range slos {
			got = append(got, s.ID.String())
		}
		if !slices.Equal(got, want) {
			t.Errorf("?%s selects %q, want %q", query, got, want)
		}
	}
}

func TestProbes(t *testing.T) {
	var fault error
	handler := newHandler(t, api.Options{Ready: func() error { return fault }})
	if got := get(t, handler, "/readyz").Body.String(); got != "ready\n" {
		t.Errorf("readyz says %q", got)
	}
	fault = errors.New("the first evaluation is still running")
	answer := ask(handler, http.MethodGet, "/readyz")
	if answer.Code != http.StatusServiceUnavailable || answer.Body.String() != "not ready: the first evaluation is still running\n" {
		t.Errorf("readyz says %d %q", answer.Code, answer.Body)
	}
	if got := get(t, handler, "/healthz").Body.String(); got != "ok\n" {
		t.Errorf("healthz says %q", got)
	}
	if page := get(t, handler, "/").Body.String(); !strings.Contains(page, "the first evaluation is still running") {
		t.Error("the status page does not say why it is not ready")
	}
}

func TestOptionsAreChecked(t *testing.T) {
	registry := prometheus.NewRegistry()
	if _, err := api.New(api.Options{Registry: registry}); err == nil {
		t.Error("no error without statuses")
	}
	if _, err := api.New(api.Options{Statuses: apitest.Statuses}); err == nil {
		t.Error("no error without a registry")
	}
	newHandler(t, api.Options{Registry: registry})
	if _, err := api.New(api.Options{Statuses: apitest.Statuses, Registry: registry}); err == nil {
		t.Error("no error for a registry that another handler uses")
	}
}

func TestConcurrentRequests(t *testing.T) {
	handler := newHandler(t, api.Options{Now: time.Now})
	var wait sync.WaitGroup
	for _, target := range []string{"/", "/api/v1/slos", "/api/v1/problems", "/metrics", "/slos/default/checkout/latency", "/nowhere"} {
		for range 8 {
			wait.Go(func() {
				if answer := ask(handler, http.MethodGet, target); answer.Code >= http.StatusInternalServerError {
					t.Errorf("GET %s: %d %s", target, answer.Code, answer.Body)
				}
			})
		}
	}
	wait.Wait()
}

func TestServerBoundsItsClients(t *testing.T) {
	server := api.NewServer(http.NotFoundHandler(), slog.New(slog.DiscardHandler))
	for name, timeout := range map[string]time.Duration{
		"ReadHeaderTimeout": server.ReadHeaderTimeout, "ReadTimeout": server.ReadTimeout,
		"WriteTimeout": server.WriteTimeout, "IdleTimeout": server.IdleTimeout,
	} {
		if timeout <= 0 {
			t.Errorf("%s is not set", name)
		}
	}
	if server.MaxHeaderBytes <= 0 || server.ErrorLog == nil {
		t.Error("the length of headers or the log is not set")
	}
}
