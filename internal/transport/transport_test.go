package transport_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/prometheus/common/config"

	"headroom/internal/transport"
)

type secret string

func (s secret) Reveal() string { return string(s) }

// headersSent does one request and returns what the server saw.
func headersSent(t *testing.T, o transport.Options, between func()) []http.Header {
	t.Helper()
	var seen []http.Header
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen = append(seen, r.Header) }))
	defer server.Close()
	c, err := o.Config()
	if err != nil {
		t.Fatal(err)
	}
	client, err := config.NewClientFromConfig(c, "test")
	if err != nil {
		t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	for range 2 {
		response, err := client.Get(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		if err := response.Body.Close(); err != nil {
			t.Error(err)
		}
		between()
	}
	return seen
}

func TestOptionsAreSent(t *testing.T) {
	o := transport.Options{
		Username: "anna", Password: secret("pass"),
		Headers: map[string]transport.Secret{"X-Scope-Orgid": secret("team")},
	}
	h := headersSent(t, o, func() {})[0]
	if user, pass, _ := (&http.Request{Header: h}).BasicAuth(); user != "anna" || pass != "pass" || h.Get("X-Scope-OrgID") != "team" {
		t.Errorf("sent %v", h)
	}
}

func TestBearerFileIsReadAgain(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	write := func(token string) {
		if err := os.WriteFile(file, []byte(token+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("one")
	seen := headersSent(t, transport.Options{BearerTokenFile: file}, func() { write("two") })
	for i, want := range []string{"Bearer one", "Bearer two"} {
		if got := seen[i].Get("Authorization"); got != want {
			t.Errorf("request %d sent %q, want %q", i, got, want)
		}
	}
}

func TestOptionsThatExcludeOneAnother(t *testing.T) {
	for name, o := range map[string]transport.Options{
		"basic and bearer":      {Username: "anna", BearerToken: secret("x")},
		"token and token file":  {BearerToken: secret("x"), BearerTokenFile: "y"},
		"password without name": {Password: secret("x")},
		"key without cert":      {TLS: transport.TLS{KeyFile: "key.pem"}},
		"reserved header":       {Headers: map[string]transport.Secret{"Authorization": secret("x")}},
	} {
		if _, err := o.Config(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
