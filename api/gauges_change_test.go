package api_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"

	"headroom/api"
	"headroom/api/apitest"
	"headroom/budget"
)

// TestGaugesFollowEveryChange scrapes before and after changes of one thing, of
// another, and of how many objectives there are: what was compressed for the
// scrape before is only used again where it is the same.
func TestGaugesFollowEveryChange(t *testing.T) {
	current := apitest.Statuses()
	handler := newHandler(t, api.Options{Statuses: func() []budget.Status { return slices.Clone(current) }})
	changes := []func(){
		func() {},
		func() {},
		func() { current[3].State = budget.StateUnknown },
		func() { f := 0.25; current[1].Balance.Remaining = &f },
		func() { current[1].Balance.Remaining = nil },
		func() { current = current[:4] },
		func() { current = nil },
		func() { current = apitest.Statuses() },
	}
	for i, change := range changes {
		change()
		registry := prometheus.NewPedanticRegistry()
		registry.MustRegister(api.NewGauges(func() []budget.Status { return current }))
		collected, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		var want bytes.Buffer
		encoder := expfmt.NewEncoder(&want, expfmt.NewFormat(expfmt.TypeTextPlain))
		for _, family := range collected {
			if err := encoder.Encode(family); err != nil {
				t.Fatal(err)
			}
		}
		request := httptest.NewRequest(http.MethodGet, "/metrics", nil)
		request.Header.Set("Accept-Encoding", "gzip")
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, request)
		if diff := cmp.Diff(samplesOf(t, want.String(), ""), samplesOf(t, inflate(t, answer.Body), "headroom_slo_")); diff != "" {
			t.Errorf("gauges after change %d (-collector +served):\n%s", i, diff)
		}
	}
}
