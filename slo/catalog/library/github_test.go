package library_test

import (
	"encoding/json"
	"net/http"
	"os"
	"testing"
	"time"

	"headroom/collectors/github"
	"headroom/slo/catalog"
	"headroom/slo/event"
)

// conclusions are runs as GitHub tells of them: how they end, how long they
// wait and run, and what each template makes of them.
var conclusions = []struct {
	values                    map[string]any
	wait, ran                 time.Duration
	success, duration, queued mark
}{
	{map[string]any{"conclusion": "success"}, 25 * time.Second, 9 * time.Minute, good, good, good},
	{map[string]any{"conclusion": "success"}, 3 * time.Minute, 11 * time.Minute, good, bad, bad},
	{map[string]any{"conclusion": "success", "run_attempt": 2}, time.Hour, time.Minute, good, good, other},
	{map[string]any{"conclusion": "failure"}, 25 * time.Second, 2 * time.Minute, bad, other, good},
	{map[string]any{"conclusion": "timed_out"}, 25 * time.Second, 6 * time.Hour, bad, bad, good},
	{map[string]any{"conclusion": "startup_failure"}, 25 * time.Second, time.Second, bad, other, good},
	{map[string]any{"conclusion": "cancelled"}, 25 * time.Second, 2 * time.Hour, other, other, other},
	{map[string]any{"conclusion": "skipped"}, 25 * time.Second, time.Second, other, other, other},
	{map[string]any{"conclusion": "neutral"}, 25 * time.Second, time.Second, other, other, other},
	{map[string]any{"conclusion": "action_required"}, 25 * time.Second, time.Second, other, other, other},
	{map[string]any{"conclusion": "failure", "head_branch": "topic"}, 25 * time.Second, time.Hour, other, other, good},
	{map[string]any{"conclusion": "failure", "head_repository": map[string]any{"full_name": "mallory/octo-repo"}}, 25 * time.Second, time.Hour, other, other, good},
}

// TestTemplatesJudgeRunsOfGitHub sends deliveries through the collector and
// counts what comes out with three templates.
func TestTemplatesJudgeRunsOfGitHub(t *testing.T) {
	body, err := os.ReadFile("../../../collectors/github/testdata/workflow_run.completed.json")
	if err != nil {
		t.Fatal(err)
	}
	master := catalog.Values{"branch": catalog.Text("master"), "pipeline": catalog.Text("octo-org/.+")}
	tests := []*testCase{
		{template: "pipeline-success", values: master, bad: 3, total: 6},
		{template: "pipeline-duration", values: master, bad: 2, total: 4},
		{template: "pipeline-queue-time", values: catalog.Values{}, bad: 1, total: 7},
	}
	for _, run := range conclusions {
		e := deliver(t, body, run.values, run.wait, run.ran)
		for i, m := range []mark{run.success, run.duration, run.queued} {
			tests[i].events = append(tests[i].events, platformEvent{m, 1, e})
		}
	}
	for _, c := range tests {
		t.Run(c.template, c.evaluate)
	}
}

// deliver signs a delivery about a completed run and reads it.
func deliver(t *testing.T, body []byte, values map[string]any, wait, ran time.Duration) event.Event {
	t.Helper()
	var d map[string]any
	if err := json.Unmarshal(body, &d); err != nil {
		t.Fatal(err)
	}
	run, ok := d["workflow_run"].(map[string]any)
	if !ok {
		t.Fatal("the payload has no workflow_run")
	}
	for name, value := range values {
		run[name] = value
	}
	run["created_at"] = epoch.Format(time.RFC3339)
	run["run_started_at"] = epoch.Add(wait).Format(time.RFC3339)
	run["updated_at"] = epoch.Add(wait + ran).Format(time.RFC3339)
	changed, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	const secret = "open sesame, forty thieves"
	source := github.New(func() (string, error) { return secret, nil })
	events, err := source.Read(http.Header{
		"X-Github-Event": {"workflow_run"}, "X-Github-Delivery": {"72d3162e-cc78-11e3-81ab-4c9367dc0958"},
		"Content-Type": {"application/json"}, "X-Hub-Signature-256": {github.Sign(secret, changed)},
	}, changed)
	if err != nil || len(events) != 1 {
		t.Fatalf("%v: %d events, %v", values, len(events), err)
	}
	return events[0]
}
