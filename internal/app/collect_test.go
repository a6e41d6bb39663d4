package app_test

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"headroom/api/auth"
	"headroom/internal/app"
	"headroom/internal/config"
)

func tokenOf(t *testing.T, i *instance) string {
	t.Helper()
	text, err := os.ReadFile(i.app.TokenFile())
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

// asks GETs a path with a token and returns the status.
func (i *instance) asks(path, token string) int {
	i.t.Helper()
	request, err := http.NewRequest(http.MethodGet, strings.TrimSuffix(i.app.URL(), "/")+path, nil)
	if err != nil {
		i.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	answer, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		i.t.Fatal(err)
	}
	_ = answer.Body.Close()
	return answer.StatusCode
}

func TestTokenIsMadeOnce(t *testing.T) {
	dir := t.TempDir()
	first := launch(t, dir, func(o *app.Options) { o.Config.TokenToRead = true })
	path := filepath.Join(dir, "data", "token")
	if first.app.TokenFile() != path {
		t.Fatalf("the token is in %q, want %q", first.app.TokenFile(), path)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v; want mode 0600", info.Mode(), err)
	}
	token := tokenOf(t, first)
	if got := first.asks("/api/v1/slos", token); got != http.StatusOK {
		t.Errorf("with the token: %d", got)
	}
	if got := first.asks("/api/v1/slos", auth.Generate()); got != http.StatusUnauthorized {
		t.Errorf("with another: %d", got)
	}
	first.stop()
	if again := tokenOf(t, launch(t, dir, nil)); again != token {
		t.Error("a restart makes another token")
	}
}

func TestConfiguredTokensReplaceTheOwn(t *testing.T) {
	ci := auth.Generate()
	i := launch(t, t.TempDir(), func(o *app.Options) {
		o.Config.TokenToRead = true
		o.Config.Tokens = []config.Token{{Name: "ci", SHA256: auth.HashOf(ci), Scopes: []string{"read"}}}
	})
	if i.app.TokenFile() != "" {
		t.Errorf("a token file %s although tokens are configured", i.app.TokenFile())
	}
	if got := i.asks("/api/v1/slos", ci); got != http.StatusOK {
		t.Errorf("with the configured token: %d", got)
	}
}

func TestBrokenTokenFile(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	if err := os.MkdirAll(data, 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(data, "token"), []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := config.Default()
	c.Listen, c.DataDir = "127.0.0.1:0", data
	a, err := app.New(t.Context(), app.Options{Config: c})
	if err == nil {
		_ = a.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "remove the file") {
		t.Errorf("an empty token file: %v", err)
	}
}

// TestScopesAgree holds the words of the configuration and of the API together.
func TestScopesAgree(t *testing.T) {
	var scopes []string
	for _, scope := range auth.Scopes() {
		scopes = append(scopes, string(scope))
	}
	if !slices.Equal(scopes, config.Scopes()) {
		t.Errorf("the API knows the scopes %q, the configuration %q", scopes, config.Scopes())
	}
}
