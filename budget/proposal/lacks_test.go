package proposal_test

import (
	"fmt"
	"testing"
	"time"

	"headroom/budget"
	"headroom/budget/proposal"
	"headroom/internal/engine"
	"headroom/slo/catalog"
	"headroom/slo/manifest"
)

// TestLacks tells libraries apart that use one metric with labels of their own.
func TestLacks(t *testing.T) {
	lab, err := engine.NewLab(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = lab.Close() })
	series := func(name string, labels ...string) {
		set := map[string]string{"__name__": name, "job": "shop"}
		for i := 0; i < len(labels); i += 2 {
			set[labels[i]] = labels[i+1]
		}
		if err := lab.Append(set, budget.Point{T: start.UnixMilli(), V: 1}); err != nil {
			t.Fatal(err)
		}
	}
	series("http_requests_total", "code", "200")
	series("http_request_duration_seconds_count", "code", "200")
	for _, le := range []string{"0.25", "1", "+Inf"} {
		series("http_request_duration_seconds_bucket", "code", "200", "le", le)
	}
	series("http_server_request_duration_seconds_count", "http_response_status_code", "200")

	for _, tt := range []struct{ template, with, value, want string }{
		{"http-availability", "", "", "{[] false []}"},
		{"http-availability", "code", "status", "{[status] false []}"},
		{"express-availability", "", "", "{[status_code] false []}"},
		{"http-latency", "", "", "{[] false []}"},
		{"http-latency", "under", "300ms", "{[] true []}"},
		{"http-latency", "code", "status", "{[] false [status]}"},
		{"aspnet-latency", "", "", "{[] true []}"},
		{"otel-http-availability", "", "", "{[] false []}"}, // error_type comes with the first error
		{"spring-availability", "", "", "{[] false []}"},    // no series, so nothing is known
	} {
		template, found := manifest.Builtin().Find(tt.template)
		if !found {
			t.Fatalf("there is no template %s", tt.template)
		}
		m := proposal.Match{Template: template, Values: catalog.Values{"job": catalog.Text("shop")}}
		if tt.with != "" {
			m.Values[tt.with] = catalog.Text(tt.value)
		}
		l, err := m.Lacks(t.Context(), lab, manifest.Builtin(), start.Add(time.Minute))
		if err != nil {
			t.Errorf("%s: %s", tt.template, err)
		}
		if got := fmt.Sprint(l); got != tt.want {
			t.Errorf("%s with %s=%s: %s, want %s", tt.template, tt.with, tt.value, got, tt.want)
		}
	}
}
