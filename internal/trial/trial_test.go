package trial_test

import (
	"strings"
	"testing"

	"headroom/internal/trial"
	"headroom/slo"
	"headroom/slo/diag"
	"headroom/slo/manifest"
	"headroom/slo/slotest"
)

const shop = `headroom: v1
service: shop
objectives:
  availability:
    target: 99.9%
    ratio:
      bad: http_requests_total{job="shop", code=~"5.."}
      total: http_requests_total{job="shop"}
  regional:
    target: 99%
    group: [region]
    ratio:
      good: queries_total{outcome="ok"}
      total: queries_total
  latency:
    target: 99%
    latency: {histogram: d_seconds, where: '{job="shop"}', under: 300ms, good: '{code!~"5.."}'}
  native:
    target: 99%
    latency: {histogram: d_seconds, where: '{job="shop"}', under: 300ms, native: true}
  up:
    target: 99%
    gauge: up{job="shop"}
  queue:
    target: 99%
    gauge: {selector: 'depth{job="shop"}', good: "<= 100"}
  raw:
    target: 99%
    raw: {error_ratio: 'fails:ratio'}
  joined:
    target: 99%
    query: {bad: 'increase(bad_total[$range])', total: 'increase(all_total[$range])'}
  pipelines:
    target: 95%
    events: {kind: pipeline, where: 'branch == "main"'}
`

func specs(t testing.TB, text string) slotest.Specs {
	t.Helper()
	documents, problems := manifest.Parse("slo.yaml", []byte(text))
	objectives, more := manifest.Resolve(documents, nil)
	for _, p := range append(problems, more...) {
		t.Errorf("%s", p)
	}
	return func(string, []string) ([]*slo.Objective, []diag.Problem) { return objectives, nil }
}

// parse reads the cases of a test of the service shop.
func parse(t testing.TB, cases string) []slotest.Case {
	t.Helper()
	suites, problems := slotest.Parse("slo.test.yaml", []byte("headroom: v1\ntest: shop\ncases:\n"+cases), specs(t, shop))
	for _, p := range problems {
		t.Errorf("%s (%s)\n%s", p, p.Hint, p.Excerpt)
	}
	if len(suites) != 1 || len(suites[0].Cases) == 0 {
		t.Fatalf("%d suites", len(suites))
	}
	return suites[0].Cases
}

// run runs all cases and returns what went wrong, one line each.
func run(t testing.TB, cases string) string {
	t.Helper()
	var lines []string
	for _, c := range parse(t, cases) {
		outcome, err := trial.Run(t.Context(), &c)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %s", c.Name, outcome.Elapsed)
		for _, a := range outcome.Alerts {
			t.Logf("  %s %s %v %v", a.Name, a.Severity, a.Fires, a.Resolves)
		}
		for _, f := range outcome.Failures {
			lines = append(lines, c.Name+": "+f.What+": expected "+f.Expected+", got "+f.Got)
		}
	}
	return strings.Join(lines, "\n")
}

func TestIndicators(t *testing.T) {
	got := run(t, `
- name: availability
  objective: availability
  traffic: {rate: 100/s, errors: 0.05%}
  incidents: [{at: 30m, for: 20m, errors: 40%}]
  for: 2h
  expect:
  - {at: 0, remaining: 50% ± 0.01, data: ok}
  - {at: 2h, remaining: 30.18%, burn: {1h: 0.5, 2h: 67.08}, error_ratio: {1h: 0.05%}}
  - {alert: page, fires: 32m .. 36m, resolves: 60m .. 2h}
- name: grouped
  objective: regional
  groups: [{region: eu}, {region: us}]
  traffic: {rate: 10/s, errors: 0.5%}
  incidents: [{at: 10m, for: 10m, errors: 100%, group: {region: eu}}]
  for: 1h
  expect:
  - {remaining: 50% ± 0.1, group: {region: us}}
  - {remaining: 47.5% ± 0.1, group: {region: eu}}
- name: latency
  objective: latency
  traffic: {rate: 10/s, errors: 0.5%}
  incidents: [{at: 10m, for: 10m, errors: 100%}]
  for: 1h
  expect: [{remaining: 47.53% ± 0.01}]
- name: native
  objective: native
  traffic: {rate: 10/s, errors: 0.5%}
  incidents: [{at: 10m, for: 10m, errors: 100%}]
  for: 1h
  expect: [{remaining: 47.53% ± 0.5}]
- name: up
  objective: up
  traffic: {errors: 0.5%}
  incidents: [{at: 10m, for: 10m, errors: 100%}]
  for: 1h
  expect: [{remaining: 47.53% ± 0.02}]
- name: queue
  objective: queue
  traffic: {errors: 0.5%}
  incidents: [{at: 10m, for: 10m, errors: 100%}]
  for: 1h
  expect: [{remaining: 47.53% ± 0.02}]
- name: raw
  objective: raw
  traffic: {errors: 0.4321%}
  incidents: [{at: 10m, for: 10m, errors: 100%}]
  for: 1h
  expect: [{remaining: 54.32% ± 0.01}]
- name: joined
  objective: joined
  interval: 30s
  series:
  - {series: 'all_total{a="1"}', values: 0+300x120}
  - {series: 'bad_total{a="1"}', values: 0+3x120}
  for: 1h
  expect: [{remaining: 0% ± 0.1, burn: {30m: 1}, total: 35700 ± 600, budget: exhausted}]
- name: pipelines
  objective: pipelines
  before: {for: 28d, rate: 100/d, errors: 2%}
  runs:
  - {at: 10m, every: 10m, times: 20, outcome: failure, branch: main}
  - {at: 10m, every: 10m, times: 20, outcome: failure, branch: topic}
  for: 6h
  expect: [{remaining: 46% ± 1.1, total: 2795 ± 25, bad: 76 ± 1}]
`)
	if got != "" {
		t.Error(got)
	}
}
