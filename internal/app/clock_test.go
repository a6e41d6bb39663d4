package app_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"headroom/api/client"
	"headroom/api/v1"
	"headroom/internal/app"
	"headroom/slo/event"
)

// TestClockOfTheServiceJumps sets the clock of the whole service a day ahead and
// back. Events go on being counted in their own time, and nothing that is served
// has an age or a share below nothing.
func TestClockOfTheServiceJumps(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64
	i := launch(t, t.TempDir(), func(o *app.Options) {
		o.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	})
	i.write("slo.yaml", pipelineSpec)
	i.serves("default/pipelines/success 90%")
	began := time.Now()
	i.reports("1", event.Success, began)
	counted := func(jump time.Duration, total, bad float64) {
		t.Helper()
		ahead.Store(int64(jump))
		i.eventually(fmt.Sprintf("count %v of %v", bad, total), func() (bool, string) {
			slos, err := i.client.SLOs(t.Context(), v1.Filter{})
			if err != nil || len(slos) != 1 {
				return false, "no objective"
			}
			b := slos[0]
			if total == 0 && b.Total == nil {
				return true, ""
			}
			return b.Total != nil && *b.Total == total && *b.Bad == bad, fmt.Sprintf("%+v", b)
		})
		i.soundNumbers()
	}
	counted(40*time.Second, 1, 0)
	counted(24*time.Hour, 0, 0)
	i.reports("2", event.Failure, began.Add(45*time.Second))
	counted(80*time.Second, 2, 1)
	i.reports("3", event.Failure, began.Add(81*time.Second))
	counted(120*time.Second, 3, 2)
}

func (i *instance) reports(run string, outcome event.Outcome, finished time.Time) {
	i.t.Helper()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	c, err := client.New(i.app.URL(), client.Options{HTTPClient: &http.Client{Transport: transport}, Token: tokenOf(i.t, i)})
	if err != nil {
		i.t.Fatal(err)
	}
	_, err = c.Record(i.t.Context(), event.Event{
		Source: "ci", Kind: event.Pipeline, Subject: "shop", Run: run, Attempt: 1, Finished: finished, Outcome: outcome, Branch: "main",
	})
	if err != nil {
		i.t.Fatal(err)
	}
}

var (
	negativeAge   = regexp.MustCompile(`-\d+ (s|min|h|days) ago`)
	negativeValue = regexp.MustCompile(`(?m)^headroom_\w+(\{[^}]*\})? -.*$`)
)

// soundNumbers looks for what cannot be on pages and in metrics.
func (i *instance) soundNumbers() {
	i.t.Helper()
	for _, path := range []string{"/", "/slos/default/pipelines/success", "/metrics", "/api/v1/slos", "/api/v1/annotations"} {
		code, body := i.get(path)
		if code >= http.StatusInternalServerError {
			i.t.Errorf("GET %s: %d", path, code)
		}
		if found := negativeAge.FindString(body); found != "" {
			i.t.Errorf("GET %s says %q", path, found)
		}
		for _, line := range negativeValue.FindAllString(body, -1) {
			if !strings.Contains(line, "remaining") {
				i.t.Errorf("GET %s says %s", path, line)
			}
		}
	}
}
