package github_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"headroom/api"
	"headroom/budget"
	"headroom/collectors"
	"headroom/collectors/collectortest"
	"headroom/collectors/github"
	"headroom/slo/event"
)

const secret = "open sesame, forty thieves"

func newSource() *github.Source {
	return github.New(func() (string, error) { return secret, nil })
}

func payload(t testing.TB, name string) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// change returns a payload with other values in its workflow_run, and another
// action unless that is "".
func change(t testing.TB, body []byte, action string, values map[string]any) []byte {
	t.Helper()
	var d map[string]any
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if err := decoder.Decode(&d); err != nil {
		t.Fatal(err)
	}
	if action != "" {
		d["action"] = action
	}
	run, ok := d["workflow_run"].(map[string]any)
	if !ok {
		t.Fatal("the payload has no workflow_run")
	}
	for name, value := range values {
		run[name] = value
	}
	changed, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	return changed
}

func delivery(kind string, body []byte) collectortest.Delivery {
	return collectortest.Delivery{Body: body, Header: http.Header{
		"X-Github-Event": {kind}, "X-Github-Delivery": {"72d3162e-cc78-11e3-81ab-4c9367dc0958"},
		"Content-Type": {"application/json"}, "User-Agent": {"GitHub-Hookshot/044aadd"},
	}}
}

func sign(d collectortest.Delivery) collectortest.Delivery {
	d.Header = d.Header.Clone()
	d.Header.Set("X-Hub-Signature-256", github.Sign(secret, d.Body))
	return d
}

func read(t testing.TB, body []byte) (event.Event, error) {
	t.Helper()
	d := sign(delivery("workflow_run", body))
	events, err := newSource().Read(d.Header, d.Body)
	if len(events) != 1 {
		return event.Event{}, err
	}
	return events[0], err
}

// TestSignature is the vector in GitHub's documentation.
func TestSignature(t *testing.T) {
	const want = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
	if got := github.Sign("It's a Secret to Everybody", []byte("Hello, World!")); got != want {
		t.Errorf("signature %s, want %s", got, want)
	}
}

func TestConformance(t *testing.T) {
	requested := payload(t, "workflow_run.requested.json")
	completed := payload(t, "workflow_run.completed.json")
	forge := func(value func(string) string) func(collectortest.Delivery) collectortest.Delivery {
		return func(d collectortest.Delivery) collectortest.Delivery {
			d.Header = d.Header.Clone()
			d.Header.Set("X-Hub-Signature-256", value(d.Header.Get("X-Hub-Signature-256")))
			return d
		}
	}
	collectortest.Run(t, collectortest.Collector{
		Path:   "/webhooks/platform",
		Secret: secret,
		Sign:   sign,
		Serve: func(t *testing.T, recorder *collectortest.Recorder) http.Handler {
			t.Helper()
			handler, err := api.New(api.Options{
				Statuses: func() []budget.Status { return nil }, Registry: prometheus.NewRegistry(),
				Recorder: recorder, Webhooks: []api.Webhook{{Name: "platform", Source: newSource()}},
			})
			if err != nil {
				t.Fatal(err)
			}
			return handler
		},
		Forge: map[string]func(collectortest.Delivery) collectortest.Delivery{
			"empty":          forge(func(string) string { return "" }),
			"scheme only":    forge(func(string) string { return "sha256=" }),
			"no scheme":      forge(func(s string) string { return strings.TrimPrefix(s, "sha256=") }),
			"other scheme":   forge(func(s string) string { return strings.Replace(s, "sha256", "sha1", 1) }),
			"half":           forge(func(s string) string { return s[:len(s)/2+3] }),
			"longer":         forge(func(s string) string { return s + "00" }),
			"no hex":         forge(func(s string) string { return s[:len(s)-1] + "g" }),
			"another secret": forge(func(string) string { return github.Sign("guess", completed) }),
			"empty secret":   forge(func(string) string { return github.Sign("", completed) }),
		},
		Deliveries: []collectortest.Delivery{
			delivery("workflow_run", requested),
			delivery("workflow_run", change(t, requested, "in_progress", map[string]any{"status": "in_progress"})),
			delivery("workflow_run", change(t, completed, "", map[string]any{"updated_at": "2020-10-05T18:00:00Z"})),
			delivery("workflow_run", completed),
		},
		Unknown: delivery("check_suite", completed),
	})
}

func TestCompletedRun(t *testing.T) {
	got, err := read(t, payload(t, "workflow_run.completed.json"))
	if err != nil {
		t.Fatal(err)
	}
	want := event.Event{
		Source: "github", Kind: event.Pipeline, Subject: "octo-org/octo-repo: test.yml", Run: "289782451", Attempt: 1,
		Queued:   time.Date(2020, 10, 5, 16, 33, 24, 0, time.UTC),
		Started:  time.Date(2020, 10, 5, 16, 33, 49, 0, time.UTC),
		Finished: time.Date(2020, 10, 5, 16, 33, 49, 0, time.UTC),
		Outcome:  event.Success, Branch: "master", Revision: "3484a3fb816e0859fd6e1cea078d76385ff50625",
		URL:        "https://github.com/octo-org/octo-repo/actions/runs/289782451",
		Attributes: map[string]string{"repository": "octo-org/octo-repo", "workflow": "test", "trigger": "repository_dispatch", "conclusion": "success"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestFirstEndIsKept: GitHub tells no end but updated_at, which moves when the
// run is touched afterwards.
func TestFirstEndIsKept(t *testing.T) {
	completed := payload(t, "workflow_run.completed.json")
	first, err := read(t, completed)
	if err != nil {
		t.Fatal(err)
	}
	touched, err := read(t, change(t, completed, "", map[string]any{"updated_at": "2020-12-24T00:00:00Z"}))
	if err != nil {
		t.Fatal(err)
	}
	for _, merged := range []event.Event{event.Merge(first, touched), event.Merge(touched, first)} {
		if !merged.Finished.Equal(first.Finished) {
			t.Errorf("finished %s, want that of the first delivery, %s", merged.Finished, first.Finished)
		}
	}
}

func TestConclusions(t *testing.T) {
	for conclusion, want := range map[string]struct {
		outcome event.Outcome
		fault   event.Fault
	}{
		"success":         {event.Success, ""},
		"failure":         {event.Failure, event.FaultUnknown},
		"timed_out":       {event.Failure, event.FaultUnknown},
		"startup_failure": {event.Failure, event.FaultPlatform},
		"cancelled":       {event.Cancelled, event.FaultCancelled},
		"skipped":         {event.Skipped, ""},
		"neutral":         {event.Skipped, ""},
		"stale":           {event.Skipped, ""},
		"action_required": {event.Unsettled, ""},
	} {
		got, err := read(t, change(t, payload(t, "workflow_run.completed.json"), "", map[string]any{"conclusion": conclusion}))
		if err != nil || got.Outcome != want.outcome || got.Fault != want.fault {
			t.Errorf("%s: %q, fault %q, %v; want %q, %q", conclusion, got.Outcome, got.Fault, err, want.outcome, want.fault)
		}
	}
}

func TestOnlyCompletedRunsSettle(t *testing.T) {
	completed := payload(t, "workflow_run.completed.json")
	for name, body := range map[string][]byte{
		"requested with a conclusion":   change(t, completed, "requested", nil),
		"in progress with a conclusion": change(t, completed, "in_progress", nil),
	} {
		if got, err := read(t, body); err != nil || got.Settled() || !got.Finished.IsZero() {
			t.Errorf("%s: %+v, %v; want it not settled", name, got, err)
		}
	}
	for name, body := range map[string][]byte{
		"completed in progress":        change(t, completed, "", map[string]any{"status": "in_progress"}),
		"completed without conclusion": change(t, completed, "", map[string]any{"conclusion": nil}),
		"a new conclusion":             change(t, completed, "", map[string]any{"conclusion": "splendid"}),
		"a new action":                 change(t, completed, "reconsidered", nil),
	} {
		if _, err := read(t, body); !errors.Is(err, collectors.ErrIgnored) {
			t.Errorf("%s: %v, want it ignored", name, err)
		}
	}
}

// TestApprovedRun waits for an approval first, and then succeeds as the same
// attempt.
func TestApprovedRun(t *testing.T) {
	completed := payload(t, "workflow_run.completed.json")
	waits, err := read(t, change(t, completed, "", map[string]any{"conclusion": "action_required", "updated_at": "2020-10-05T16:33:30Z"}))
	if err != nil {
		t.Fatal(err)
	}
	done, err := read(t, completed)
	if err != nil {
		t.Fatal(err)
	}
	if merged := event.Merge(waits, done); merged.Outcome != event.Success {
		t.Errorf("outcome %q, want success", merged.Outcome)
	}
}

// TestLaterAttempts keep the first attempt's created_at, which is not when they
// were queued.
func TestLaterAttempts(t *testing.T) {
	got, err := read(t, change(t, payload(t, "workflow_run.completed.json"), "", map[string]any{
		"run_attempt": 2, "run_started_at": "2020-10-06T08:00:00Z", "updated_at": "2020-10-06T08:05:00Z", "conclusion": "failure",
	}))
	if err != nil || got.Attempt != 2 || !got.Queued.IsZero() || got.Finished.Sub(got.Started) != 5*time.Minute {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestBranches(t *testing.T) {
	for name, test := range map[string]struct {
		values map[string]any
		want   string
	}{
		"own":            {map[string]any{"head_branch": "main"}, "main"},
		"fork":           {map[string]any{"head_branch": "main", "event": "pull_request", "head_repository": map[string]any{"full_name": "eve/octo-repo"}}, "eve:main"},
		"deleted fork":   {map[string]any{"head_branch": "main", "event": "pull_request_target", "head_repository": nil}, "deleted:main"},
		"none":           {map[string]any{"head_branch": nil}, ""},
		"case of a name": {map[string]any{"head_branch": "main", "head_repository": map[string]any{"full_name": "Octo-Org/octo-repo"}}, "main"},
	} {
		got, err := read(t, change(t, payload(t, "workflow_run.completed.json"), "", test.values))
		if err != nil || got.Branch != test.want {
			t.Errorf("%s: branch %q, %v; want %q", name, got.Branch, err, test.want)
		}
	}
}

func TestSubjects(t *testing.T) {
	for path, want := range map[string]string{
		".github/workflows/build.yml":                    "octo-org/octo-repo: build.yml",
		".github/workflows/build.yml@refs/heads/main":    "octo-org/octo-repo: build.yml",
		"dynamic/pages/pages-build-deployment":           "octo-org/octo-repo: dynamic/pages/pages-build-deployment",
		".github/workflows/" + strings.Repeat("é", 1000): "octo-org/octo-repo: " + strings.Repeat("é", 246),
	} {
		got, err := read(t, change(t, payload(t, "workflow_run.completed.json"), "", map[string]any{"path": path}))
		if err != nil || got.Subject != want {
			t.Errorf("%s: subject %q, %v; want %q", path, got.Subject, err, want)
		}
	}
}

func TestPing(t *testing.T) {
	d := sign(delivery("ping", payload(t, "ping.json")))
	if _, err := newSource().Read(d.Header, d.Body); !errors.Is(err, collectors.ErrIgnored) || !strings.Contains(err.Error(), "the secrets agree") {
		t.Errorf("%v, want it ignored with a word", err)
	}
}

func TestSecretsThatAreNotThere(t *testing.T) {
	d := delivery("workflow_run", payload(t, "workflow_run.completed.json"))
	d.Header.Set("X-Hub-Signature-256", github.Sign("", d.Body))
	for name, get := range map[string]func() (string, error){
		"empty":      func() (string, error) { return "", nil },
		"unreadable": func() (string, error) { return "", os.ErrPermission },
	} {
		events, err := github.New(get).Read(d.Header, d.Body)
		if err == nil || len(events) > 0 || errors.Is(err, collectors.ErrUnauthenticated) {
			t.Errorf("%s: %v, %v; want an error of headroom's own", name, events, err)
		}
	}
}

// FuzzRead looks for bodies that make the reader panic, and for events out of
// their bounds. Without the secret nothing gets through.
func FuzzRead(f *testing.F) {
	completed := payload(f, "workflow_run.completed.json")
	for _, body := range [][]byte{
		completed, payload(f, "workflow_run.requested.json"), payload(f, "ping.json"),
		change(f, completed, "", map[string]any{"run_attempt": -1, "head_branch": "\x00\u2028", "html_url": "javascript:x"}),
		change(f, completed, "", map[string]any{"updated_at": "9999-01-01T00:00:00Z", "path": "", "name": ""}),
		[]byte(`{"workflow_run":{"id":1},"repository":{"full_name":"a/b"},"action":"requested"}`),
	} {
		f.Add("workflow_run", "application/json", "sha256=00", body)
	}
	f.Fuzz(func(t *testing.T, kind, mediaType, signature string, body []byte) {
		header := http.Header{"X-Github-Event": {kind}, "Content-Type": {mediaType}, "X-Hub-Signature-256": {signature}}
		if events, err := newSource().Read(header, body); !errors.Is(err, collectors.ErrUnauthenticated) || events != nil {
			t.Fatalf("without the secret: %v, %v", events, err)
		}
		header.Set("X-Hub-Signature-256", github.Sign(secret, body))
		events, err := newSource().Read(header, body)
		for _, e := range events {
			if invalid := e.Validate(); err != nil || invalid != nil {
				t.Fatalf("an event that is not valid: %v, %v", err, invalid)
			}
		}
		for _, known := range []error{collectors.ErrMalformed, collectors.ErrIgnored, collectors.ErrUnsupported} {
			if errors.Is(err, known) {
				return
			}
		}
		if err != nil {
			t.Fatalf("an error of no kind: %v", err)
		}
	})
}

func TestABadAddressIsLeftOut(t *testing.T) {
	completed := payload(t, "workflow_run.completed.json")
	for _, address := range []string{
		"javascript:alert(1)", "https://x/" + strings.Repeat("a", event.MaxURL), "https://x/%zz", "https:///only/a/path", "/runs/1", "https://x/a\nb", "",
	} {
		e, err := read(t, change(t, completed, "", map[string]any{"html_url": address}))
		if err != nil || e.URL != "" || e.Run == "" || e.Validate() != nil {
			t.Errorf("%.40q: URL %.40q, run %q, %v, %v", address, e.URL, e.Run, err, e.Validate())
		}
	}
	if e, err := read(t, completed); err != nil || !strings.HasPrefix(e.URL, "https://github.com/") {
		t.Errorf("a good one: %q, %v", e.URL, err)
	}
}
