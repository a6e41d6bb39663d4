package app_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"headroom/api/client"
	"headroom/api/v1"
	"headroom/internal/app"
	"headroom/slo/event"
)

const pipelineSpec = `headroom: v1
service: pipelines
objectives:
  success:
    target: 90%
    window: 1h
    resolution: 10s
    events: {kind: pipeline, source: ci, where: 'branch == "main"', ignore: [user]}
`

// page reads what Prometheus scrapes.
func (i *instance) page() string {
	i.t.Helper()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	answer, err := (&http.Client{Transport: transport}).Get(i.app.URL() + "metrics")
	if err != nil {
		i.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		i.t.Fatal(err)
	}
	return string(text)
}

// counts waits until the page shows one objective with so many good and bad
// events.
func (i *instance) counts(good, bad int) {
	i.t.Helper()
	want := fmt.Sprintf("bad %d, good %d", bad, good)
	i.eventually("count "+want, func() (bool, string) {
		var got []string
		for line := range strings.Lines(i.page()) {
			if rest, found := strings.CutPrefix(line, `headroom_slo_events_total{result="`); found {
				result, _, _ := strings.Cut(rest, `"`)
				got = append(got, result+line[strings.LastIndex(line, " "):len(line)-1])
			}
		}
		text := strings.Join(got, ", ")
		return text == want, text
	})
}

// TestEventsBecomeABudget reports runs to the service, and finds them on the
// page of metrics, in the rules, in the budget, and all of it after a restart.
func TestEventsBecomeABudget(t *testing.T) {
	var ahead atomic.Int64
	began := time.Now()
	clock := func(o *app.Options) {
		o.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	}
	i := launch(t, t.TempDir(), clock)
	i.write("slo.yaml", pipelineSpec)
	i.serves("default/pipelines/success 90%")
	i.counts(0, 0)
	if text := i.page(); !strings.Contains(text, "# TYPE headroom_slo_events_total counter\n") {
		t.Error("the counters have no type")
	}
	token := tokenOf(t, i)
	report := func(i *instance, run string, outcome event.Outcome, branch string) {
		t.Helper()
		transport := &http.Transport{}
		defer transport.CloseIdleConnections()
		c, err := client.New(i.app.URL(), client.Options{HTTPClient: &http.Client{Transport: transport}, Token: token})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Record(t.Context(), event.Event{
			Source: "ci", Kind: event.Pipeline, Subject: "shop", Run: run, Attempt: 1,
			Started: began, Finished: began.Add(time.Second), Outcome: outcome, Branch: branch,
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	report(i, "1", event.Success, "main")
	report(i, "2", event.Failure, "main")
	report(i, "2", event.Failure, "main")
	report(i, "3", event.Failure, "feature")
	i.counts(1, 1)
	if text := i.rules(); !strings.Contains(text, "headroom_slo_events_total") {
		t.Errorf("the rules do not read the counters:\n%s", text)
	}
	ahead.Store(int64(40 * time.Second))
	budget := func(i *instance) {
		t.Helper()
		i.eventually("show the budget", func() (bool, string) {
			slos, err := i.client.SLOs(t.Context(), v1.Filter{})
			if err != nil || len(slos) != 1 {
				return false, "no objective"
			}
			b := slos[0]
			return b.Total != nil && *b.Total == 2 && b.Bad != nil && *b.Bad == 1, b.Reason
		})
	}
	budget(i)
	i.stop()
	again := launch(t, i.dir, clock)
	again.counts(1, 1)
	budget(again)
	report(again, "2", event.Failure, "main")
	again.counts(1, 1)
}

// TestRunsThatCannotBeJudgedAreAProblem reports a run without the time that the
// objective needs.
func TestRunsThatCannotBeJudgedAreAProblem(t *testing.T) {
	i := launch(t, t.TempDir(), nil)
	i.write("slo.yaml", strings.Replace(pipelineSpec, "ignore: [user]", "good: {from: queued, to: started, under: 1m}", 1))
	i.serves("default/pipelines/success 90%")
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	c, err := client.New(i.app.URL(), client.Options{HTTPClient: &http.Client{Transport: transport}, Token: tokenOf(t, i)})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Record(t.Context(), event.Event{
		Source: "ci", Kind: event.Pipeline, Subject: "shop", Run: "1", Attempt: 1, Finished: time.Now(), Outcome: event.Success, Branch: "main",
	})
	if err != nil {
		t.Fatal(err)
	}
	problems, err := c.Problems(t.Context())
	if err != nil || len(problems) != 1 || problems[0].Check != "events-not-judged" || !strings.Contains(problems[0].Message, "default/pipelines/success: ") ||
		!strings.Contains(problems[0].Message, "judged: 1; the last: judge the time from queued to started") {
		t.Errorf("%+v, %v", problems, err)
	}
}
