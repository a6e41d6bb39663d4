package api_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"headroom/api"
	"headroom/budget"
)

func TestHostsThatTheServiceGoesBy(t *testing.T) {
	handler, err := api.New(api.Options{
		Statuses: func() []budget.Status { return nil },
		Registry: prometheus.NewRegistry(),
		Hosts:    []string{"slo.example"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]int{
		"127.0.0.1:9876": http.StatusOK, "localhost:9876": http.StatusOK, "LOCALHOST": http.StatusOK, "[::1]:9876": http.StatusOK, "[::1]": http.StatusOK,
		"slo.example": http.StatusOK, "SLO.example:443": http.StatusOK,
		"evil.example": http.StatusForbidden, "evil.example:9876": http.StatusForbidden, "10.0.0.7:9876": http.StatusForbidden, "localhost.evil.example": http.StatusForbidden,
	} {
		req := httptest.NewRequest(http.MethodGet, "/api/v1/slos", http.NoBody)
		req.Host = host
		rec := httptest.NewRecorder()
		handler.ServeHTTP(rec, req)
		if rec.Code != want {
			t.Errorf("Host %s: %d, want %d: %s", host, rec.Code, want, rec.Body)
		}
		if want == http.StatusForbidden && !strings.Contains(rec.Body.String(), "external_url") {
			t.Errorf("Host %s: the answer does not say how to mend it: %s", host, rec.Body)
		}
	}
}
