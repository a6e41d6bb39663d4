package api_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"headroom/api"
	"headroom/api/apitest"
	"headroom/api/client"
	"headroom/api/v1"
	"headroom/budget"
	"headroom/budget/correction"
	"headroom/budget/why"
	"headroom/rules"
	"headroom/slo"
)

// openWhy is the shop with somebody who tells how its numbers came to be, and
// with one correction of checkout/availability.
func openWhy(t *testing.T) (shop, *client.Client) {
	t.Helper()
	s := openShop(t)
	now := apitest.Now
	d := correction.Draft{
		Category: string(correction.Maintenance), Reason: "new disks", Objectives: correction.Selection{IDs: []string{plain}},
		From: apitest.Now().Add(-3 * time.Hour).Format(time.RFC3339), To: apitest.Now().Add(-2 * time.Hour).Format(time.RFC3339),
	}
	terms, err := d.Terms()
	if err != nil {
		t.Fatal(err)
	}
	list := []correction.Correction{{ID: "1", Terms: terms, Author: "ann", CreatedAt: apitest.Now(), ApprovedAt: apitest.Now()}}
	s.ledger.SetCorrections(correction.Expand(list, s.ledger.Objectives(), now(), now()))
	teller, err := why.New(why.Options{Ledger: s.ledger, Corrections: func() []correction.Correction { return list }, Dialect: rules.Prometheus3, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	s.handler = newHandler(t, api.Options{
		Statuses: func() []budget.Status { return s.ledger.Statuses(now()) }, Ledger: s.ledger, Now: now, Why: teller,
	})
	server := httptest.NewServer(s.handler)
	t.Cleanup(server.Close)
	c, err := client.New(server.URL, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s, c
}

// TestWhy demands that the chain ends in the numbers that the list of SLOs
// shows.
func TestWhy(t *testing.T) {
	s, c := openWhy(t)
	var shown []v1.SLO
	if err := json.Unmarshal(get(t, s.handler, "/api/v1/slos?service=checkout").Body.Bytes(), &shown); err != nil || len(shown) != 1 {
		t.Fatal(err, shown)
	}
	id, err := slo.ParseID(plain)
	if err != nil {
		t.Fatal(err)
	}
	chains, err := c.Why(t.Context(), id, v1.WhyQuery{})
	if err != nil || len(chains) != 1 {
		t.Fatal(err, chains)
	}
	got := chains[0]
	if *shown[0].Bad != got.Corrected.Bad || *shown[0].Total != got.Corrected.Total || *shown[0].Raw.Bad != got.Raw.Bad || got.Verdict.State != shown[0].BudgetState {
		t.Errorf("the chain ends in %+v (raw %+v), shown is %+v", got.Corrected, got.Raw, shown[0])
	}
	if len(got.Corrections) != 1 || got.Corrections[0].Bad != got.Raw.Bad-got.Corrected.Bad || got.Corrections[0].Life != "1h" {
		t.Errorf("corrections: %+v", got.Corrections)
	}
	told := false
	for _, step := range got.Arithmetic {
		told = told || step.Name == "remaining" && step.Value != nil && *step.Value == *shown[0].Budget.Remaining
	}
	if !told {
		t.Errorf("shown is %v as what remains, which is none of %+v", *shown[0].Budget.Remaining, got.Arithmetic)
	}
	id, _ = slo.ParseID(grouped)
	if chains, err = c.Why(t.Context(), id, v1.WhyQuery{}); err != nil || len(chains) != 2 {
		t.Errorf("of every group: %d chains, %v", len(chains), err)
	}
	g := slo.NewGroup(map[string]string{"region": "us"})
	if chains, err = c.Why(t.Context(), id, v1.WhyQuery{Group: &g, At: apitest.Now().Add(-time.Hour)}); err != nil || len(chains) != 1 || chains[0].Group != g {
		t.Errorf("of one group: %+v, %v", chains, err)
	}
}

func TestWhyRefuses(t *testing.T) {
	s, c := openWhy(t)
	for query, want := range map[string]int{
		"?at=yesterday": 400, "?group=eu": 400, "?what=1": 400, "?at=2026-11-22&known=2026-11-21": 400,
		"?at=2027-01-01": 400, "?known=2026-11-23": 400, // it keeps no revisions
		"?at=2026-11-23": 200, "?" + url.Values{"group": {`{"region":"eu"}`}}.Encode(): 404,
	} {
		if got := ask(s.handler, http.MethodGet, "/api/v1/slos/"+plain+"/why"+query).Code; got != want {
			t.Errorf("%s: %d, want %d", query, got, want)
		}
	}
	id, _ := slo.ParseID("default/nobody/knows")
	if _, err := c.Why(t.Context(), id, v1.WhyQuery{}); !errors.Is(err, client.ErrNotFound) {
		t.Errorf("of no objective: %v", err)
	}
}
