package app_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"headroom/api/auth"
	"headroom/collectors/github"
	"headroom/internal/app"
	"headroom/internal/config"
)

// elsewhere lets the metrics store be one that is away: what is tested here
// needs none, and starts and stops faster than the embedded engine.
func elsewhere(o *app.Options) {
	o.Config.Engine = nil
	o.Config.Target = config.DefaultTarget
	o.Config.Prometheus = &config.Prometheus{URL: &url.URL{Scheme: "http", Host: "127.0.0.1:1"}, Timeout: time.Second}
}

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
	return i.send(request)
}

// send returns the status of the answer.
func (i *instance) send(request *http.Request) int {
	i.t.Helper()
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
	first := launch(t, dir, func(o *app.Options) {
		elsewhere(o)
		o.Config.TokenToRead = true
	})
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
	if again := tokenOf(t, launch(t, dir, elsewhere)); again != token {
		t.Error("a restart makes another token")
	}
}

func TestConfiguredTokensReplaceTheOwn(t *testing.T) {
	ci := auth.Generate()
	i := launch(t, t.TempDir(), func(o *app.Options) {
		elsewhere(o)
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

// deliver posts a workflow run that has just ended, signed with a secret.
func (i *instance) deliver(secret, run, conclusion string) int {
	i.t.Helper()
	now := time.Now().UTC().Format(time.RFC3339)
	body := fmt.Sprintf(`{"action":"completed","repository":{"full_name":"acme/shop"},"workflow_run":{"id":%s,"run_attempt":1,"path":".github/workflows/build.yml",
		"status":"completed","conclusion":%q,"head_branch":"main","created_at":%[3]q,"run_started_at":%[3]q,"updated_at":%[3]q}}`, run, conclusion, now)
	request, err := http.NewRequest(http.MethodPost, strings.TrimSuffix(i.app.URL(), "/")+"/webhooks/hub", strings.NewReader(body))
	if err != nil {
		i.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-GitHub-Event", "workflow_run")
	request.Header.Set("X-Hub-Signature-256", github.Sign(secret, []byte(body)))
	return i.send(request)
}

const pipelines = `headroom: v1
service: pipelines
objectives:
  success:
    target: 98%
    window: 1h
    resolution: 10s
    events: {kind: pipeline, source: github, where: 'branch == "main"', good: 'outcome == "success"'}
`

// TestWebhookCountsEachRunOnce goes the whole way: a signed delivery, the store,
// the metrics; twice, over a change of the secret and over a restart.
func TestWebhookCountsEachRunOnce(t *testing.T) {
	dir := t.TempDir()
	secretFile := filepath.Join(dir, "secret")
	write := func(secret string) {
		if err := os.WriteFile(secretFile, []byte(secret+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const first, second = "the first secret of all", "another secret than that"
	write(first)
	hooked := func(o *app.Options) {
		elsewhere(o)
		o.Config.Webhooks = []config.Webhook{{Name: "hub", Source: "github", SecretFile: secretFile}}
	}
	i := launch(t, dir, hooked)
	i.write("slo.yaml", pipelines)
	i.serves("default/pipelines/success 98%")
	for range 2 {
		for run, conclusion := range map[string]string{"1": "success", "2": "failure", "3": "cancelled"} {
			if got := i.deliver(first, run, conclusion); got != http.StatusOK {
				t.Fatalf("run %s: %d", run, got)
			}
		}
	}
	write(second)
	if got := i.deliver(first, "4", "failure"); got != http.StatusUnauthorized {
		t.Errorf("with the secret of yesterday: %d", got)
	}
	if got := i.deliver(second, "4", "failure"); got != http.StatusOK {
		t.Errorf("with the new secret: %d", got)
	}
	counts := func(i *instance) {
		i.eventually("count two bad runs and a good one", func() (bool, string) {
			_, metrics := i.get("/metrics")
			return eventCount(metrics, "bad") == "2" && eventCount(metrics, "good") == "1", eventCount(metrics, "bad") + " bad, " + eventCount(metrics, "good") + " good"
		})
	}
	counts(i)
	if err := os.Remove(secretFile); err != nil {
		t.Fatal(err)
	}
	if got := i.deliver(second, "5", "failure"); got != http.StatusServiceUnavailable {
		t.Errorf("without the secret's file: %d", got)
	}
	i.stop()
	write(second)
	again := launch(t, dir, hooked)
	again.serves("default/pipelines/success 98%")
	counts(again)
}

// eventCount returns the value of the one series of a result.
func eventCount(metrics, result string) string {
	for line := range strings.Lines(metrics) {
		if strings.HasPrefix(line, "headroom_slo_events_total{") && strings.Contains(line, fmt.Sprintf("result=%q", result)) {
			return strings.Fields(line)[1]
		}
	}
	return "no"
}

func TestWebhookWithoutItsSecret(t *testing.T) {
	c := config.Default()
	c.Listen, c.DataDir = "127.0.0.1:0", filepath.Join(t.TempDir(), "data")
	c.Webhooks = []config.Webhook{{Name: "hub", Source: "github", SecretFile: filepath.Join(t.TempDir(), "none")}}
	a, err := app.New(t.Context(), app.Options{Config: c})
	if err == nil {
		_ = a.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "webhook hub: read the secret: ") {
		t.Errorf("no error that names the webhook: %v", err)
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
