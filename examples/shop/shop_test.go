package main

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
)

func TestScheduleRepeats(t *testing.T) {
	s := schedule{first: 30 * time.Second, every: 10 * time.Minute, length: 30 * time.Second}
	for at, want := range map[time.Duration]bool{
		0:                                false,
		29 * time.Second:                 false,
		30 * time.Second:                 true,
		59 * time.Second:                 true,
		time.Minute:                      false,
		10*time.Minute + 29*time.Second:  false,
		10*time.Minute + 30*time.Second:  true,
		30*time.Minute + 59*time.Second:  true,
		30*time.Minute + 61*time.Second:  false,
		299*time.Minute + 59*time.Second: false,
	} {
		if got := s.during(at); got != want {
			t.Errorf("%v after the start: incident is %v, want %v", at, got, want)
		}
	}
	if (schedule{length: time.Second}).during(time.Hour) {
		t.Error("a shop without incidents has one")
	}
}

func TestShopCountsWhatItAnswers(t *testing.T) {
	start := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	now := start
	s := newShop(shopOptions{
		schedule: schedule{incident: 1, first: time.Minute, every: time.Hour, length: time.Minute},
		start:    start,
		now:      func() time.Time { return now },
		wait:     func(_ context.Context, d time.Duration) { now = now.Add(d) },
		logger:   slog.New(slog.DiscardHandler),
	})
	if got := testutil.ToFloat64(s.requests.WithLabelValues("/checkout", "503")); got != 0 {
		t.Errorf("errors begin at %v, want 0", got)
	}
	if got := testutil.CollectAndCount(s.requests); got != 4 {
		t.Errorf("%d counters before the first request, want 4: two handlers, two codes", got)
	}
	call := func(path string, want int) {
		recorder := httptest.NewRecorder()
		s.ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		if recorder.Code != want {
			t.Errorf("%s at %v: %d, want %d", path, now, recorder.Code, want)
		}
	}
	call("/", http.StatusOK)
	call("/checkout", http.StatusOK)
	call("/nothing", http.StatusNotFound)
	now = start.Add(90 * time.Second)
	call("/checkout", http.StatusServiceUnavailable)
	for labels, want := range map[[2]string]float64{
		{"/", "200"}: 1, {"/", "503"}: 0, {"/checkout", "200"}: 1, {"/checkout", "503"}: 1,
	} {
		if got := testutil.ToFloat64(s.requests.WithLabelValues(labels[0], labels[1])); got != want {
			t.Errorf("requests of %s: %v, want %v", labels, got, want)
		}
	}
	recorder := httptest.NewRecorder()
	s.ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	if want := `http_request_duration_seconds_count{handler="/checkout"} 2`; !strings.Contains(recorder.Body.String(), want) {
		t.Errorf("metrics lack %s", want)
	}
	if want := `http_request_duration_seconds_bucket{handler="/",le="0.3"}`; !strings.Contains(recorder.Body.String(), want) {
		t.Errorf("metrics lack %s", want)
	}
}

func TestRunSendsItselfCustomers(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	out, in := io.Pipe()
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, []string{"-listen", "127.0.0.1:0", "-rate", "500", "-incident-after", "0s"}, in, io.Discard)
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	url := strings.TrimSpace(line[strings.LastIndex(line, "http://"):])
	for !failuresSeen(ctx, t, url) {
	}
	cancel()
	if got := <-code; got != 0 {
		t.Errorf("exit code %d after a stop, want 0", got)
	}
}

// failuresSeen reports whether the shop counted a failed purchase: customers
// come, and the incident is on.
func failuresSeen(ctx context.Context, t *testing.T, url string) bool {
	t.Helper()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	const counter = `http_requests_total{code="503",handler="/checkout"} `
	_, after, found := strings.Cut(string(body), counter)
	return found && after[0] != '0'
}

func TestWrongUsage(t *testing.T) {
	for _, args := range [][]string{
		{"-rate", "-1"},
		{"-error-ratio", "2"},
		{"-incident-for", "1h"},
		{"-nonsense"},
		{"surplus"},
	} {
		if got := run(t.Context(), args, io.Discard, io.Discard); got != 2 {
			t.Errorf("%v: exit code %d, want 2", args, got)
		}
	}
	if got := run(t.Context(), []string{"-listen", "127.0.0.1:99999"}, io.Discard, io.Discard); got != 1 {
		t.Errorf("bad port: exit code %d, want 1", got)
	}
	if got := run(t.Context(), []string{"-help"}, io.Discard, io.Discard); got != 0 {
		t.Errorf("help: exit code %d, want 0", got)
	}
}
