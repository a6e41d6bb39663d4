package api_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"headroom/api"
	"headroom/api/auth"
	"headroom/budget/audit"
	"headroom/collectors/collectortest"
	"headroom/collectors/github"
)

// auditor keeps entries in memory, and how many there were when an answer was
// sent.
type auditor struct{ entries []audit.Entry }

func (a *auditor) Record(_ context.Context, e audit.Entry) { a.entries = append(a.entries, e) }

func (a *auditor) List(_ context.Context, q audit.Query) ([]audit.Entry, error) {
	list := slices.Clone(a.entries)
	for i := range list {
		list[i].ID, list[i].Count = int64(i+1), 1
	}
	slices.Reverse(list)
	list = slices.DeleteFunc(list, func(e audit.Entry) bool { return q.Before > 0 && e.ID >= q.Before })
	return list[:min(q.Limit, len(list))], nil
}

// TestAuditOfDeliveries tells apart who sends with the right secret, who does
// not, and what is ignored.
func TestAuditOfDeliveries(t *testing.T) {
	const secret = "a secret of the webhook"
	kept := &auditor{}
	token := auth.Generate()
	tokens, err := auth.New([]auth.Token{{Name: "joan", Hash: auth.HashOf(token), Role: auth.Viewer}})
	if err != nil {
		t.Fatal(err)
	}
	handler := newHandler(t, api.Options{
		Recorder: &collectortest.Recorder{}, Audit: kept, Tokens: tokens,
		Webhooks: []api.Webhook{{Name: "hub", Source: github.New(func() (string, error) { return secret, nil })}},
	})
	deliver := func(event, body, with string) int {
		request := httptest.NewRequest(http.MethodPost, "/webhooks/hub", strings.NewReader(body))
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("X-GitHub-Event", event)
		request.Header.Set("X-GitHub-Delivery", "1")
		request.Header.Set("X-Hub-Signature-256", github.Sign(with, []byte(body)))
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, request)
		return answer.Code
	}
	if code := deliver("ping", "{}", secret); code != http.StatusOK {
		t.Fatalf("a ping: %d", code)
	}
	if code := deliver("ping", "{}", "another secret altogether"); code != http.StatusUnauthorized {
		t.Fatalf("a wrong secret: %d", code)
	}
	want := []audit.Entry{{Action: audit.EventsRecord, Subject: "webhook hub", Outcome: audit.Refused}}
	for i := range kept.entries {
		kept.entries[i].Details = ""
	}
	if diff := cmp.Diff(want, kept.entries); diff != "" {
		t.Errorf("(-want +kept):\n%s", diff)
	}
	if answer := ask(handler, http.MethodGet, "/api/v1/audit"); answer.Code != http.StatusUnauthorized {
		t.Errorf("without a token: %d", answer.Code)
	}
	for query, status := range map[string]int{"?limit=1": 200, "?action=x": 400, "?outcome=x": 400, "?from=x": 400, "?from=2026-03-02&to=2026-03-01": 400, "?to=2026-03-02": 200, "?cursor=x": 400, "?frm=x": 400} {
		request := httptest.NewRequest(http.MethodGet, "/api/v1/audit"+query, nil)
		request.Header.Set("Authorization", "Bearer "+token)
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, request)
		if answer.Code != status {
			t.Errorf("%s: %d %s, want %d", query, answer.Code, answer.Body, status)
		}
	}
}
