package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"headroom/alerting"
	"headroom/budget/events"
	"headroom/budget/sqlite"
	"headroom/rules"
	"headroom/slo"
	"headroom/slo/event"
)

// TestPrometheusCountsSingleRuns lets Debian's Prometheus scrape the counters
// and evaluate the rules while runs fail one by one, at other moments of its
// scrapes and evaluations each time.
func TestPrometheusCountsSingleRuns(t *testing.T) {
	o := &slo.Objective{
		ID:     slo.ID{Namespace: "platform", Service: "pipelines", Objective: "success"},
		Target: slo.MustTarget("90%"), Window: slo.Window{Rolling: time.Hour}, Resolution: slo.MinResolution,
		Indicator: slo.Events{EventKind: "pipeline"},
	}
	recorder := startRecorder(t, o)
	page := httptest.NewServer(promhttp.HandlerFor(recorder, promhttp.HandlerOpts{}))
	t.Cleanup(page.Close)
	p := startPrometheus(t, map[string]string{"headroom": page.Listener.Addr().String()}, "")
	p.stop()
	writeFile(t, p.rulesFile, compiled(t, o))
	p.start()
	counted := func() string {
		return p.ask(t, "sum(sum_over_time(slo:bad:tile[10m])) * 1000 + sum(sum_over_time(slo:total:tile[10m]))")
	}
	eventually(t, "the first tile", func() (bool, string) { return counted() == "0", counted() })
	const runs = 15
	for n := range runs {
		outcome := event.Failure
		if n%3 == 2 {
			outcome = event.Success
		}
		_, err := recorder.Record(context.Background(), event.Event{
			Source: "ci", Kind: event.Pipeline, Subject: "shop", Run: strconv.Itoa(n), Attempt: 1, Finished: time.Now(), Outcome: outcome,
		})
		if err != nil {
			t.Fatal(err)
		}
		traffic(2*time.Second + 170*time.Millisecond)
	}
	want := strconv.Itoa(10*1000 + runs)
	eventually(t, "all runs in tiles", func() (bool, string) { return counted() == want, counted() })
	traffic(12 * time.Second) // one more tile, which holds none of them again
	if got := counted(); got != want {
		t.Errorf("tiles hold %s, want %s", got, want)
	}
}

func startRecorder(t *testing.T, o *slo.Objective) *events.Recorder {
	t.Helper()
	db, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), "headroom.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	recorder, err := events.New(events.Options{Store: db.Events()})
	if err != nil {
		t.Fatal(err)
	}
	if err := recorder.SetObjectives(t.Context(), []*slo.Objective{o}); err != nil {
		t.Fatal(err)
	}
	return recorder
}

func compiled(t *testing.T, o *slo.Objective) string {
	t.Helper()
	groups, err := rules.Compile(o, alerting.NewPlan(o), rules.Prometheus242, rules.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := rules.Write(&file, slices.Values(groups)); err != nil {
		t.Fatal(err)
	}
	return file.String()
}

// ask returns the only value of a query, or what is wrong with it.
func (p *prometheus2) ask(t *testing.T, query string) string {
	t.Helper()
	body, status, err := get(p.url + "/api/v1/query?query=" + url.QueryEscape(query))
	if err != nil || status != http.StatusOK {
		return fmt.Sprintf("%d %v", status, err)
	}
	var answer struct {
		Data struct {
			Result []struct {
				Value [2]any `json:"value"`
			} `json:"result"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &answer); err != nil || len(answer.Data.Result) != 1 {
		return strings.TrimSpace(string(body))
	}
	return fmt.Sprint(answer.Data.Result[0].Value[1])
}
