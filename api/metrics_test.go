package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"headroom/api"
	"headroom/api/apitest"
	"headroom/budget"
	"headroom/slo"
)

func TestMetricsFollowTheConventions(t *testing.T) {
	registry := prometheus.NewPedanticRegistry()
	handler := newHandler(t, api.Options{Registry: registry})
	get(t, handler, "/")
	problems, err := testutil.GatherAndLint(registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

func TestRequestSeriesExistFromTheStart(t *testing.T) {
	metrics := get(t, newHandler(t, api.Options{}), "/metrics").Body.String()
	for _, want := range []string{
		`headroom_http_requests_total{code="200",method="GET",route="/api/v1/slos"} 0`,
		`headroom_http_requests_total{code="500",method="GET",route="/api/v1/slos"} 0`,
		`headroom_http_requests_total{code="500",method="GET",route="/"} 0`,
		`headroom_http_request_duration_seconds_count{route="/api/v1/slos"} 0`,
		`headroom_http_request_duration_seconds_bucket{route="/",le="0.3"} 0`,
	} {
		if !strings.Contains(metrics, want+"\n") {
			t.Errorf("there is no %s", want)
		}
	}
}

func TestClientsCannotMakeLabels(t *testing.T) {
	handler := newHandler(t, api.Options{})
	ask(handler, http.MethodGet, "/random-path-1")
	ask(handler, "MADEUP", "/random-path-2")
	ask(handler, http.MethodGet, "/api/v1/slos/default/random-path-3/x")
	ask(handler, http.MethodPost, "/api/v1/slos")
	metrics := get(t, handler, "/metrics").Body.String()
	for _, forbidden := range []string{"random-path", "MADEUP"} {
		if strings.Contains(metrics, forbidden) {
			t.Errorf("%s became a label value", forbidden)
		}
	}
	for _, want := range []string{
		`{code="404",method="GET",route="unmatched"} 1`,
		`{code="404",method="other",route="unmatched"} 1`,
		`{code="404",method="GET",route="/api/v1/slos/:namespace/:service/:objective"} 1`,
		`{code="405",method="POST",route="/api/v1/slos"} 1`,
	} {
		if !strings.Contains(metrics, "headroom_http_requests_total"+want) {
			t.Errorf("there is no %s", want)
		}
	}
}

func statusesWhere(match func(budget.Status) bool) []budget.Status {
	var found []budget.Status
	for _, s := range apitest.Statuses() {
		if match(s) {
			found = append(found, s)
		}
	}
	return found
}

func TestGauges(t *testing.T) {
	statuses := statusesWhere(func(s budget.Status) bool {
		return s.Objective.ID.Service == "gateway" || s.Data == budget.DataAbsent || s.Data == budget.DataNoTraffic
	})
	const want = `
# HELP headroom_slo_budget_remaining_ratio Share of the error budget of the window that is left; negative when over.
# TYPE headroom_slo_budget_remaining_ratio gauge
headroom_slo_budget_remaining_ratio{namespace="default",objective="errors",owner="team-edge",region="eu",service="gateway",slo="default/gateway/errors"} 0.5769230769230769
headroom_slo_budget_remaining_ratio{namespace="default",objective="errors",owner="team-edge",region="us",service="gateway",slo="default/gateway/errors"} -7.573115849064289
# HELP headroom_slo_target_ratio Wanted share of good events, 0 to 1.
# TYPE headroom_slo_target_ratio gauge
headroom_slo_target_ratio{namespace="default",objective="errors",owner="team-edge",region="eu",service="gateway",slo="default/gateway/errors"} 0.9995
headroom_slo_target_ratio{namespace="default",objective="errors",owner="team-edge",region="us",service="gateway",slo="default/gateway/errors"} 0.9995
headroom_slo_target_ratio{namespace="default",objective="indexing",owner="team-search",service="search",slo="default/search/indexing"} 0.995
headroom_slo_target_ratio{namespace="default",objective="reachable",owner="team-search",service="search",slo="default/search/reachable"} 0.995
# HELP headroom_slo_window_events Events in the window.
# TYPE headroom_slo_window_events gauge
headroom_slo_window_events{namespace="default",objective="errors",owner="team-edge",region="eu",service="gateway",slo="default/gateway/errors"} 52000
headroom_slo_window_events{namespace="default",objective="errors",owner="team-edge",region="us",service="gateway",slo="default/gateway/errors"} 98214
headroom_slo_window_events{namespace="default",objective="indexing",owner="team-search",service="search",slo="default/search/indexing"} 0
`
	collector := api.NewGauges(func() []budget.Status { return statuses })
	if err := testutil.CollectAndCompare(collector, strings.NewReader(want),
		"headroom_slo_budget_remaining_ratio", "headroom_slo_target_ratio", "headroom_slo_window_events"); err != nil {
		t.Error(err)
	}
}

func TestGaugesOfStates(t *testing.T) {
	statuses := statusesWhere(func(s budget.Status) bool { return s.Data == budget.DataAbsent })
	labels := func(state string) string {
		return `{namespace="default",objective="reachable",owner="team-search",service="search",slo="default/search/reachable",state="` + state + `"} `
	}
	const name = "headroom_slo_budget_state"
	want := "# HELP " + name + " 1 for the state of the objective's budget, 0 for the others.\n# TYPE " + name + " gauge\n" +
		name + labels("caution") + "0\n" + name + labels("exhausted") + "0\n" + name + labels("healthy") + "0\n" + name + labels("unknown") + "1\n"
	collector := api.NewGauges(func() []budget.Status { return statuses })
	if err := testutil.CollectAndCompare(collector, strings.NewReader(want), name); err != nil {
		t.Error(err)
	}
	if n := testutil.CollectAndCount(collector, "headroom_slo_burn_rate", "headroom_slo_error_ratio", "headroom_slo_coverage_ratio"); n != 0 {
		t.Errorf("%d gauges of numbers that are not known", n)
	}
}

func TestGroupLabelsDoNotClash(t *testing.T) {
	status := apitest.Statuses()[0]
	status.Group = slo.NewGroup(map[string]string{"state": "berlin", "window": "left"})
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(api.NewGauges(func() []budget.Status { return []budget.Status{status} }))
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, family := range families {
		text.WriteString(family.String())
	}
	for _, want := range []string{"group_state", "group_window", "berlin", "left"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the gauges have no %q", want)
		}
	}
}
