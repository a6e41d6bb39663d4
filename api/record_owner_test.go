package api_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"headroom/api"
	"headroom/api/apitest"
	"headroom/api/auth"
	"headroom/collectors/collectortest"
	"headroom/slo"
	"headroom/slo/event"
)

// owning is a recorder whose events all count for the first objective.
type owning struct {
	collectortest.Recorder
	none bool
}

func (o *owning) Concerned(context.Context, ...event.Event) ([]*slo.Objective, error) {
	if o.none {
		return nil, nil
	}
	return []*slo.Objective{apitest.Statuses()[1].Objective}, nil // of team-payments
}

func TestEventsOfOtherOwnersAreRefused(t *testing.T) {
	own, other := auth.Generate(), auth.Generate()
	tokens, err := auth.New([]auth.Token{
		{Name: "payments", Hash: auth.HashOf(own), Role: auth.Editor, Owners: []string{"team-payments"}},
		{Name: "search", Hash: auth.HashOf(other), Role: auth.Editor, Owners: []string{"team-search"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	recorder := &owning{}
	handler := newHandler(t, api.Options{Recorder: recorder, Tokens: tokens})
	postTo := func(handler http.Handler, token string) *httptest.ResponseRecorder {
		request := httptest.NewRequest(http.MethodPost, "/api/v1/events", strings.NewReader(run))
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Authorization", "Bearer "+token)
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, request)
		return answer
	}
	post := func(token string) *httptest.ResponseRecorder { return postTo(handler, token) }
	if answer := post(other); answer.Code != http.StatusForbidden || !strings.Contains(answer.Body.String(), "belongs to team-payments, and the token search is bound to team-search") {
		t.Errorf("an event of another owner: %d %s", answer.Code, answer.Body)
	}
	if len(recorder.Events()) > 0 {
		t.Error("a refused event was recorded")
	}
	if answer := post(own); answer.Code != http.StatusOK {
		t.Errorf("an event of its own: %d %s", answer.Code, answer.Body)
	}
	if answer := postTo(newHandler(t, api.Options{Recorder: recorder, Tokens: tokens, Ready: func() error { return errors.New("still reading") }}), own); answer.Code != http.StatusServiceUnavailable {
		t.Errorf("an event while it is not known whose services there are: %d %s", answer.Code, answer.Body)
	}
	recorder.none = true
	if answer := post(other); answer.Code != http.StatusOK {
		t.Errorf("an event that counts for nothing: %d %s", answer.Code, answer.Body)
	}
}
