package client_test

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"headroom/api"
	"headroom/api/apitest"
	"headroom/api/auth"
	"headroom/api/client"
	"headroom/collectors/collectortest"
	"headroom/slo/event"
)

func TestRecord(t *testing.T) {
	token := auth.Generate()
	tokens, err := auth.New([]auth.Token{{Name: "ci", Hash: auth.HashOf(token), Scopes: []auth.Scope{auth.Events}}})
	if err != nil {
		t.Fatal(err)
	}
	recorder := &collectortest.Recorder{}
	handler, err := api.New(api.Options{Statuses: apitest.Statuses, Registry: prometheus.NewRegistry(), Tokens: tokens, Recorder: recorder})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	defer server.Close()
	good := event.Event{
		Source: "ci", Kind: event.Pipeline, Subject: "shop", Run: "1", Attempt: 1,
		Finished: time.Date(2026, 11, 23, 14, 30, 5, 123456789, time.FixedZone("", 3600)), Outcome: event.Failure,
		Attributes: map[string]string{"runner": "a"},
	}
	allowed := newClient(t, server.URL, client.Options{Token: token})
	if taken, err := allowed.Record(t.Context(), good); err != nil || taken.Recorded != 1 {
		t.Fatal(err)
	}
	if kept := recorder.Events(); len(kept) != 1 || !kept[0].Finished.Equal(good.Finished) || kept[0].Attributes["runner"] != "a" {
		t.Errorf("kept %+v", kept)
	}
	bad := good
	bad.Run, bad.Kind = "", "tea"
	_, err = allowed.Record(t.Context(), good, bad)
	if !errors.Is(err, client.ErrInvalid) || !strings.Contains(err.Error(), "\n  events[1]: run is missing") {
		t.Errorf("a bad event: %v", err)
	}
	if _, err := newClient(t, server.URL, client.Options{}).Record(t.Context(), good); !errors.Is(err, client.ErrUnauthorized) || errors.Is(err, client.ErrInvalid) {
		t.Errorf("without a token: %v", err)
	}
	recorder.Fail(errors.New("away"))
	if _, err := allowed.Record(t.Context(), good); !errors.Is(err, client.ErrUnavailable) {
		t.Errorf("store away: %v", err)
	}
}
