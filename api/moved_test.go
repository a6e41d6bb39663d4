package api_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"headroom/api"
	"headroom/api/apitest"
	"headroom/api/client"
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
