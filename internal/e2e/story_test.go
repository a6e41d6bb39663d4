package e2e

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
)

// Traffic of every story: a steady rate, an outage in the middle. The edge of
// a scrape is 200 ms × 100 requests a second = 20 requests at each end of an
// outage of at least 20 s, 2,000 failed requests: 1 %.
const (
	requestsPerSecond = 100
	tolerance         = 0.01
)

func TestExternalPrometheus(t *testing.T) {
	t.Parallel()
	s, am := startShop(t), startAlertmanager(t)
	p := startPrometheus(t, map[string]string{"shop": s.address()}, am.address)
	tellStory(t, s, am, startHeadroom(t, external(p.url, p.rulesFile)))
}

func TestEmbeddedEngine(t *testing.T) {
	t.Parallel()
	s, am := startShop(t), startAlertmanager(t)
	tellStory(t, s, am, startHeadroom(t, embedded(s, am.address)))
}

// tellStory drives good traffic, an outage that pages, and good traffic again,
// and compares the balances with the shop's own counts.
func tellStory(t *testing.T, s *shop, am *alertmanager, h *headroom) {
	t.Helper()
	measuring(t, h)
	stop := s.customers(t, requestsPerSecond)
	traffic(10 * time.Second)
	s.slow.Store(true)
	outage(t, s, 25*time.Second)
	s.slow.Store(false)
	page := map[string]string{"slo": availability, "severity": "page", "owner": "team-shop", "tier": "1"}
	eventually(t, "the page reaches Alertmanager's receiver", func() (bool, string) {
		_, ok := am.receiver.got("firing", page)
		return ok, fmt.Sprint(am.receiver.alerts)
	})
	checkWords(t, am, page)
	traffic(5 * time.Second)
	stop()
	settles(t, h, availability, s.answered.Load(), s.failed.Load())
	settles(t, h, latency, s.answered.Load(), s.late.Load())
	if got := h.status(availability); got.BudgetState != "exhausted" {
		t.Errorf("budget_state = %q after an outage of a third of the traffic at 99%%: %v", got.BudgetState, got)
	}
}

// checkWords looks at the alert as Alertmanager lists it and as a person reads it.
func checkWords(t *testing.T, am *alertmanager, labels map[string]string) {
	t.Helper()
	listed := false
	for _, a := range am.firing(t) {
		listed = listed || matches(a.Labels, labels)
	}
	if !listed {
		t.Errorf("Alertmanager does not list %v", labels)
	}
	a, _ := am.receiver.got("firing", labels)
	for _, name := range []string{"summary", "description"} {
		text := a.Annotations[name]
		if !strings.ContainsAny(text, "0123456789") || strings.Contains(text, "{{") || strings.Contains(text, "error") && strings.Contains(text, "template") {
			t.Errorf("annotation %s has no number or an unexpanded template: %q", name, text)
		}
	}
	t.Logf("summary: %s", a.Annotations["summary"])
	t.Logf("description: %s", a.Annotations["description"])
}

// measuring waits until headroom has measured the shop at rest.
func measuring(t *testing.T, h *headroom) {
	t.Helper()
	for _, id := range []string{availability, latency} {
		eventually(t, "headroom measures "+id, func() (bool, string) {
			got := h.status(id)
			return got.Total != nil && *got.Total == 0, got.String()
		})
	}
}

// traffic lets the customers go on for a while: real time is what this test
// is about.
func traffic(d time.Duration) { time.Sleep(d) }

func outage(t *testing.T, s *shop, d time.Duration) {
	t.Helper()
	s.down.Store(true)
	traffic(d)
	s.down.Store(false)
}

// settles waits until the balance equals what the shop counted.
func settles(t *testing.T, h *headroom, id string, total, bad int64) {
	t.Helper()
	var got status
	eventually(t, "the balance of "+id+" equals the shop's own count", func() (bool, string) {
		got = h.status(id)
		words := fmt.Sprintf("total %.2f of %d, bad %.2f of %d: %v", got.total(), total, got.bad(), bad, got)
		return near(got.total(), total) && near(got.bad(), bad), words
	})
	wantRatio := got.bad() / got.total()
	if math.Abs(value(got.ErrorRatio)-wantRatio) > 1e-9 {
		t.Errorf("error_ratio %v, want %v", value(got.ErrorRatio), wantRatio)
	}
	t.Logf("%s: total %.2f of %d (%+.2f%%), bad %.2f of %d (%+.2f%%); the edge of one scrape is %d requests",
		id, got.total(), total, off(got.total(), total), got.bad(), bad, off(got.bad(), bad), requestsPerSecond/5)
}

func near(got float64, want int64) bool {
	return math.Abs(got-float64(want)) <= tolerance*float64(want)
}

func off(got float64, want int64) float64 { return 100 * (got - float64(want)) / float64(want) }
