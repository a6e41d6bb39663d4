package api_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"headroom/api"
	"headroom/api/apitest"
	"headroom/api/auth"
	"headroom/api/v1"
	"headroom/budget"
	"headroom/budget/gate"
	"headroom/budget/policy"
	"headroom/budget/sqlite"
	"headroom/slo"
)

// gateDesk is a handler with a real gate, its store and tokens.
type gateDesk struct {
	t       *testing.T
	tokens  map[string]string // by name
	handler http.Handler
}

func newGateDesk(t *testing.T, change func(*api.Options)) *gateDesk {
	t.Helper()
	store, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), "headroom.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	d := &gateDesk{t: t, tokens: map[string]string{}}
	var list []auth.Token
	for name, scope := range map[string]auth.Scope{"ci": auth.Decide, "deployer": auth.Exempt, "reporter": auth.Events} {
		d.tokens[name] = auth.Generate()
		list = append(list, auth.Token{Name: name, Hash: auth.HashOf(d.tokens[name]), Scopes: []auth.Scope{scope}})
	}
	tokens, err := auth.New(list)
	if err != nil {
		t.Fatal(err)
	}
	o := api.Options{Gate: apitestGate(t, store), Tokens: tokens}
	if change != nil {
		change(&o)
	}
	d.handler = newHandler(t, o)
	return d
}

// apitestGate is a gate on the statuses of apitest with two policies.
func apitestGate(t *testing.T, store gate.Store) *gate.Gate {
	t.Helper()
	documents, problems := policy.Parse("production.policy.yaml", []byte(`headroom: v1
policy: production-freeze
---
headroom: v1
policy: measured-only
objectives: {owners: [team-search]}
environments: ["*"]
unknown: closed
`))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	g, err := gate.New(gate.Options{
		Objectives: func() []*slo.Objective {
			var list []*slo.Objective
			for _, s := range apitest.Statuses() {
				list = append(list, s.Objective)
			}
			return list
		},
		Statuses: func(id slo.ID, _ time.Time) []budget.Status {
			return slices.DeleteFunc(apitest.Statuses(), func(s budget.Status) bool { return s.Objective.ID != id })
		},
		Policies: func() []policy.Policy { return []policy.Policy{documents[0].Policy, documents[1].Policy} },
		Store:    store, Now: apitest.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// get asks with the token of a name, without one for "".
func (d *gateDesk) get(token, target string) *httptest.ResponseRecorder {
	d.t.Helper()
	request := httptest.NewRequest(http.MethodGet, target, nil)
	if known, found := d.tokens[token]; found {
		token = known
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	recorder := httptest.NewRecorder()
	d.handler.ServeHTTP(recorder, request)
	return recorder
}

func (d *gateDesk) ask(token, target string) v1.Gate {
	d.t.Helper()
	answer := d.get(token, target)
	var g v1.Gate
	if err := json.Unmarshal(answer.Body.Bytes(), &g); err != nil || answer.Code != http.StatusOK {
		d.t.Fatalf("GET %s: %d %s %v", target, answer.Code, answer.Body, err)
	}
	return g
}

func TestGateAnswers(t *testing.T) {
	d := newGateDesk(t, nil)
	const checkout, search = "/api/v1/gate/default/checkout", "/api/v1/gate/default/search"
	for _, test := range []struct {
		token, target string
		verdict       gate.Verdict
		countedAs     policy.Change
	}{
		{"", checkout, gate.Held, policy.Feature},
		{"", checkout + "?environment=production&change=feature", gate.Held, policy.Feature},
		{"", checkout + "?environment=staging", gate.Allowed, policy.Feature},
		{"", checkout + "?change=security", gate.Held, policy.Feature},
		{"ci", checkout + "?change=security", gate.Held, policy.Feature},
		{"reporter", checkout + "?change=rollback", gate.Held, policy.Feature},
		{"deployer", checkout + "?change=security", gate.Allowed, policy.Security},
		{"deployer", checkout + "?change=feature", gate.Held, policy.Feature},
		{"deployer", checkout, gate.Held, policy.Feature},
		{"", search, gate.Unknown, policy.Feature},
		{"deployer", search + "?change=fix", gate.Allowed, policy.Fix},
		{"", "/api/v1/gate/platform/pipelines", gate.Allowed, policy.Feature},
	} {
		got := d.ask(test.token, test.target)
		if got.Verdict != test.verdict || got.CountedAs != test.countedAs || got.Allowed != (test.verdict == gate.Allowed) {
			t.Errorf("%s asks %s: %s as %s: %s", test.token, test.target, got.Verdict, got.CountedAs, got.Summary)
		}
		if recorded := got.DecisionID != ""; recorded == strings.Contains(test.target, "staging") {
			t.Errorf("%s asks %s: the decision is %q", test.token, test.target, got.DecisionID)
		}
	}
}

func TestGateRefuses(t *testing.T) {
	d := newGateDesk(t, nil)
	for _, test := range []struct {
		token, target string
		status        int
		says          string
	}{
		{"", "/api/v1/gate/default/chekout", http.StatusNotFound, "no service default/chekout is declared: did you mean default/checkout?"},
		{"", "/api/v1/gate/default/Checkout", http.StatusBadRequest, "is not a name"},
		{"", "/api/v1/gate/default/checkout?change=hotfix", http.StatusBadRequest, "hotfix"},
		{"", "/api/v1/gate/default/checkout?chnge=fix", http.StatusBadRequest, "is not known: use environment and change"},
		{"", "/api/v1/gate/default/checkout?change=fix&change=feature", http.StatusBadRequest, "2 times"},
		{"", "/api/v1/gate/default/checkout?environment=", http.StatusBadRequest, "names no environment"},
		{"", "/api/v1/gate/default/checkout?environment=a%0ab", http.StatusBadRequest, "names no environment"},
		{"", "/api/v1/gate/default/checkout?environment=" + strings.Repeat("a", 300), http.StatusBadRequest, "names no environment"},
		{"headroom_forged", "/api/v1/gate/default/checkout?change=security", http.StatusUnauthorized, "not known here"},
		{"", "/api/v1/decisions?limit=0", http.StatusBadRequest, "from 1 to 1000"},
		{"", "/api/v1/decisions?service=A", http.StatusBadRequest, "is not a name"},
		{"", "/api/v1/decisions?caller=ci", http.StatusBadRequest, "is not known"},
	} {
		answer := d.get(test.token, test.target)
		if answer.Code != test.status || !strings.Contains(answer.Body.String(), test.says) {
			t.Errorf("GET %s: %d %s, want %d with %q", test.target, answer.Code, answer.Body, test.status, test.says)
		}
	}
	if got := d.get("", "/api/v1/decisions").Body.String(); strings.TrimSpace(got) != "[]" {
		t.Errorf("what was refused is kept: %s", got)
	}
}

func TestGateIsNotReadyBeforeTheService(t *testing.T) {
	d := newGateDesk(t, func(o *api.Options) { o.Ready = func() error { return errors.New("starting") } })
	if answer := d.get("", "/api/v1/gate/default/checkout"); answer.Code != http.StatusServiceUnavailable {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
}

func TestGateWhereReadingNeedsAToken(t *testing.T) {
	d := newGateDesk(t, func(o *api.Options) { o.TokenToRead = true })
	for token, want := range map[string]int{"": 401, "ci": 200, "deployer": 200, "reporter": 403} {
		if answer := d.get(token, "/api/v1/gate/default/checkout"); answer.Code != want {
			t.Errorf("%q: %d %s", token, answer.Code, answer.Body)
		}
	}
	if answer := d.get("", "/api/v1/decisions"); answer.Code != http.StatusUnauthorized {
		t.Errorf("decisions: %d", answer.Code)
	}
}

func TestDecisionsAreListed(t *testing.T) {
	d := newGateDesk(t, nil)
	first := d.ask("deployer", "/api/v1/gate/default/checkout?change=fix")
	d.ask("deployer", "/api/v1/gate/default/checkout?change=fix")
	d.ask("", "/api/v1/gate/default/search")
	request := httptest.NewRequest(http.MethodHead, "/api/v1/gate/default/gateway", nil)
	d.handler.ServeHTTP(httptest.NewRecorder(), request)
	list := func(query string) (all []v1.Decision) {
		t.Helper()
		answer := d.get("", "/api/v1/decisions"+query)
		if err := json.Unmarshal(answer.Body.Bytes(), &all); err != nil || answer.Code != http.StatusOK {
			t.Fatalf("%d %s", answer.Code, answer.Body)
		}
		return all
	}
	if all := list(""); len(all) != 2 || all[0].Decision.Service != "default/search" || len(list("?limit=1")) != 1 {
		t.Errorf("%+v", all)
	}
	own := list("?service=checkout")
	if len(own) != 1 || own[0].ID != first.DecisionID || own[0].Count != 2 || own[0].Caller != "deployer" ||
		own[0].Decision.Verdict != gate.Allowed || own[0].Decision.Change != policy.Fix || own[0].Decision.Reasons[0].Remaining == nil {
		t.Errorf("%+v", own)
	}
}

func TestFreezesAreShown(t *testing.T) {
	d := newGateDesk(t, nil)
	const chip = `<span class="chip held">releases to production held by policy production-freeze</span>`
	for target, want := range map[string]int{
		"/":                                  2,
		"/slos/default/checkout/freshness":   1,
		"/slos/default/checkout/latency":     0,
		"/slos/default/search/reachable":     0,
		"/?service=headroom":                 0,
		"/slos/default/gateway/errors":       1,
		"/slos/platform/pipelines/success":   0,
		"/slos/platform/portal/availability": 0,
	} {
		if got := strings.Count(d.get("", target).Body.String(), chip); got != want {
			t.Errorf("GET %s shows %d freezes, want %d", target, got, want)
		}
	}
	var slos []v1.SLO
	if err := json.Unmarshal(d.get("", "/api/v1/slos?service=checkout&state=exhausted").Body.Bytes(), &slos); err != nil || len(slos) != 1 || len(slos[0].Freezes) != 1 {
		t.Errorf("%+v, %v", slos, err)
	}
}

func TestNoGateNoRoute(t *testing.T) {
	if answer := ask(newHandler(t, api.Options{}), http.MethodGet, "/api/v1/gate/default/checkout"); answer.Code != http.StatusNotFound {
		t.Errorf("%d", answer.Code)
	}
}
