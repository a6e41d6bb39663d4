package api_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"headroom/api"
	"headroom/api/auth"
	"headroom/budget/correction"
	"headroom/slo"
)

// office is an API of corrections, with people of every role.
type office struct {
	t          *testing.T
	handler    http.Handler
	tokens     map[string]string // of each person
	objectives []*slo.Objective
	two        bool // whether a second person must approve
}

func owned(service, owner string) *slo.Objective {
	return &slo.Objective{ID: slo.ID{Namespace: "default", Service: service, Objective: "availability"}, Owner: owner, Labels: map[string]string{"tier": "1"}}
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{t: t, tokens: map[string]string{}, objectives: []*slo.Objective{owned("shop", "shop")}}
	now := func() time.Time { return time.Date(2026, 3, 30, 12, 0, 0, 0, time.UTC) }
	book, err := correction.Open(t.Context(), correction.Options{
		Store: &drawer{}, Now: now, Objectives: func() []*slo.Objective { return o.objectives }, NeedsTwo: func(*slo.Objective) bool { return o.two },
	})
	if err != nil {
		t.Fatal(err)
	}
	var list []auth.Token
	for _, who := range []auth.Token{
		{Name: "ada", Role: auth.Editor},
		{Name: "editor-of-shop", Role: auth.Editor, Owners: []string{"shop"}},
		{Name: "grace", Role: auth.Approver},
		{Name: "approver-of-shop", Role: auth.Approver, Owners: []string{"shop"}},
		{Name: "joan", Role: auth.Editor},
	} {
		o.tokens[who.Name] = auth.Generate()
		who.Hash = auth.HashOf(o.tokens[who.Name])
		list = append(list, who)
	}
	tokens, err := auth.New(list)
	if err != nil {
		t.Fatal(err)
	}
	o.handler = validated(t, newHandler(t, api.Options{Corrections: bookkeeper{book}, Tokens: tokens, Now: now}))
	return o
}

// post demands the status of an answer, and words in it.
func (o *office) post(who, path, body string, status int, words ...string) {
	o.t.Helper()
	request := httptest.NewRequest(http.MethodPost, "/api/v1/corrections"+path, strings.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+o.tokens[who])
	answer := httptest.NewRecorder()
	o.handler.ServeHTTP(answer, request)
	said := answer.Body.String()
	if answer.Code != status || slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(said, w) }) {
		o.t.Errorf("%s posts %s %s: %d %s, want %d and %q", who, path, body, answer.Code, said, status, words)
	}
}

func excluding(objectives string) string {
	return `{"category":"load-test","reason":"A load test.","objectives":` + objectives + `,"from":"2026-03-30T10:00:00Z","to":"2026-03-30T11:00:00Z"}`
}

// TestBoundToOwners demands that a token that is bound to owners neither declares
// nor approves what is about others, or may come to be.
func TestBoundToOwners(t *testing.T) {
	o := newOffice(t)
	const tier, shop = `{"labels":{"tier":"1"}}`, `{"services":["shop"]}`
	o.post("editor-of-shop", "", excluding(tier), 200, `"bound_to":["shop"]`)
	o.post("editor-of-shop", "", excluding(tier), 409, `"conflict"`, "correction 1, which is in force")
	o.objectives = append(o.objectives, owned("pay", "payments"))
	o.post("editor-of-shop", "", excluding(`{"namespaces":["*"]}`), 403, "pay/availability belongs to payments")
	o.post("editor-of-shop", "", excluding(`{"services":["pay"]}`), 403, "pay/availability belongs to payments")
	o.post("editor-of-shop", "/preview", `{"add":`+excluding(`{"namespaces":["*"]}`)+`}`, 403, "pay/availability belongs to payments")
	o.objectives, o.two = o.objectives[:1], true
	o.post("ada", "", excluding(tier), 200, `"pending"`)
	o.post("ada", "", excluding(shop), 200, `"pending"`)
	o.post("editor-of-shop", "", excluding(`{"namespaces":["default"]}`), 200, `"pending"`)
	o.post("approver-of-shop", "/2/approve", "", 403, "may come to be about objectives of other owners")
	o.post("approver-of-shop", "/3/approve", "", 200, `"in_force"`)
	o.post("approver-of-shop", "/4/approve", "", 200, `"in_force"`)
	o.post("grace", "/2/approve", "", 200, `"in_force"`)
}

// TestRevokingTakesTwo demands the second person for what counts, not for what
// waits, and not where no policy asks.
func TestRevokingTakesTwo(t *testing.T) {
	o := newOffice(t)
	for i := range 4 {
		o.two = i > 0
		o.post("ada", "", strings.Replace(excluding(`{"services":["shop"]}`), "A load", strings.Repeat("A", i+1)+" load", 1), 200)
	}
	o.two = false
	o.post("ada", "/1/revoke", `{}`, 200, `"revoked"`)
	o.post("joan", "/2/revoke", `{}`, 200, `"revoked"`) // it was pending
	o.post("grace", "/3/approve", "", 200)
	o.two = true
	o.post("ada", "/3/revoke", `{}`, 403, "lacks the scope approve")
	o.post("joan", "/3/revoke", `{}`, 403, "lacks the scope approve")
	o.post("grace", "/3/revoke", `{}`, 200, `"revoked_by":"grace"`)
	o.post("grace", "", excluding(`{"services":["shop"]}`), 200, `"5"`)
	o.two = false // what needed one when it was declared still does
	o.post("grace", "/4/approve", "", 200)
	o.post("joan", "/4/revoke", `{}`, 403, "lacks the scope approve")
	o.post("approver-of-shop", "/5/approve", "", 200)
	o.post("grace", "/5/revoke", `{}`, 403, "a second person must revoke it")
	o.post("approver-of-shop", "/5/revoke", `{}`, 200)
}

// TestALabelThatComesLater shows for what a correction does not count since the
// objective has got its label after one person has declared it.
func TestALabelThatComesLater(t *testing.T) {
	o := newOffice(t)
	o.post("ada", "", excluding(`{"labels":{"tier":"1"}}`), 200, `"in_force"`)
	o.objectives, o.two = append(o.objectives, owned("pay", "payments")), true
	show := func(words ...string) {
		t.Helper()
		request := httptest.NewRequest(http.MethodGet, "/api/v1/corrections/1", nil)
		request.Header.Set("Authorization", "Bearer "+o.tokens["ada"])
		answer := httptest.NewRecorder()
		o.handler.ServeHTTP(answer, request)
		if said := answer.Body.String(); slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(said, w) }) {
			t.Errorf("it is shown as %s, want %q", said, words)
		}
	}
	show(`"declared_for":["default/shop/availability"]`, `"withheld":["default/pay/availability"]`, `"selected":["default/shop/availability","default/pay/availability"]`)
	o.post("ada", "/1/approve", "", 403)
	o.post("grace", "/1/approve", "", 200, `"approved_by":"grace"`)
	show(`"declared_for":["default/shop/availability"]`, `"withheld":[]`)
}

// TestPreviewWarns demands a word about a group that does not exist.
func TestPreviewWarns(t *testing.T) {
	o := newOffice(t)
	o.objectives[0].GroupBy = []string{"region"}
	adjust := strings.Replace(excluding(`{"ids":["shop/availability"]}`), `{`, `{"kind":"adjust","adjust":{"bad":-1,"total":0},"group":{"region":"ue"},`, 1)
	o.post("ada", "/preview", `{"add":`+adjust+`}`, 200, `"warnings":["`, "nothing has been measured")
	o.post("ada", "", adjust, 200)
	o.post("ada", "/preview", `{"revoke":"1"}`, 200, `"warnings":[]`)
}

// TestAmountsAreAsDescribed posts what an adjustment may be: the handler and the
// description agree, or the validation of the office says so.
func TestAmountsAreAsDescribed(t *testing.T) {
	o := newOffice(t)
	for i, test := range []struct {
		amount string
		status int
	}{{`{"bad":-1}`, 200}, {`{"total":5}`, 200}, {`{"bad":-1,"total":0}`, 200}, {`{}`, 400}, {`{"bad":0,"total":0}`, 400}, {`null`, 400}, {`{"good":1}`, 400}} {
		body := strings.Replace(excluding(`{"ids":["shop/availability"]}`), `{`, `{"kind":"adjust","adjust":`+test.amount+`,`, 1)
		o.post("ada", "", strings.Replace(body, "A load", strings.Repeat("A", i+1)+" load", 1), test.status)
	}
	o.post("ada", "", strings.Replace(excluding(`{"services":["shop"]}`), `{`, `{"adjust":null,`, 1), 200)
}

// TestDescribedAmounts demands that the description refuses an amount of nothing.
func TestDescribedAmounts(t *testing.T) {
	document, err := described()
	if err != nil {
		t.Fatal(err)
	}
	amount := document.Components.Schemas["CorrectionDraft"].Value.Properties["adjust"].Value
	for text, want := range map[string]bool{`{"bad":-1}`: true, `{"total":5}`: true, `{"bad":1,"total":2}`: true, `null`: true, `{}`: false, `{"bad":"1"}`: false} {
		var value any
		if err := json.Unmarshal([]byte(text), &value); err != nil {
			t.Fatal(err)
		}
		if err := amount.VisitJSON(value); (err == nil) != want {
			t.Errorf("%s: %v, want %t", text, err, want)
		}
	}
}
