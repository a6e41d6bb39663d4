package client_test

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"headroom/api"
	"headroom/api/apitest"
	"headroom/api/client"
	"headroom/api/v1"
	"headroom/budget"
	"headroom/slo"
)

// startPast serves one objective with eight days of slices, and returns it.
func startPast(t *testing.T) (*client.Client, budget.Key) {
	t.Helper()
	o := apitest.Statuses()[1].Objective
	ledger, err := budget.OpenLedger(t.Context(), budget.LedgerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	k := budget.Key{SLO: o.ID, SLI: o.SLI()}
	begin := apitest.Now().Truncate(5 * time.Minute).Add(-8 * 24 * time.Hour)
	var list []budget.Slice
	for at := begin; at.Before(begin.Add(8 * 24 * time.Hour)); at = at.Add(5 * time.Minute) {
		list = append(list, budget.Slice{Start: at.UnixMilli(), End: at.Add(5 * time.Minute).UnixMilli(), Bad: 100, Total: 100_000, Source: budget.SourceRaw})
	}
	if _, err := ledger.Add(t.Context(), k, begin, list...); err != nil {
		t.Fatal(err)
	}
	if err := ledger.SetObjectives(t.Context(), []*slo.Objective{o}, begin); err != nil {
		t.Fatal(err)
	}
	handler, err := api.New(api.Options{
		Statuses: func() []budget.Status { return ledger.Statuses(apitest.Now()) }, Ledger: ledger,
		Now: apitest.Now, Registry: prometheus.NewRegistry(),
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.StripPrefix("/prefix", handler))
	t.Cleanup(server.Close)
	return newClient(t, server.URL+"/prefix/", client.Options{}), k
}

func TestThePastOfAnObjective(t *testing.T) {
	c, k := startPast(t)
	h, err := c.History(t.Context(), k.SLO, v1.PastQuery{Points: 10})
	if err != nil || len(h.Series) != 1 || len(h.Series[0].Points) > 10 {
		t.Fatalf("%+v, %v", h, err)
	}
	slices, requests := 0, 0
	for page, err := range c.Slices(t.Context(), k.SLO, v1.PastQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		slices, requests = slices+len(page), requests+1
	}
	if slices != 8*288 || requests != 3 {
		t.Errorf("%d slices in %d pages, want %d in 3", slices, requests, 8*288)
	}
	for _, err := range c.Slices(t.Context(), k.SLO, v1.PastQuery{From: apitest.Now(), To: apitest.Now().Add(-time.Hour)}) {
		if !errors.Is(err, client.ErrInvalid) {
			t.Errorf("a backward interval: %v", err)
		}
	}
}

func TestExportsAreCopied(t *testing.T) {
	c, _ := startPast(t)
	var got bytes.Buffer
	if err := c.Export(t.Context(), "slices", url.Values{"format": {"jsonl"}, "from": {"2026-11-23"}}, &got); err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(got.String(), "\n"); lines != 174 {
		t.Errorf("%d lines", lines)
	}
	if err := c.Export(t.Context(), "slices", url.Values{"format": {"xml"}}, &got); !errors.Is(err, client.ErrInvalid) {
		t.Errorf("another format: %v", err)
	}
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
	}))
	defer page.Close()
	if err := newClient(t, page.URL, client.Options{}).Export(t.Context(), "slices", nil, &got); !errors.Is(err, client.ErrNotHeadroom) {
		t.Errorf("a page: %v", err)
	}
}

// TestEndlessPagesEnd demands that a service whose next page is the same page
// does not hold the client.
func TestEndlessPagesEnd(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Link", "<?"+r.URL.RawQuery+`>; rel="next"`)
		_, _ = w.Write([]byte("[]"))
	}))
	defer server.Close()
	if _, err := newClient(t, server.URL, client.Options{}).SLOs(t.Context(), v1.Filter{}); !errors.Is(err, client.ErrBadAnswer) {
		t.Errorf("%v", err)
	}
}
