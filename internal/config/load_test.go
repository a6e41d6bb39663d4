package config

import (
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"headroom/slo/diag"
)

func load(t *testing.T, text string) (Config, string) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"password", "token", "ca.pem", "cert.pem", "key.pem"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "headroom.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, problems := Load(path)
	for _, p := range problems {
		t.Errorf("unexpected problem: %s", p)
	}
	return c, dir
}

func parseURL(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func compare(t *testing.T, got, want Config) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(Secret{})); diff != "" {
		t.Errorf("configuration (-want +got):\n%s", diff)
	}
}

func TestDefaultsAreThoseOfAnEmptyFile(t *testing.T) {
	for _, text := range []string{"", "# only a comment\n", "---\n"} {
		got, dir := load(t, text)
		want := Default()
		want.DataDir = filepath.Join(dir, want.DataDir)
		want.Specs[0].Path = dir
		compare(t, got, want)
	}
}

func TestLoadEmbedded(t *testing.T) {
	got, dir := load(t, `
listen: :0
data_dir: /var/lib/headroom
external_url: https://slo.example/headroom
dashboard_url: https://grafana.example/d/{uid}?var-service={service}
runbook_url: https://wiki.example/alerts#{alert}
specs:
- {path: slo, namespaces: [default, platform]}
- path: /srv/specs/one.yaml
defaults: [org]
templates: [templates, /srv/our.yaml]
plans: [plans]
policies: [policies, /etc/headroom/freeze.policy.yaml]
reload_interval: 1s
tick: 2s
engine:
  retention: 2d
  scrape:
  - job: shop
    targets: ["shop.example:8080", "[::1]:80"]
    scheme: https
    path: /internal/metrics
    interval: 200ms
    labels: {region: eu}
    basic_auth: {username: u, password_file: password}
    tls: {insecure_skip_verify: true}
  - {job: self, targets: ["127.0.0.1:9876"], interval: 1m, bearer_token: t}
alertmanagers: ["http://alertmanager.example:9093"]
log: {level: debug, format: json}
`)
	compare(t, got, Config{
		Listen: ":0", DataDir: "/var/lib/headroom", ExternalURL: parseURL(t, "https://slo.example/headroom"),
		DashboardURL: "https://grafana.example/d/{uid}?var-service={service}", RunbookURL: "https://wiki.example/alerts#{alert}",
		Specs: []SpecSource{
			{Path: filepath.Join(dir, "slo"), Namespaces: []string{"default", "platform"}},
			{Path: "/srv/specs/one.yaml", Namespaces: []string{"*"}},
		},
		Defaults:       []string{filepath.Join(dir, "org")},
		Templates:      []string{filepath.Join(dir, "templates"), "/srv/our.yaml"},
		Plans:          []string{filepath.Join(dir, "plans")},
		Policies:       []string{filepath.Join(dir, "policies"), "/etc/headroom/freeze.policy.yaml"},
		ReloadInterval: time.Second, Tick: 2 * time.Second,
		Engine: &Engine{Retention: 48 * time.Hour, Scrape: []Scrape{
			{
				Job: "shop", Targets: []string{"shop.example:8080", "[::1]:80"}, Scheme: "https", Path: "/internal/metrics",
				Interval: 200 * time.Millisecond, Timeout: 200 * time.Millisecond, Labels: map[string]string{"region": "eu"},
				Auth: Auth{Username: "u", PasswordFile: filepath.Join(dir, "password")}, TLS: TLS{InsecureSkipVerify: true},
			},
			{
				Job: "self", Targets: []string{"127.0.0.1:9876"}, Scheme: "http", Path: "/metrics",
				Interval: time.Minute, Timeout: 10 * time.Second, Auth: Auth{BearerToken: NewSecret("t")},
			},
		}},
		Alertmanagers: []Alertmanager{{URL: parseURL(t, "http://alertmanager.example:9093"), Timeout: DefaultAlertmanagerTimeout}},
		Retention:     Default().Retention, Cache: DefaultCache,
		Log: Log{Level: slog.LevelDebug, Format: "json"},
	})
}

func TestLoadExternal(t *testing.T) {
	got, dir := load(t, `
target: prometheus-3
prometheus:
  url: https://prometheus.example/base
  rules_file: rules/headroom.yaml
  headers: {X-Scope-OrgID: tenant}
  timeout: 5s
  basic_auth: {username: u, password: p}
  tls: {ca_file: ca.pem, cert_file: cert.pem, key_file: key.pem, server_name: prometheus}
`)
	want := Default()
	want.DataDir, want.Specs[0].Path = filepath.Join(dir, DefaultDataDir), dir
	want.Target, want.Engine = "prometheus-3", nil
	want.Prometheus = &Prometheus{
		URL: parseURL(t, "https://prometheus.example/base"), RulesFile: filepath.Join(dir, "rules/headroom.yaml"), Reload: true,
		Headers: map[string]Secret{"X-Scope-OrgID": NewSecret("tenant")}, Timeout: 5 * time.Second,
		Auth: Auth{Username: "u", Password: NewSecret("p")},
		TLS:  TLS{CAFile: filepath.Join(dir, "ca.pem"), CertFile: filepath.Join(dir, "cert.pem"), KeyFile: filepath.Join(dir, "key.pem"), ServerName: "prometheus"},
	}
	compare(t, got, want)
}

func TestExternalWithoutRulesFileReloadsNothing(t *testing.T) {
	got, _ := load(t, "prometheus: {url: 'http://p:9090'}\n")
	if got.Prometheus.Reload || got.Target != DefaultTarget {
		t.Errorf("got reload %t, target %q; want false, %q", got.Prometheus.Reload, got.Target, DefaultTarget)
	}
}

func TestLoadMissingFile(t *testing.T) {
	_, problems := Load(filepath.Join(t.TempDir(), "none.yaml"))
	if !diag.HasErrors(problems) {
		t.Error("a file that does not exist gives no error")
	}
}
