package api_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"headroom/api"
	"headroom/api/auth"
	"headroom/budget"
	"headroom/budget/annotation"
	"headroom/budget/correction"
	"headroom/budget/insight"
	"headroom/budget/why"
	"headroom/collectors/collectortest"
	"headroom/rules"
	"headroom/slo"
)

// drawer keeps corrections in memory.
type drawer struct{ list []correction.Correction }

func (d *drawer) LoadCorrections(context.Context) ([]correction.Correction, error) {
	return slices.Clone(d.list), nil
}

func (d *drawer) CorrectionHistory(context.Context, string) ([]correction.Entry, error) {
	return nil, nil
}

func (d *drawer) ChangeCorrections(_ context.Context, changes []correction.Change) ([]string, error) {
	if len(d.list) > 100 {
		d.list = nil // a fuzzer goes on for long
	}
	var ids []string
	for _, c := range changes {
		if c.Action == correction.Added {
			c.New.ID = strconv.Itoa(len(d.list) + 1)
			d.list, ids = append(d.list, c.New), append(ids, c.New.ID)
		}
		for i := range d.list {
			switch one := &d.list[i]; {
			case one.ID != c.ID:
			case c.Action == correction.Approved:
				*one = one.Approved(c.Who, c.At)
			case c.Action == correction.Withdrew:
				one.RevokedBy, one.RevokedAt = c.Who, c.At
			}
		}
	}
	return ids, nil
}

// bookkeeper adds to a book what the API asks of it besides.
type bookkeeper struct{ *correction.Book }

func (bookkeeper) Effects(correction.Correction, bool) []correction.Effect { return nil }

// FuzzRequests sends anything to every route that reads a body or parameters:
// nothing is an error of the service's own, and every answer is as described.
func FuzzRequests(f *testing.F) {
	token := auth.Generate()
	handler := fuzzed(f, token)
	const slos = "/api/v1/slos"
	routes := []struct{ method, path string }{
		{http.MethodPost, "/api/v1/corrections"},
		{http.MethodPost, "/api/v1/corrections/preview"},
		{http.MethodPost, "/api/v1/corrections/1/revoke"},
		{http.MethodPost, "/api/v1/corrections/1/approve"},
		{http.MethodPost, "/api/v1/annotations"},
		{http.MethodPost, "/api/v1/events"},
		{http.MethodGet, slos},
		{http.MethodGet, slos + "/shop/cart/availability/history"},
		{http.MethodGet, slos + "/shop/cart/availability/slices"},
		{http.MethodGet, slos + "/shop/cart/availability/why"},
		{http.MethodGet, slos + "/shop/cart/availability/incidents"},
		{http.MethodGet, slos + "/shop/cart/availability/forecast"},
		{http.MethodGet, slos + "/shop/cart/availability/windows"},
		{http.MethodGet, "/api/v1/export/slices"},
		{http.MethodGet, "/api/v1/export/balances"},
		{http.MethodGet, "/api/v1/annotations"},
		{http.MethodGet, "/api/v1/corrections"},
		{http.MethodGet, "/"},
		{http.MethodGet, "/slos/shop/cart/availability/why"},
	}
	for i := range routes {
		for _, query := range []string{
			"", "limit=1", "limit=2&cursor=WyJhIiwiYiJd", "owner=team&label=tier%3D1&state=healthy", "from=2026-03-01&to=2026-03-02", `group={"region":"eu"}`,
			"at=2026-03-01T00:00:00Z&known=2026-03-02T00:00:00Z", "format=jsonl", "points=5", "lookback=1d", "kind=note&service=shop/cart", "limit=-1", "from=0000-01-01&to=9999-12-31",
		} {
			f.Add(uint(i), query, "")
		}
	}
	for i, bodies := range [][]string{
		{`{"category":"load-test","reason":"x","objectives":{"ids":["shop/cart/availability"]},"from":"2026-03-01","to":"2026-03-02","zone":"Europe/Berlin","repeat":"FREQ=WEEKLY;BYDAY=SU"}`, `{"kind":"adjust","adjust":{"bad":-1e300,"total":1}}`, `null`, `[]`},
		{`{"add":{"category":"wrong-data","reason":"x","objectives":{"namespaces":["*"]},"from":"2026-03-01T00:00:00Z","to":"2026-03-01T01:00:00Z"}}`, `{"approve":"1"}`, `{"revoke":"1","approve":"2"}`},
		{`{"reason":"x"}`, `{}`},
		{`{}`},
		{`{"service":"shop/cart","text":"deployed","start":"2026-03-01T00:00:00Z"}`, `{"text":""}`},
		{"[" + run + "]", run, `{"events":[]}`, `[{}]`},
	} {
		for _, body := range bodies {
			f.Add(uint(i), "", body)
		}
	}
	f.Fuzz(func(t *testing.T, route uint, query, body string) {
		r := routes[route%uint(len(routes))]
		request := httptest.NewRequest(r.method, r.path, strings.NewReader(body))
		request.URL.RawQuery = query
		if _, err := url.ParseQuery(query); err != nil {
			request.URL.RawQuery = url.QueryEscape(query)
		}
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Authorization", "Bearer "+token)
		answer := httptest.NewRecorder()
		validated(t, handler).ServeHTTP(answer, request)
		if answer.Code >= 500 {
			t.Errorf("%s %s?%s with %q: %d %s", r.method, r.path, query, body, answer.Code, answer.Body)
		}
	})
}

func fuzzed(f *testing.F, token string) http.Handler {
	f.Helper()
	now := func() time.Time { return time.Date(2026, 3, 30, 12, 0, 0, 0, time.UTC) }
	o := &slo.Objective{
		ID: slo.ID{Namespace: "shop", Service: "cart", Objective: "availability"}, Owner: "team", Target: slo.MustTarget("99%"),
		Window: slo.Window{Rolling: day}, Resolution: 5 * time.Minute, Labels: map[string]string{"tier": "1"},
		Indicator: slo.Ratio{Bad: slo.MustCounter("bad"), Total: slo.MustCounter("total")},
	}
	ledger, err := budget.OpenLedger(f.Context(), budget.LedgerOptions{})
	if err != nil {
		f.Fatal(err)
	}
	if err := ledger.SetObjectives(f.Context(), []*slo.Objective{o}, now()); err != nil {
		f.Fatal(err)
	}
	for at := now().Add(-day); at.Before(now()); at = at.Add(time.Hour) {
		s := budget.Slice{Start: at.UnixMilli(), End: at.Add(time.Hour).UnixMilli(), Bad: budget.CountOf(1), Total: budget.CountOf(1000), Source: budget.SourceRaw}
		if _, err := ledger.Add(f.Context(), budget.Key{SLO: o.ID, SLI: o.SLI()}, now(), s); err != nil {
			f.Fatal(err)
		}
	}
	book, err := correction.Open(f.Context(), correction.Options{Store: &drawer{}, Objectives: ledger.Objectives, Now: now})
	if err != nil {
		f.Fatal(err)
	}
	notes := &notebook{}
	in, err := insight.New(insight.Options{Ledger: ledger, Now: now, Dialect: rules.Embedded, Sources: []annotation.Source{notes}})
	if err != nil {
		f.Fatal(err)
	}
	teller, err := why.New(why.Options{Ledger: ledger, Corrections: book.List, Now: now})
	if err != nil {
		f.Fatal(err)
	}
	tokens, err := auth.New([]auth.Token{{Name: "boss", Hash: auth.HashOf(token), Scopes: []auth.Scope{auth.Admin}}})
	if err != nil {
		f.Fatal(err)
	}
	handler, err := api.New(api.Options{
		Statuses: func() []budget.Status { return ledger.Statuses(now()) }, Registry: prometheus.NewRegistry(), Now: now, Ledger: ledger,
		Corrections: bookkeeper{book}, Insight: in, Why: teller, Notes: notes, Recorder: &collectortest.Recorder{}, Tokens: tokens,
	})
	if err != nil {
		f.Fatal(err)
	}
	return handler
}
