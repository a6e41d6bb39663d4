package api_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"headroom/api"
	"headroom/api/apitest"
	"headroom/api/auth"
	"headroom/api/client"
	"headroom/api/v1"
	"headroom/budget"
	"headroom/budget/gate"
	"headroom/budget/policy"
	"headroom/slo"
)

// TestFormerIDsLeadOn asks for an objective by the id that it had, in the API, on
// its page and by the client.
func TestFormerIDsLeadOn(t *testing.T) {
	handler := validated(t, newHandler(t, api.Options{}))
	var is slo.ID
	for _, s := range apitest.Statuses() {
		if len(s.Objective.Formerly) > 0 && s.Objective.Formerly[0].String() == "default/shop/latency" {
			is = s.Objective.ID
		}
	}
	for path, want := range map[string]string{
		"/api/v1/slos/default/shop/latency":      "/api/v1/slos/" + is.String(),
		"/slos/default/shop/latency?refresh=off": "/slos/" + is.String() + "?refresh=off",
	} {
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, nil))
		if got := answer.Header().Get("Location"); answer.Code != http.StatusPermanentRedirect || got != want {
			t.Errorf("GET %s: %d to %q, want %q", path, answer.Code, got, want)
		}
		if get(t, handler, want).Code != http.StatusOK {
			t.Errorf("there is nothing at %s", want)
		}
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	c, err := client.New(server.URL, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	id, _ := slo.ParseID("default/shop/latency")
	if o, err := c.SLO(t.Context(), id); err != nil || o.ID != is {
		t.Errorf("%+v, %v", o.ID, err)
	}
}

// TestGateAnswersForFormerServices asks about services by the names that they
// had, with a token that may claim a fix for others' objectives alone.
func TestGateAnswersForFormerServices(t *testing.T) {
	d := newGateDesk(t, nil)
	const shop = "/api/v1/gate/default/shop"
	g := d.ask("", shop)
	if g.Service != "default/checkout" || g.Formerly != "default/shop" || g.Verdict != gate.Held {
		t.Errorf("%+v", g)
	}
	if g = d.ask("", "/api/v1/gate/default/checkout"); g.Formerly != "" {
		t.Errorf("the present service was %q formerly", g.Formerly)
	}
	server := httptest.NewServer(d.handler)
	t.Cleanup(server.Close)
	c, err := client.New(server.URL, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if g, err := c.Gate(t.Context(), "default/shop", "production", policy.Feature); err != nil || g.Service != "default/checkout" {
		t.Errorf("the client got %+v, %v", g, err)
	}
	split := newGateDesk(t, func(o *api.Options) {
		o.Statuses = func() []budget.Status {
			list := apitest.Statuses()
			for i := range list {
				if s := list[i].Objective.Service(); s == "default/checkout" || s == "default/search" {
					list[i].Objective.Formerly = []slo.ID{{Namespace: "default", Service: "shop", Objective: list[i].Objective.ID.Objective}}
				}
			}
			return list
		}
	})
	if answer := split.get("", shop); answer.Code != http.StatusNotFound || !strings.Contains(answer.Body.String(), "its objectives are in default/checkout, default/search now") {
		t.Errorf("of a service that was split: %d %s", answer.Code, answer.Body)
	}
}

// TestExemptionsOfFormerServices demands that an old name lends nobody a change
// that passes.
func TestExemptionsOfFormerServices(t *testing.T) {
	secret := auth.Generate()
	tokens, err := auth.New([]auth.Token{{Name: "search", Hash: auth.HashOf(secret), Scopes: []auth.Scope{auth.Exempt}, Owners: []string{"team-search"}}})
	if err != nil {
		t.Fatal(err)
	}
	d := newGateDesk(t, func(o *api.Options) { o.Tokens = tokens })
	if g := d.ask(secret, "/api/v1/gate/default/shop?change=fix"); g.Allowed || g.CountedAs != policy.Feature {
		t.Errorf("a fix of another's service is %s as %s", g.Verdict, g.CountedAs)
	}
}

func TestListsKnowFormerIDs(t *testing.T) {
	o := newOffice(t)
	o.objectives[0].Formerly = []slo.ID{{Namespace: "default", Service: "store", Objective: "uptime"}}
	o.post("ada", "", excluding(`{"services":["shop"]}`), http.StatusOK)
	for id, want := range map[string]int{"default/shop/availability": 1, "default/store/uptime": 1, "default/store/availability": 0} {
		var list []v1.Correction
		if err := json.Unmarshal(get(t, o.handler, "/api/v1/corrections?slo="+id).Body.Bytes(), &list); err != nil || len(list) != want {
			t.Errorf("corrections of %s: %d, %v, want %d", id, len(list), err, want)
		}
	}
	s := newStory(t)
	s.o.Formerly = []slo.ID{{Namespace: "shop", Service: "till", Objective: "uptime"}}
	saved, err := s.client.AddNote(t.Context(), v1.Note{Service: "shop/checkout", Objective: "availability", Text: "hello"})
	if err != nil {
		t.Fatal(err)
	}
	list, err := s.client.Annotations(t.Context(), v1.AnnotationQuery{Service: "shop/till", Objective: "uptime"})
	if err != nil || len(list) != 1 || list[0] != saved {
		t.Errorf("annotations of the former id: %+v, %v", list, err)
	}
}
