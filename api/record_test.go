package api_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"headroom/api"
	"headroom/api/apitest"
	"headroom/api/auth"
	"headroom/api/v1"
	"headroom/collectors"
	"headroom/collectors/collectortest"
	"headroom/slo/event"
)

const run = `{"source":"ci","kind":"pipeline","subject":"shop","run":"7","started":"2026-11-23T14:00:00Z","finished":"2026-11-23T14:05:00+00:00","outcome":"success"}`

// gatehouse is a handler that knows three tokens.
type gatehouse struct {
	handler                    http.Handler
	recorder                   *collectortest.Recorder
	reporter, onlooker, master string
	log                        bytes.Buffer
}

func newGatehouse(t *testing.T, o api.Options) *gatehouse {
	t.Helper()
	g := &gatehouse{recorder: &collectortest.Recorder{}, reporter: auth.Generate(), onlooker: auth.Generate(), master: auth.Generate()}
	tokens, err := auth.New([]auth.Token{
		{Name: "ci", Hash: auth.HashOf(g.reporter), Scopes: []auth.Scope{auth.Events}},
		{Name: "portal", Hash: auth.HashOf(g.onlooker), Scopes: []auth.Scope{auth.Read}},
		{Name: "boss", Hash: auth.HashOf(g.master), Scopes: []auth.Scope{auth.Admin}},
	})
	if err != nil {
		t.Fatal(err)
	}
	o.Recorder, o.Tokens, o.Logger = g.recorder, tokens, slog.New(slog.NewTextHandler(&g.log, nil))
	g.handler = newHandler(t, o)
	return g
}

func (g *gatehouse) post(token, mediaType, body string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(http.MethodPost, "/api/v1/events", strings.NewReader(body))
	request.Header.Set("Content-Type", mediaType)
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	answer := httptest.NewRecorder()
	g.handler.ServeHTTP(answer, request)
	return answer
}

func TestEventsAreRecorded(t *testing.T) {
	g := newGatehouse(t, api.Options{})
	answer := g.post(g.reporter, "application/json; charset=utf-8", run)
	if answer.Code != http.StatusOK || strings.TrimSpace(answer.Body.String()) != `{"recorded":1}` {
		t.Fatalf("%d %s", answer.Code, answer.Body)
	}
	if kept := g.recorder.Events(); len(kept) != 1 || kept[0].Attempt != 1 || kept[0].Outcome != event.Success {
		t.Errorf("kept %+v", kept)
	}
	if !strings.Contains(g.log.String(), "token=ci") || strings.Contains(g.log.String(), g.reporter) {
		t.Errorf("the log does not say who did it, or shows the token:\n%s", &g.log)
	}
	other := strings.Replace(run, `"7"`, `"8"`, 1)
	if answer := g.post(g.master, "application/json", "["+run+","+other+"]"); answer.Code != http.StatusOK || len(g.recorder.Events()) != 2 {
		t.Errorf("an array: %d %s", answer.Code, answer.Body)
	}
}

func TestEventsNeedAToken(t *testing.T) {
	g := newGatehouse(t, api.Options{})
	for name, test := range map[string]struct {
		token  string
		status int
		code   v1.Code
		says   string
	}{
		"none":        {"", http.StatusUnauthorized, v1.CodeUnauthorized, "Authorization: Bearer TOKEN"},
		"unknown":     {"guess", http.StatusUnauthorized, v1.CodeUnauthorized, "not known here"},
		"other scope": {g.onlooker, http.StatusForbidden, v1.CodeForbidden, "the token portal lacks the scope events"},
	} {
		answer := g.post(test.token, "application/json", run)
		var said v1.Error
		if err := json.Unmarshal(answer.Body.Bytes(), &said); err != nil {
			t.Fatalf("%s: %v: %s", name, err, answer.Body)
		}
		if answer.Code != test.status || said.Code != test.code || !strings.Contains(said.Message, test.says) {
			t.Errorf("%s: %d %+v", name, answer.Code, said)
		}
		if challenge := answer.Header().Get("WWW-Authenticate"); (test.status == http.StatusUnauthorized) != strings.HasPrefix(challenge, "Bearer") {
			t.Errorf("%s: WWW-Authenticate %q", name, challenge)
		}
	}
	if g.recorder.Calls() > 0 {
		t.Error("something was recorded")
	}
}

// TestOtherSitesCannotPost: a form of another site sends one of these types.
func TestOtherSitesCannotPost(t *testing.T) {
	g := newGatehouse(t, api.Options{})
	for _, mediaType := range []string{"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonp"} {
		if answer := g.post(g.reporter, mediaType, run); answer.Code != http.StatusUnsupportedMediaType {
			t.Errorf("%q: %d %s", mediaType, answer.Code, answer.Body)
		}
	}
	answer := ask(g.handler, http.MethodOptions, "/api/v1/events")
	if len(answer.Header().Values("Access-Control-Allow-Origin")) > 0 || g.recorder.Calls() > 0 {
		t.Error("another site may post")
	}
}

func TestEventsAreReadStrictly(t *testing.T) {
	g := newGatehouse(t, api.Options{})
	with := func(fields string) string { return strings.Replace(run, "{", "{"+fields+",", 1) }
	for body, want := range map[string]string{
		"":                             "ends early",
		run[:20]:                       "ends early",
		"[" + run:                      "ends early",
		run + run:                      "more after the JSON",
		"7":                            "an event is an object",
		"[[]]":                         "events[0]: an event is an object",
		with(`"argv":["a"]`):           `field "argv" is not known: the fields are attempt, attributes`,
		with(`"Kind":"pipeline"`):      `field "Kind" is not known`,
		with(`"run":"8"`):              "field run is there twice",
		with(`"attempt":"1"`):          "attempt: want a whole number",
		with(`"attempt":0`):            "attempt 0: want 1 to",
		with(`"queued":"yesterday"`):   "queued: want a time such as 2026-",
		with(`"attributes":{"a":1}`):   "attributes: want an object whose values are texts",
		with(`"url":7`):                "url: want a text",
		with(`"service":"shop"`):       "write its namespace, too: default/shop",
		with("\"branch\":\"\xff\""):    "not UTF-8",
		"[" + run + `,{"kind":"tea"}]`: `events[1]: kind "tea": want one of`,
		"[" + strings.TrimSuffix(strings.Repeat(run+",", 1001), ",") + "]": "more than 1000 events",
		"[" + strings.Repeat("0,", 500) + "0]":                             "and more",
		strings.Repeat("[", 100_000):                                       "JSON",
	} {
		answer := g.post(g.reporter, "application/json", body)
		var said v1.Error
		if err := json.Unmarshal(answer.Body.Bytes(), &said); err != nil {
			t.Fatal(err)
		}
		if answer.Code != http.StatusBadRequest || !strings.Contains(said.Message+strings.Join(said.Details, "\n"), want) || answer.Body.Len() > 10_000 {
			t.Errorf("%.60s…: %d %.300s, want %q", body, answer.Code, answer.Body, want)
		}
	}
	if answer := g.post(g.reporter, "application/json", strings.Repeat(" ", 4<<20)+run); answer.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("4 MiB: %d", answer.Code)
	}
	if g.recorder.Calls() > 0 {
		t.Errorf("recorded %+v", g.recorder.Events())
	}
}

func TestWhatIsTooOldIsSaidToBeDropped(t *testing.T) {
	g := newGatehouse(t, api.Options{Webhooks: []api.Webhook{{Name: "late", Source: sender{}}}})
	g.recorder.DropBefore(time.Date(2026, 11, 23, 14, 6, 0, 0, time.UTC))
	young := strings.Replace(strings.Replace(run, `"7"`, `"8"`, 1), "14:05:00", "14:06:00", 1)
	for body, want := range map[string]string{
		run:                           `{"recorded":0,"dropped":1,"reason":"1 event is older than events are kept and was dropped"}`,
		"[" + run + "," + young + "]": `{"recorded":1,"dropped":1,"reason":"1 event is older than events are kept and was dropped"}`,
		"[" + run + "," + run + "]":   `{"recorded":0,"dropped":2,"reason":"2 events are older than events are kept and were dropped"}`,
	} {
		if answer := g.post(g.reporter, "application/json", body); answer.Code != http.StatusOK || strings.TrimSpace(answer.Body.String()) != want {
			t.Errorf("%d %s, want %s", answer.Code, answer.Body, want)
		}
	}
	answer := httptest.NewRecorder()
	g.handler.ServeHTTP(answer, httptest.NewRequest(http.MethodPost, "/webhooks/late", strings.NewReader(run)))
	if answer.Code != http.StatusOK || !strings.Contains(answer.Body.String(), `"dropped":1`) {
		t.Errorf("a webhook answers %d %s", answer.Code, answer.Body)
	}
	if page := ask(g.handler, http.MethodGet, "/metrics").Body.String(); !strings.Contains(page, `headroom_webhook_deliveries_total{result="ignored",webhook="late"} 1`) {
		t.Error("the delivery does not count as ignored")
	}
}

// sender is a source that delivers events as the API takes them.
type sender struct{}

func (sender) Name() string { return "sender" }
func (sender) Read(_ collectors.Header, body []byte) ([]event.Event, error) {
	return v1.ParseEvents(body)
}

func TestStoreAway(t *testing.T) {
	g := newGatehouse(t, api.Options{})
	g.recorder.Fail(errors.New("disk full"))
	answer := g.post(g.reporter, "application/json", run)
	if answer.Code != http.StatusServiceUnavailable || answer.Header().Get("Retry-After") == "" || strings.Contains(answer.Body.String(), "disk") {
		t.Errorf("%d, Retry-After %q: %s", answer.Code, answer.Header().Get("Retry-After"), answer.Body)
	}
	if !strings.Contains(g.log.String(), "disk full") {
		t.Errorf("the log does not say why:\n%s", &g.log)
	}
	g.recorder.Fail(fmt.Errorf("record: %w: too young", event.ErrInvalid))
	if answer := g.post(g.reporter, "application/json", run); answer.Code != http.StatusBadRequest {
		t.Errorf("an event that the store refuses: %d %s", answer.Code, answer.Body)
	}
}

func TestReadingMayNeedAToken(t *testing.T) {
	g := newGatehouse(t, api.Options{TokenToRead: true})
	get := func(path, token string) int {
		request := httptest.NewRequest(http.MethodGet, path, nil)
		if token != "" {
			request.Header.Set("Authorization", "Bearer "+token)
		}
		answer := httptest.NewRecorder()
		g.handler.ServeHTTP(answer, request)
		return answer.Code
	}
	for _, path := range []string{"/", "/slos/default/checkout/latency", "/api/v1/slos", "/api/v1/slos/default/checkout/latency", "/api/v1/problems"} {
		if got := []int{get(path, ""), get(path, g.reporter), get(path, g.onlooker), get(path, g.master)}; got[0] != 401 || got[1] != 403 || got[2] != 200 || got[3] != 200 {
			t.Errorf("GET %s: %d, want 401 403 200 200", path, got)
		}
	}
	for _, path := range []string{"/healthz", "/readyz", "/metrics", "/assets/style.css"} {
		if got := get(path, ""); got != http.StatusOK {
			t.Errorf("GET %s: %d without a token", path, got)
		}
	}
}

func TestWithoutRecorderNothingIsTaken(t *testing.T) {
	answer := ask(newHandler(t, api.Options{}), http.MethodPost, "/api/v1/events")
	if answer.Code != http.StatusNotFound {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
}

// mute is a source that fails in a way of its own.
type mute struct{ err error }

func (m mute) Name() string { return "mute" }
func (m mute) Read(collectors.Header, []byte) ([]event.Event, error) {
	return []event.Event{{Source: "mute"}}, m.err
}

func TestWebhooks(t *testing.T) {
	g := newGatehouse(t, api.Options{Webhooks: []api.Webhook{
		{Name: "broken", Source: mute{errors.New("secret file /etc/x is gone")}},
		{Name: "liar", Source: mute{}},
		{Name: "small", Source: mute{collectors.ErrIgnored}, MaxBody: 10},
	}})
	post := func(path, body string) *httptest.ResponseRecorder {
		answer := httptest.NewRecorder()
		g.handler.ServeHTTP(answer, httptest.NewRequest(http.MethodPost, path, strings.NewReader(body)))
		return answer
	}
	for path, status := range map[string]int{
		"/webhooks/none": http.StatusNotFound, "/webhooks/": http.StatusNotFound,
		"/webhooks/broken": http.StatusServiceUnavailable, "/webhooks/liar": http.StatusBadRequest, "/webhooks/small": http.StatusOK,
	} {
		answer := post(path, "{}")
		if answer.Code != status || answer.Header().Get("Content-Type") != "application/json" || strings.Contains(answer.Body.String(), "/etc/x") {
			t.Errorf("%s: %d %s, want %d as JSON", path, answer.Code, answer.Body, status)
		}
	}
	if answer := post("/webhooks/small", "12345678901"); answer.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("11 of 10 bytes: %d", answer.Code)
	}
	if answer := ask(g.handler, http.MethodGet, "/webhooks/small"); answer.Code != http.StatusMethodNotAllowed || !strings.Contains(answer.Body.String(), "only answers POST") {
		t.Errorf("GET: %d %s", answer.Code, answer.Body)
	}
	metrics := ask(g.handler, http.MethodGet, "/metrics").Body.String()
	for _, want := range []string{
		`headroom_webhook_deliveries_total{result="failed",webhook="broken"} 1`, `headroom_webhook_deliveries_total{result="refused",webhook="small"} 1`,
		`headroom_webhook_deliveries_total{result="recorded",webhook="liar"} 0`, `route="/webhooks/:name"`,
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("the metrics have no %s", want)
		}
	}
	if strings.Contains(metrics, "none") {
		t.Error("a made-up name is a label")
	}
}

func TestWebhooksAreChecked(t *testing.T) {
	for name, hooks := range map[string][]api.Webhook{
		"no source": {{Name: "a"}}, "no name": {{Source: mute{}}}, "two of a name": {{Name: "a", Source: mute{}}, {Name: "a", Source: mute{}}},
		"too much": {{Name: "a", Source: mute{}, MaxBody: api.MaxWebhookBody + 1}},
	} {
		if err := tryNew(api.Options{Recorder: &collectortest.Recorder{}, Webhooks: hooks}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func tryNew(o api.Options) error {
	o.Statuses, o.Registry = apitest.Statuses, prometheus.NewRegistry()
	_, err := api.New(o)
	return err
}
