package config

import (
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"headroom/slo"
)

func TestLoadDatasources(t *testing.T) {
	got, dir := load(t, threeDatasources)
	want := Default()
	want.DataDir, want.Specs[0].Path, want.Engine = filepath.Join(dir, DefaultDataDir), dir, nil
	shop := map[string]Secret{"X-Team": NewSecret("a")}
	want.Datasources = []Datasource{
		{
			Name: "europe", Target: "prometheus-3",
			Objectives: Selector{Namespaces: []string{"payments"}, Owners: []string{"team-a"}, Services: []string{"default/checkout"}, Labels: map[string]string{"region": "eu"}},
			Prometheus: Prometheus{
				URL: parseURL(t, "https://mimir.example/prometheus"), Tenant: "shop", Headers: shop, Timeout: 5 * time.Second, Delay: 90 * time.Second, Late: 2 * time.Hour,
				Auth: Auth{BearerTokenFile: filepath.Join(dir, "token")},
				Ruler: &Ruler{
					URL: parseURL(t, "https://mimir.example"), RulesPath: "/rules", Tenant: "shop", NamespacePrefix: "slo/",
					Headers: shop, Timeout: 5 * time.Second, Auth: Auth{BearerTokenFile: filepath.Join(dir, "token")},
				},
			},
		},
		{
			Name: "rest", Target: "prometheus-3", Objectives: Selector{Namespaces: []string{"default"}},
			Prometheus: Prometheus{
				URL: parseURL(t, "http://prometheus.example:9090"), Timeout: DefaultTimeout,
				Ruler: &Ruler{
					URL: parseURL(t, "https://ruler.example/base"), Tenant: "rules", Prune: true, Timeout: time.Minute,
					Headers: map[string]Secret{"X-Rules": NewSecret("b")}, Auth: Auth{Username: "u", Password: NewSecret("p")}, TLS: TLS{ServerName: "ruler"},
				},
			},
		},
		{
			Name: "metal", Target: "victoriametrics",
			Prometheus: Prometheus{URL: parseURL(t, "http://victoria.example:8428"), RulesFile: filepath.Join(dir, "rules/metal.yaml"), Timeout: DefaultTimeout},
		},
	}
	compare(t, got, want)
	if stores := got.Stores(); len(stores) != 3 || stores[2].Name != "metal" {
		t.Errorf("stores %v", stores)
	}
}

const threeDatasources = `
target: prometheus-3
datasources:
- name: europe
  url: https://mimir.example/prometheus
  objectives: {namespaces: [payments], owners: [team-a], services: [checkout], labels: {region: eu}}
  tenant: shop
  headers: {X-Team: a}
  bearer_token_file: token
  delay: 90s
  late: 2h
  timeout: 5s
  ruler: {rules_path: /rules, namespace_prefix: "slo/", prune: false}
- name: rest
  url: http://prometheus.example:9090
  objectives: {namespaces: [default]}
  ruler:
    url: https://ruler.example/base
    tenant: rules
    headers: {X-Rules: b}
    timeout: 1m
    basic_auth: {username: u, password: p}
    tls: {server_name: ruler}
- name: metal
  url: http://victoria.example:8428
  target: victoriametrics
  rules_file: rules/metal.yaml
  reload: false
`

func TestPrometheusIsTheSimpleForm(t *testing.T) {
	got, _ := load(t, "prometheus: {url: 'http://p:9090', tenant: shop, delay: 30s}\n")
	stores := got.Stores()
	if len(stores) != 1 || stores[0].Name != SimpleName || stores[0].Target != DefaultTarget || stores[0].Tenant != "shop" ||
		stores[0].Delay != 30*time.Second || !stores[0].Objectives.All() {
		t.Errorf("stores %+v", stores)
	}
	none := Default()
	if len(none.Stores()) != 0 {
		t.Error("the embedded engine is an external store")
	}
}

func TestSelector(t *testing.T) {
	o := &slo.Objective{ID: slo.ID{Namespace: "payments", Service: "api", Objective: "x"}, Owner: "team-a", Labels: map[string]string{"tier": "1"}}
	for name, test := range map[string]struct {
		s    Selector
		want bool
	}{
		"nothing said":    {Selector{}, true},
		"namespace":       {Selector{Namespaces: []string{"x", "payments"}}, true},
		"other namespace": {Selector{Namespaces: []string{"x"}}, false},
		"service":         {Selector{Services: []string{"payments/api"}}, true},
		"other service":   {Selector{Services: []string{"default/api"}}, false},
		"owner":           {Selector{Owners: []string{"team-a"}}, true},
		"other owner":     {Selector{Owners: []string{"team-b"}}, false},
		"label":           {Selector{Labels: map[string]string{"tier": "1"}}, true},
		"other value":     {Selector{Labels: map[string]string{"tier": "2"}}, false},
		"no such label":   {Selector{Labels: map[string]string{"region": ""}}, false},
		"all must match":  {Selector{Namespaces: []string{"payments"}, Owners: []string{"team-b"}}, false},
	} {
		if got := test.s.Matches(o); got != test.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func TestLoadRetention(t *testing.T) {
	got, _ := load(t, "retention: {fine: 7d, slices: 400d, events: 120d, audit: 5y, decisions: 50000}\ncache: 1GiB\n")
	day := 24 * time.Hour
	if want := (Retention{Fine: 7 * day, Slices: 400 * day, Events: 120 * day, Audit: 5 * 365 * day, Decisions: 50_000}); got.Retention != want || got.Cache != 1<<30 {
		t.Errorf("got %+v, %d", got.Retention, got.Cache)
	}
}

func TestLoadAlertmanagers(t *testing.T) {
	got, dir := load(t, `
alertmanagers:
- http://one.example:9093
- {url: "https://two.example", headers: {X-Team: t}, timeout: 2s, bearer_token_file: token}
- {url: "https://three.example", basic_auth: {username: u, password_file: password}, tls: {ca_file: ca.pem}}
`)
	want := []Alertmanager{
		{URL: &url.URL{Scheme: "http", Host: "one.example:9093"}, Timeout: DefaultAlertmanagerTimeout},
		{
			URL: &url.URL{Scheme: "https", Host: "two.example"}, Timeout: 2 * time.Second, Headers: map[string]Secret{"X-Team": NewSecret("t")},
			Auth: Auth{BearerTokenFile: filepath.Join(dir, "token")},
		},
		{
			URL: &url.URL{Scheme: "https", Host: "three.example"}, Timeout: DefaultAlertmanagerTimeout,
			Auth: Auth{Username: "u", PasswordFile: filepath.Join(dir, "password")}, TLS: TLS{CAFile: filepath.Join(dir, "ca.pem")},
		},
	}
	compare(t, Config{Alertmanagers: got.Alertmanagers}, Config{Alertmanagers: want})
}
