package live_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"headroom/slo/live"
)

const head = "headroom: v1\nservice: checkout\nobjectives:\n  a:\n    target: 99%\n"

func ratio(bad, total string) string {
	return head + fmt.Sprintf("    ratio: {bad: '%s', total: '%s'}\n", bad, total)
}

const sound = `http_requests_total{job="checkout"}`

// TestCases asks about specs whose problems need more than one word: what is
// wanted stands in the text that a person reads.
func TestCases(t *testing.T) {
	s := newStore(t)
	for name, test := range map[string]struct {
		spec string
		want []string // all of them, in this order; none for no problem at all
	}{
		"errors that are not classed as expected": {
			ratio(`http_requests_total{job="checkout", code="5xx"}`, sound),
			[]string{`warning: no series of http_requests_total has code="5xx", now or within the last 28d: no event would be bad`, `its values are "200" (3 series), "404" (2 series), "500" (2 series); when it is right and nothing went wrong yet`},
		},
		"a mistyped label that excludes nothing": {
			head + "    ratio: {good: 'http_requests_total{job=\"checkout\", cod!~\"5..\"}', total: '" + sound + "'}\n",
			[]string{`:6:56: warning: no series of http_requests_total has a label cod, so cod!~"5.." excludes nothing [live-label]`, "did you mean code?"},
		},
		"a counter without its ending": {
			ratio(`http_requests{job="checkout", code=~"5.."}`, sound),
			[]string{"warning: the metrics store has no series named http_requests,", "did you mean http_requests_total?"},
		},
		"a metric like no other": {
			ratio("completely_different_thing", sound),
			[]string{"warning: the metrics store has no series named completely_different_thing", "export it as 0 from the start"},
		},
		"one side of an or is enough": {
			ratio(`http_requests_total{job="checkout", code="500"}`, `absent_requests_total or http_requests_total{job="checkout"}`),
			[]string{"warning: the metrics store has no series named absent_requests_total"},
		},
		"no metadata, and it falls": {
			ratio(`unknown_thing{job="checkout"}`, sound),
			[]string{"error: unknown_thing fell 9 of 59 times that it changed within 1h: that is no counter"},
		},
		"a summary": {
			head + "    latency: {histogram: db_seconds, under: 250ms}\n",
			[]string{"error: db_seconds is a native histogram"},
		},
		"a histogram that is not there for this job": {
			head + "    latency: {histogram: http_request_duration_seconds, where: '{job=\"chekout\"}', under: 250ms}\n",
			[]string{`:6:66: error: no series of http_request_duration_seconds_count has job="chekout"`, "did you mean checkout?"},
		},
		"a histogram that is not there at all": {
			head + "    latency: {histogram: http_request_duration, under: 250ms}\n",
			[]string{"error: the metrics store has no series named http_request_duration_count", "did you mean http_request_duration_seconds?"},
		},
		"a threshold that Prometheus 3 writes with a point": {
			head + "    latency: {histogram: http_request_duration_seconds, where: '{job=\"checkout\"}', under: 1s}\n", nil,
		},
		"a threshold above all buckets": {
			head + "    latency: {histogram: http_request_duration_seconds, under: 10s}\n",
			[]string{"no bucket at 10s: its highest is 1s; 1% of the requests", "Buckets: []float64{0.1, 0.25, 0.5, 1, 10}", "or write under: 1s"},
		},
		"buckets that are known": {
			head + "    latency: {histogram: http_request_duration_seconds, under: 300ms, buckets: [100ms, 250ms, 500ms, 1s]}\n",
			[]string{"warning: http_request_duration_seconds has no bucket at 300ms: its neighbours are 250ms and 500ms; 6% of the requests within 1d"},
		},
		"good requests that are not there": {
			head + "    latency: {histogram: http_request_duration_seconds, under: 250ms, good: '{code=\"20\"}'}\n",
			[]string{`error: no series of http_request_duration_seconds_bucket has code="20"`, "did you mean 200?"},
		},
		"an error ratio":                      {head + "    raw: {error_ratio: 'share_of_errors{job=\"checkout\"}'}\n", nil},
		"an error ratio of nothing":           {head + "    raw: {error_ratio: 'share_of_error{job=\"checkout\"}'}\n", []string{"error: the metrics store has no series named share_of_error", "did you mean share_of_errors?"}},
		"an error ratio that is a percentage": {head + "    raw: {error_ratio: 'queue_depth{job=\"checkout\"} * 10'}\n", []string{"error: the error ratio is 20 now, and its bounds are 0 and 1 [live-raw-ratio]", "divide it by 100"}},
		"a query": {
			head + "    query: {bad: 'increase(http_requests_total{job=\"checkout\", code=\"500\"}[$range])', total: 'increase(http_requests_total{job=\"checkout\"}[$range])'}\n", nil,
		},
		"a query with a mistake": {
			head + "    query: {bad: 'increase(http_requests_total{job=\"checkout\", kode=\"500\"}[$range])', total: 'increase(http_requests_total{job=\"checkout\"}[$range])'}\n",
			[]string{`error: no series of http_requests_total has a label kode`, "did you mean code?"},
		},
		"a template whose metrics are not there": {
			head + "    template: {name: otel-http-availability, with: {job: checkout}}\n",
			[]string{":6:5: ", "the metrics store has no series named http_server_request_duration_seconds_count", "    template: {name"},
		},
		"platform events are not there to be asked for": {head + "    events: {kind: pipeline}\n", nil},
	} {
		t.Run(name, func(t *testing.T) {
			got := shown(check(t, s, test.spec).Problems)
			rest := got
			for _, want := range test.want {
				_, after, found := strings.Cut(rest, want)
				if !found {
					t.Fatalf("want %q in\n%s", want, got)
				}
				rest = after
			}
			if len(test.want) == 0 && got != "" {
				t.Errorf("want no problems, got\n%s", got)
			}
		})
	}
}

func TestMeasured(t *testing.T) {
	s := newStore(t)
	report := check(t, s, head+"    group: [region]\n    ratio: {bad: 'http_requests_total{job=\"checkout\", code=\"500\"}', total: '"+sound+"'}\n")
	if len(report.Measured) != 1 || report.Retention != s.retention {
		t.Fatalf("%+v", report)
	}
	m := report.Measured[0]
	near := func(got, want float64) bool { return got > 0.99*want && got < 1.01*want }
	// 630.6 requests a minute in one region and half of that in the other.
	if m.Series != 6 || m.Groups != 2 || !near(m.PerSecond, 945.9/60) || !near(m.BadRatio, 0.9/945.9) || !near(m.Budget, 945.9*60*24*28*0.01) || m.SamplesPerMinute < 1000 {
		t.Errorf("%+v", m)
	}
}

// TestLittleTrafficOfOneGroup finds the group that has too little.
func TestLittleTrafficOfOneGroup(t *testing.T) {
	s := newStore(t)
	got := shown(check(t, s, strings.Replace(head, "99%", "99.99999%", 1)+"    group: [region]\n    ratio: {bad: 'http_requests_total{code=\"500\"}', total: http_requests_total}\n").Problems)
	if !strings.Contains(got, `the error budget of {"region"="us"} (3 of 3 groups have so little) is 1.3 events in 28d`) {
		t.Errorf("got\n%s", got)
	}
}

func TestAnswersThatFail(t *testing.T) {
	s := newStore(t)
	errSlow, errGone := errors.New("query timed out"), errors.New("connection refused")
	s.fail = func(expr string) error {
		if strings.Contains(expr, "5..") {
			return errSlow
		}
		return nil
	}
	two := ratio(`http_requests_total{code=~"5.."}`, "http_request_total")
	got := shown(check(t, s, two).Problems)
	if !strings.Contains(got, "warning: the metrics store did not answer: query timed out [live-not-checked]") || !strings.Contains(got, "[live-no-series]") {
		t.Errorf("got\n%s", got)
	}
	s.fail = func(string) error { return errGone }
	_, err := live.Check(t.Context(), specs(t, two), live.Options{Server: s, Now: now, Fatal: func(err error) bool { return errors.Is(err, errGone) }})
	if !errors.Is(err, errGone) {
		t.Errorf("an error that ends everything: %v", err)
	}
	s.fail = nil
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := live.Check(ctx, specs(t, two), live.Options{Server: s, Now: now}); !errors.Is(err, context.Canceled) {
		t.Errorf("a context that ended: %v", err)
	}
}

// TestStoresThatSayLess runs all that is possible without metadata, and without
// a word on retention.
func TestStoresThatSayLess(t *testing.T) {
	s := newStore(t)
	s.types, s.retention = nil, 0
	report := check(t, s, ratio(`http_requests_total{job="checkout", code=~"5.."}`, sound))
	if len(report.Problems) > 0 || report.Retention != 0 || len(report.Measured) != 1 {
		t.Errorf("%+v", report)
	}
}

// TestQuestionsAreAskedOnce: objectives of one service share most of them.
func TestQuestionsAreAskedOnce(t *testing.T) {
	s := newStore(t)
	asked := map[string]int{}
	done := 0
	s.fail = func(expr string) error { asked[expr]++; return nil }
	spec := ratio(`http_requests_total{job="checkout", code=~"5.."}`, sound)
	for _, name := range []string{"b", "c", "d"} {
		spec += strings.ReplaceAll(strings.TrimPrefix(ratio(`http_requests_total{job="checkout", code=~"5.."}`, sound), strings.TrimSuffix(head, "  a:\n    target: 99%\n")), "  a:", "  "+name+":")
	}
	report, err := live.Check(t.Context(), specs(t, spec), live.Options{Server: s, Now: now, Parallel: 1, Progress: func(n, of int) {
		if done++; n != done || of != 4 {
			t.Errorf("progress %d of %d, want %d of 4", n, of, done)
		}
	}})
	if err != nil || len(report.Problems) > 0 || len(report.Measured) != 4 || done != 4 {
		t.Fatalf("%+v, %v, %d", report, err, done)
	}
	for expr, times := range asked {
		if times != 1 {
			t.Errorf("%s was asked %d times", expr, times)
		}
	}
}
