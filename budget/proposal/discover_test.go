package proposal_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"headroom/budget"
	"headroom/budget/proposal"
	"headroom/internal/engine"
	"headroom/slo"
	"headroom/slo/manifest"
)

func TestDiscover(t *testing.T) {
	lab, err := engine.NewLab(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = lab.Close() })
	series := func(name string, labels ...string) {
		set := map[string]string{"__name__": name}
		for i := 0; i < len(labels); i += 2 {
			set[labels[i]] = labels[i+1]
		}
		if err := lab.Append(set, budget.Point{T: start.UnixMilli(), V: 1}); err != nil {
			t.Fatal(err)
		}
	}
	for pod := range 3 {
		series("http_server_request_duration_seconds_count", "job", "shop/checkout", "http_response_status_code", "200", "instance", strconv.Itoa(pod))
	}
	series("http_server_request_duration_seconds_count", "job", "search", "http_response_status_code", "200")
	series("http.server.request.duration_count", "job", `the "odd" one`, "http.response.status_code", "200")
	series("probe_success", "job", "blackbox", "instance", "https://shop.example")
	series("unknown_total", "job", "checkout")

	found, err := proposal.Discover(t.Context(), lab, manifest.Builtin(), start.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range found {
		got = append(got, fmt.Sprintf("%s %v %d", m.Template.Name, m.Values, m.Series))
	}
	text := strings.Join(got, "\n")
	for _, want := range []string{
		"otel-http-availability map[job:shop/checkout names:escaped] 3",
		"otel-http-availability map[job:search names:escaped] 1",
		`job:the "odd" one`,
		"blackbox-availability map[instance:https://shop.example] 1",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is not among\n%s", want, text)
		}
	}
	if strings.Contains(text, "grpc") || strings.Contains(text, "unknown_total") {
		t.Errorf("found what is not there:\n%s", text)
	}
	checkout := slices.IndexFunc(found, func(m proposal.Match) bool { return m.Mentions("checkout") })
	if checkout < 0 || found[checkout].Mentions("check") {
		t.Fatalf("no match mentions checkout:\n%s", text)
	}
	id := slo.ID{Namespace: "default", Service: "checkout", Objective: "availability"}
	o, err := found[checkout].Objective(manifest.Builtin(), id, slo.MustTarget("99%"))
	if err != nil {
		t.Fatal(err)
	}
	if total := slo.PartOf(o.Indicator, slo.RoleTotal); !strings.Contains(total, `job="shop/checkout"`) {
		t.Errorf("the objective counts %s", total)
	}
}

func TestDiscoverStopsAtAnError(t *testing.T) {
	if _, err := proposal.Discover(t.Context(), broken{}, manifest.Builtin(), start); err == nil || err.Error() != "look for known metrics: down" {
		t.Errorf("got %v", err)
	}
}
