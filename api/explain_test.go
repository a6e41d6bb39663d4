package api_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"headroom/api"
	"headroom/budget"
	"headroom/budget/annotation"
	"headroom/budget/correction"
	"headroom/budget/insight"
	"headroom/budget/why"
	"headroom/rules"
	"headroom/slo"
)

// declaredCorrections are corrections that nobody changes.
type declaredCorrections struct {
	api.Corrections

	list       []correction.Correction
	objectives []*slo.Objective
}

func (d declaredCorrections) List() []correction.Correction { return d.list }

func (d declaredCorrections) Selected(t *correction.Terms) []*slo.Objective {
	return slices.DeleteFunc(slices.Clone(d.objectives), func(o *slo.Objective) bool { return !t.Objectives.Matches(o) })
}

// explained serves a story that has a gap, a maintenance that does not count and
// one that goes on and waits for approval.
func explained(t *testing.T) (story, http.Handler) {
	t.Helper()
	s := newStory(t)
	s.o.Place = slo.Place{File: "checkout/slo.yaml", Line: 7}
	ledger, err := budget.OpenLedger(t.Context(), budget.LedgerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := ledger.SetObjectives(t.Context(), []*slo.Objective{s.o}, s.now.Add(-70*day)); err != nil {
		t.Fatal(err)
	}
	list := slices.DeleteFunc(s.slices(), func(sl budget.Slice) bool {
		before := s.now.Sub(time.UnixMilli(sl.Start))
		return before <= 12*day && before > 12*day-9*time.Hour
	})
	if _, err := ledger.Add(t.Context(), budget.Key{SLO: s.o.ID, SLI: s.o.SLI()}, s.now, list...); err != nil {
		t.Fatal(err)
	}
	declared := declaredCorrections{objectives: []*slo.Objective{s.o}, list: []correction.Correction{
		maintenance(t, s, "7", "new disks", 5*day, 5*day-80*time.Minute), maintenance(t, s, "8", "newer disks", time.Hour, -time.Hour),
		maintenance(t, s, "9", "old disks", 60*day, 59*day),
	}}
	declared.list[1].ApprovedAt, declared.list[1].ApprovedBy = time.Time{}, ""
	now := func() time.Time { return s.now }
	ledger.SetCorrections(correction.Expand(declared.list, declared.objectives, s.now, s.now.Add(time.Hour)))
	s.notes.list = []annotation.Annotation{{ID: "note 1", Kind: annotation.Note, Start: s.now.Add(-5 * day), End: s.now.Add(-5 * day), Service: "shop/checkout", Text: "disks were changed", Author: "ann"}}
	in, err := insight.New(insight.Options{Ledger: ledger, Querier: s.metrics(t), Dialect: rules.Embedded, Sources: []annotation.Source{s.notes}, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	in.Look(t.Context())
	teller, err := why.New(why.Options{Ledger: ledger, Corrections: declared.List, Dialect: rules.Prometheus3, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return s, newHandler(t, api.Options{
		Statuses: func() []budget.Status { return ledger.Statuses(s.now) }, Ledger: ledger, Now: now, Insight: in, Notes: s.notes, Why: teller, Corrections: declared,
	})
}

func maintenance(t *testing.T, s story, id, reason string, from, to time.Duration) correction.Correction {
	t.Helper()
	terms, err := correction.Draft{
		Category: string(correction.Maintenance), Reason: reason, Objectives: correction.Selection{Services: []string{"shop/checkout"}},
		From: s.now.Add(-from).Format(time.RFC3339), To: s.now.Add(-to).Format(time.RFC3339),
	}.Terms()
	if err != nil {
		t.Fatal(err)
	}
	return correction.Correction{ID: id, Terms: terms, Author: "ann", CreatedAt: s.now.Add(-day), ApprovedBy: "bob", ApprovedAt: s.now.Add(-day)}
}

func wantAll(t *testing.T, text string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %q", want)
		}
	}
}

func TestPageExplainsTheNumber(t *testing.T) {
	_, handler := explained(t)
	page := get(t, handler, "/slos/shop/checkout/availability").Body.String()
	wantAll(t, page,
		"34.1% without corrections</span>", `<a href="/slos/shop/checkout/availability/why">How this number came to be</a>`, // the number
		"Corrections in this window", "planned maintenance: new disks", "correction 7 excludes, by ann, approved by bob",
		"waits for approval", "2026-03-25 12:00 to 13:20Z",
		"Incidents in this window", `<a href="/slos/shop/checkout/availability/attribution">What spent it?</a>`,
		"<h2>Windows", `<span class="chip sure">met</span>`, "goes on", "· corrected",
		"What happened", "disks were changed",
		"Budget over this window", `class="incident"`, `class="corrected"`, `class="unmeasured"`, `class="happened"`,
	)
	if strings.Contains(page, "old disks") {
		t.Error("a correction of another window is shown")
	}
	if n := strings.Count(page, `class="corrected"`); n != 1 {
		t.Errorf("%d corrections in the chart: one counts", n)
	}
}

func TestPageOfTheChain(t *testing.T) {
	_, handler := explained(t)
	const path = "/slos/shop/checkout/availability/why"
	page := get(t, handler, path).Body.String()
	wantAll(t, page, "1. What is promised", "checkout/slo.yaml:7", "3. What was measured", "9h of its life without a slice", "correction 7",
		"4. What is corrected", "new disks", "5. How it is computed", "÷", "6. What follows", "decides", "7. How to check it", "slo:bad:tile", "headroom why")
	if strings.Contains(page, `http-equiv="refresh"`) {
		t.Error("a page to be read loads itself again")
	}
	earlier := get(t, handler, path+"?at=2026-03-20T00:00:00Z").Body.String()
	wantAll(t, earlier, "to 2026-03-20 00:00:00Z", "Nothing.")
	for _, bad := range []string{"?at=yesterday", "?at=2030-01-01T00:00:00Z", "?nothing=1"} {
		if got := ask(handler, http.MethodGet, path+bad); got.Code != http.StatusBadRequest {
			t.Errorf("%s: %d", bad, got.Code)
		}
	}
	if got := ask(handler, http.MethodGet, "/slos/shop/checkout/nothing/why"); got.Code != http.StatusNotFound {
		t.Errorf("of an objective that is not declared: %d", got.Code)
	}
}

func TestPageOfAttribution(t *testing.T) {
	_, handler := explained(t)
	const path = "/slos/shop/checkout/availability/attribution"
	wantAll(t, get(t, handler, path).Body.String(), `href="/slos/shop/checkout/availability/attribution?by=route"`, "2 values")
	wantAll(t, get(t, handler, path+"?by=route&from=2026-03-30T10:00:00Z").Body.String(), "/pay stands out", `aria-current="true"`, "all others")
	wantAll(t, get(t, handler, path+"?by=route&from=yesterday").Body.String(), `class="banner"`, "is not a time")
}

// TestGaugesOfWhatIsKnown looks at the gauges of forecasts, incidents and
// corrections as they are scraped.
func TestGaugesOfWhatIsKnown(t *testing.T) {
	_, handler := explained(t)
	metrics := get(t, handler, "/metrics").Body.String()
	const labels = `{slo="shop/checkout/availability",namespace="shop",service="checkout",objective="availability",owner="payments"}`
	wantAll(t, metrics,
		"headroom_slo_incidents"+labels+" 2\n", "headroom_slo_incident_ongoing"+labels+" 1\n", "headroom_slo_incidents_budget_ratio"+labels+" 0.",
		"headroom_slo_corrected"+labels+" 1\n", "headroom_slo_corrections_active"+labels+" 0\n", "headroom_slo_forecast_exhaustion_seconds"+labels+" ",
		"headroom_slo_budget_remaining_raw_ratio"+labels+" ", "headroom_slo_coverage_ratio"+labels+" 0.98",
		`headroom_corrections{state="in_force"} 2`, `headroom_corrections{state="pending"} 1`,
	)
}
