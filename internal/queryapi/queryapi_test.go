package queryapi_test

import (
	"net/http/httptest"
	"net/url"
	"testing"

	"headroom/internal/engine"
	"headroom/internal/promapi"
	"headroom/internal/queriertest"
	"headroom/internal/queryapi"
)

// The API in front of a querier answers what the querier itself does.
func TestHandler(t *testing.T) {
	lab, err := engine.NewLab(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = lab.Close() })
	for _, s := range queriertest.Data() {
		if err := lab.Append(s.Labels, s.Points...); err != nil {
			t.Fatal(err)
		}
	}
	server := httptest.NewServer(queryapi.Handler(lab))
	t.Cleanup(server.Close)
	where, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	client, err := promapi.New(promapi.Options{URL: where})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	queriertest.Run(t, client)
}
