package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"headroom/api"
	"headroom/api/auth"
	"headroom/api/client"
	"headroom/api/v1"
	"headroom/budget"
	"headroom/budget/annotation"
	"headroom/budget/forecast"
	"headroom/budget/incident"
	"headroom/budget/insight"
	"headroom/budget/past"
	"headroom/internal/engine"
	"headroom/rules"
	"headroom/slo"
)

// story is an objective of 99 % whose service has a thousand requests every
// five minutes for ten weeks, five of them bad, but for an outage five days ago
// and one that goes on.
type story struct {
	now     time.Time
	o       *slo.Objective
	handler http.Handler
	client  *client.Client
	notes   *notebook
}

// notebook keeps notes in memory.
type notebook struct{ list []annotation.Annotation }

func (n *notebook) SaveNote(_ context.Context, a annotation.Annotation, _ time.Time) (annotation.Annotation, error) {
	a.ID = "note 1"
	n.list = append(n.list, a)
	return a, nil
}

func (n *notebook) Annotations(context.Context, annotation.Query) ([]annotation.Annotation, error) {
	return n.list, nil
}

const day = 24 * time.Hour

func newStory(t *testing.T) story {
	t.Helper()
	s := story{now: time.Date(2026, 3, 30, 12, 0, 0, 0, time.UTC), notes: &notebook{}}
	s.o = &slo.Objective{
		ID: slo.ID{Namespace: "shop", Service: "checkout", Objective: "availability"}, Owner: "payments",
		Target: slo.MustTarget("99%"), Window: slo.Window{Rolling: 28 * day}, Resolution: 5 * time.Minute,
		Indicator: slo.Ratio{Bad: slo.MustCounter(`http_requests_total{code="500"}`), Total: slo.MustCounter(`http_requests_total`)},
	}
	ledger, err := budget.OpenLedger(t.Context(), budget.LedgerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := ledger.SetObjectives(t.Context(), []*slo.Objective{s.o}, s.now.Add(-70*day)); err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.Add(t.Context(), budget.Key{SLO: s.o.ID, SLI: s.o.SLI()}, s.now, s.slices()...); err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return s.now }
	in, err := insight.New(insight.Options{
		Ledger: ledger, Querier: s.metrics(t), Dialect: rules.Embedded, Sources: []annotation.Source{s.notes}, Now: now,
	})
	if err != nil {
		t.Fatal(err)
	}
	in.Look(t.Context())
	writer, stranger := "headroom_"+strings.Repeat("a", 43), "headroom_"+strings.Repeat("b", 43)
	tokens, err := auth.New([]auth.Token{
		{Name: "ann", Hash: auth.HashOf(writer), Scopes: []auth.Scope{auth.Annotate}},
		{Name: "sam", Hash: auth.HashOf(stranger), Scopes: []auth.Scope{auth.Annotate}, Owners: []string{"search"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.handler = newHandler(t, api.Options{
		Statuses: func() []budget.Status { return ledger.Statuses(s.now) }, Now: now, Insight: in, Notes: s.notes, Tokens: tokens,
	})
	server := httptest.NewServer(s.handler)
	t.Cleanup(server.Close)
	if s.client, err = client.New(server.URL, client.Options{Token: writer}); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s story) slices() []budget.Slice {
	var list []budget.Slice
	for at := s.now.Add(-70 * day); at.Before(s.now); at = at.Add(s.o.Resolution) {
		bad := 5.0
		if before := s.now.Sub(at); before <= 40*time.Minute || before <= 5*day && before > 5*day-2*time.Hour {
			bad = 400
		}
		list = append(list, budget.Slice{
			Start: at.UnixMilli(), End: at.Add(s.o.Resolution).UnixMilli(), Bad: budget.CountOf(bad), Total: budget.CountOf(1000), Source: budget.SourceRaw,
		})
	}
	return list
}

// metrics are the last two hours, in which only /pay fails.
func (s story) metrics(t *testing.T) *engine.Lab {
	t.Helper()
	lab, err := engine.NewLab(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = lab.Close() })
	for route, codes := range map[string]map[string]float64{"/pay": {"200": 60, "500": 40}, "/list": {"200": 100}} {
		for code, each := range codes {
			var points []budget.Point
			for m := range 121 {
				points = append(points, budget.Point{T: s.now.Add(time.Duration(m-120) * time.Minute).UnixMilli(), V: float64(m) * each})
			}
			if err := lab.Append(map[string]string{"__name__": "http_requests_total", "route": route, "code": code}, points...); err != nil {
				t.Fatal(err)
			}
		}
	}
	firing := map[string]string{"__name__": "ALERTS", "alertstate": "firing", "alertname": rules.AlertPage, "severity": "page", "slo": s.o.ID.String()}
	for m := -25; m <= 0; m++ {
		if err := lab.Append(firing, budget.Point{T: s.now.Add(time.Duration(m) * time.Minute).UnixMilli(), V: 1}); err != nil {
			t.Fatal(err)
		}
	}
	return lab
}

func TestIncidents(t *testing.T) {
	s := newStory(t)
	all, err := s.client.Incidents(t.Context(), s.o.ID, v1.Span{})
	if err != nil || len(all) != 1 || len(all[0].Incidents) != 2 {
		t.Fatalf("%+v, %v", all, err)
	}
	last, first := all[0].Incidents[0], all[0].Incidents[1]
	if !last.Ongoing || !last.Start.Equal(s.now.Add(-40*time.Minute)) || first.Ongoing || first.End.Sub(first.Start) != 2*time.Hour {
		t.Errorf("%+v, %+v", last, first)
	}
	if len(last.Alerts) != 1 || last.Alerts[0].Source != incident.Recorded || !last.Alerts[0].At.Equal(s.now.Add(-25*time.Minute)) {
		t.Errorf("alerts of the one that goes on: %+v", last.Alerts)
	}
	if len(first.Alerts) != 2 || first.Alerts[0].Source != incident.Computed {
		t.Errorf("alerts of the first: %+v", first.Alerts)
	}
	span := v1.Span{From: s.now.Add(-20 * day), To: s.now.Add(-10 * day)}
	if all, err = s.client.Incidents(t.Context(), s.o.ID, span); err != nil || len(all) != 1 || len(all[0].Incidents) != 0 {
		t.Errorf("in a quiet time: %+v, %v", all, err)
	}
}

func TestForecastAndWindows(t *testing.T) {
	s := newStory(t)
	all, err := s.client.Forecasts(t.Context(), s.o.ID, time.Hour)
	if err != nil || len(all) != 1 {
		t.Fatalf("%+v, %v", all, err)
	}
	if f := all[0]; f.Outcome != forecast.Exhausts || f.Exhausted == nil || f.Exhausted.At == nil || f.Lookback != "1h" || f.Recovered != nil {
		t.Errorf("%+v", f)
	}
	windows, err := s.client.Windows(t.Context(), s.o.ID, 13)
	if err != nil || len(windows) != 1 || len(windows[0].Windows) < 3 {
		t.Fatalf("%+v, %v", windows, err)
	}
	list := windows[0].Windows
	if !list[0].Running || list[1].Running || list[1].Verdict != past.Met || !list[len(list)-1].Partial {
		t.Errorf("%+v", list)
	}
	metrics := get(t, s.handler, "/metrics").Body.String()
	if !strings.Contains(metrics, `headroom_slo_forecast_exhaustion_seconds{slo="shop/checkout/availability",namespace="shop",service="checkout",objective="availability",owner="payments"} `) {
		t.Error("the forecast is no metric")
	}
}

func TestAttributionOverTheAPI(t *testing.T) {
	s := newStory(t)
	labels, err := s.client.Labels(t.Context(), s.o.ID)
	if err != nil || !slices.Equal(labels, []v1.Label{{Label: "route", Values: 2}, {Label: "code", Values: 2}}) {
		t.Errorf("%+v, %v", labels, err)
	}
	a, err := s.client.Attribution(t.Context(), s.o.ID, v1.AttributionQuery{By: "route", Span: v1.Span{From: s.now.Add(-time.Hour)}})
	if err != nil || !a.Concentrated || len(a.Values) != 1 || a.Values[0].Value != "/pay" || a.Counted == nil {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestNotes(t *testing.T) {
	s := newStory(t)
	saved, err := s.client.AddNote(t.Context(), v1.Note{Service: "shop/checkout", Text: `<script>alert("1")</script>`, URL: "https://wiki.example/?a=1&b=2"})
	if err != nil || saved.Author != "ann" || saved.ID == "" || !saved.Start.Equal(s.now) {
		t.Fatalf("%+v, %v", saved, err)
	}
	list, err := s.client.Annotations(t.Context(), v1.AnnotationQuery{Service: "shop/checkout", Objective: "availability"})
	if err != nil || len(list) != 1 || list[0] != saved {
		t.Errorf("%+v, %v", list, err)
	}
	page := get(t, s.handler, "/slos/shop/checkout/availability").Body.String()
	for _, want := range []string{"Incidents in this window", "goes on", "Used up in ", "&lt;script&gt;", `href="https://wiki.example/?a=1&amp;b=2"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(page, "<script>") {
		t.Error("the page has a script")
	}
}

func TestNotesAreRefused(t *testing.T) {
	s := newStory(t)
	for name, tt := range map[string]struct {
		token, body string
		status      int
	}{
		"nobody":           {"", `{"text": "a"}`, http.StatusUnauthorized},
		"another owner":    {"b", `{"text": "a", "service": "shop/checkout"}`, http.StatusForbidden},
		"of all, bound":    {"b", `{"text": "a"}`, http.StatusForbidden},
		"unknown service":  {"a", `{"text": "a", "service": "shop/nothing"}`, http.StatusNotFound},
		"unknown key":      {"a", `{"text": "a", "author": "somebody else"}`, http.StatusBadRequest},
		"empty":            {"a", `{"text": " "}`, http.StatusBadRequest},
		"script for a URL": {"a", `{"text": "a", "url": "javascript:alert(1)"}`, http.StatusBadRequest},
	} {
		request := httptest.NewRequest(http.MethodPost, "/api/v1/annotations", bytes.NewBufferString(tt.body))
		request.Header.Set("Content-Type", "application/json")
		if tt.token != "" {
			request.Header.Set("Authorization", "Bearer headroom_"+strings.Repeat(tt.token, 43))
		}
		recorder := httptest.NewRecorder()
		s.handler.ServeHTTP(recorder, request)
		if recorder.Code != tt.status || len(s.notes.list) != 0 {
			t.Errorf("%s: %d %s", name, recorder.Code, recorder.Body)
		}
	}
}

// TestInsightTakesDates demands what the description says of from and to.
func TestInsightTakesDates(t *testing.T) {
	s := newStory(t)
	const path = "/api/v1/slos/shop/checkout/availability/incidents?from="
	dates, times := ask(s.handler, http.MethodGet, path+"2026-03-01&to=2026-03-02"), ask(s.handler, http.MethodGet, path+"2026-03-01T00:00:00Z&to=2026-03-02T00:00:00Z")
	if dates.Code != http.StatusOK || dates.Body.String() != times.Body.String() {
		t.Errorf("by dates %d %s, by times %s", dates.Code, dates.Body, times.Body)
	}
}

func TestInsightRefuses(t *testing.T) {
	s := newStory(t)
	const path = "/api/v1/slos/shop/checkout/availability/"
	for target, status := range map[string]int{
		path + "incidents?from=yesterday":                                    http.StatusBadRequest,
		path + "incidents?from=1969-12-31":                                   http.StatusBadRequest,
		path + "incidents?from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z": http.StatusBadRequest,
		path + "incidents?from=2020-03-02T00:00:00Z":                         http.StatusBadRequest,
		path + "forecast?lookback=90d":                                       http.StatusBadRequest,
		path + "forecast?lookbak=1d":                                         http.StatusBadRequest,
		path + "windows?limit=0":                                             http.StatusBadRequest,
		path + "attribution":                                                 http.StatusBadRequest,
		path + "attribution?by=le":                                           http.StatusBadRequest,
		path + "attribution?by=route&limit=1000":                             http.StatusBadRequest,
		path + "attribution?by=route&to=2026-01-20T00:00:00Z":                http.StatusBadRequest, // the metrics store has forgotten it
		"/api/v1/slos/shop/checkout/nothing/incidents":                       http.StatusNotFound,
		"/api/v1/annotations?kind=rumour":                                    http.StatusBadRequest,
		"/api/v1/annotations?objective=availability":                         http.StatusBadRequest,
		"/api/v1/annotations?service=shop/checkout&objective=no":             http.StatusNotFound,
	} {
		recorder := ask(s.handler, http.MethodGet, target)
		var refusal v1.Error
		if recorder.Code != status || json.Unmarshal(recorder.Body.Bytes(), &refusal) != nil || refusal.Message == "" {
			t.Errorf("%s: %d %s, want %d", target, recorder.Code, recorder.Body, status)
		}
	}
}
