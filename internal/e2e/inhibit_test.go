package e2e

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"go.yaml.in/yaml/v4"
)

const groupedSpec = `headroom: v1
service: shop
owner: team-shop
labels: {tier: "1"}
plan: all
objectives:
  availability:
    target: 99%
    group: [region]
    ratio: {bad: 'errors_total', total: 'requests_total'}
  other:
    target: 99%
    ratio: {bad: 'errors_total', total: 'requests_total'}
`

const allAlerts = "headroom: v1\nplan: all\nalerts: {integrity: {off: false}}\n"

// TestPageSilencesItsTickets sends the alerts of generated rules to Alertmanager
// with generated routes: the ticket of what pages is inhibited, and no other.
func TestPageSilencesItsTickets(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	spec := writeFile(t, filepath.Join(dir, "slo.yaml"), groupedSpec)
	plans := writeFile(t, filepath.Join(dir, "plan.yaml"), allAlerts)
	rules, config := filepath.Join(dir, "rules.yaml"), filepath.Join(dir, "alertmanager.yml")
	generate(t, spec, "--plans", plans, "--output", rules)
	pager, inbox, rest := startReceiver(t), startReceiver(t), startReceiver(t)
	base := writeFile(t, filepath.Join(dir, "base.yml"), fmt.Sprintf(
		"route: {receiver: rest}\nreceivers:\n- {name: rest, webhook_configs: [{url: %q}]}\n- {name: pager, webhook_configs: [{url: %q}]}\n- {name: inbox, webhook_configs: [{url: %q}]}\n",
		rest.server.URL, pager.server.URL, inbox.server.URL))
	generate(t, "alertmanager", spec, "--plans", plans, "--receiver", "team-shop/page=pager", "--receiver", "page=rest", "--receiver", "ticket=inbox", "--base", base, "--output", config)
	hurry(t, config)

	address := freeAddress(t)
	p := start(t, server(t, "prometheus-alertmanager", "prometheus-alertmanager"),
		"--config.file="+config, "--storage.path="+filepath.Join(dir, "data"), "--web.listen-address="+address, "--cluster.listen-address=")
	waitReady(t, p, "http://"+address+"/-/ready")
	labels := alertLabels(t, rules)
	page, ticket := labels["default/shop/availability page"], labels["default/shop/availability ticket"]
	elsewhere, other := with(ticket, "region", "us"), labels["default/shop/other ticket"]
	page, ticket = with(page, "region", "eu"), with(ticket, "region", "eu")
	send(t, address, page, ticket, elsewhere, other)

	eventually(t, "the page and the other tickets arrive", func() (bool, string) {
		_, paged := pager.got("firing", page)
		_, first := inbox.got("firing", elsewhere)
		_, second := inbox.got("firing", other)
		return paged && first && second, fmt.Sprint(pager.alerts, inbox.alerts, rest.alerts)
	})
	if _, sent := inbox.got("firing", ticket); sent {
		t.Errorf("the ticket of what pages was sent: %v", inbox.alerts)
	}
	for what, want := range map[string]struct {
		labels map[string]string
		state  string
	}{"page": {page, "active"}, "its ticket": {ticket, "suppressed"}, "another group's ticket": {elsewhere, "active"}, "another objective's ticket": {other, "active"}} {
		if got := state(t, address, want.labels); got != want.state {
			t.Errorf("%s is %s, want %s", what, got, want.state)
		}
	}
	checkPrecedence(t, address, labels)
}

// allPages makes pages, under another name, of alerts that are tickets otherwise.
const allPages = `headroom: v1
plan: all
page: {severity: critical}
alerts:
  exhausted: {severity: critical}
  forecast: {severity: critical}
  no_traffic: {severity: critical}
  integrity: {off: false}
`

// TestNothingSilencesAPage has Alertmanager hear of everything at once: what
// pages is active, and an exhausted budget silences no ticket.
func TestNothingSilencesAPage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	spec := writeFile(t, filepath.Join(dir, "slo.yaml"), groupedSpec)
	plans := writeFile(t, filepath.Join(dir, "plan.yaml"), allPages)
	rules, config := filepath.Join(dir, "rules.yaml"), filepath.Join(dir, "alertmanager.yml")
	generate(t, spec, "--plans", plans, "--output", rules)
	generate(t, "alertmanager", spec, "--plans", plans, "--output", config)

	address := freeAddress(t)
	p := start(t, server(t, "prometheus-alertmanager", "prometheus-alertmanager"),
		"--config.file="+config, "--storage.path="+filepath.Join(dir, "data"), "--web.listen-address="+address, "--cluster.listen-address=")
	waitReady(t, p, "http://"+address+"/-/ready")
	labels := alertLabels(t, rules)
	of := func(what, region string) map[string]string {
		return with(labels["default/shop/availability "+what], "region", region)
	}
	active := []map[string]string{labels["default/shop rules_missed"], of("exhausted", "asia"), of("absent", "asia"), of("ticket", "asia"), of("critical", "eu")}
	for _, kind := range []string{"exhausted", "forecast", "no_traffic"} {
		active = append(active, of(kind, "eu"))
	}
	quiet := []map[string]string{of("ticket", "eu"), of("absent", "eu"), of("integrity", "asia")}
	send(t, address, append(active, quiet...)...)
	for _, l := range quiet { // so that Alertmanager has thought about all of them
		eventually(t, fmt.Sprintf("%v is silenced", l), func() (bool, string) {
			got := state(t, address, l)
			return got == "suppressed", got
		})
	}
	for _, l := range active {
		if got := state(t, address, l); got != "active" {
			t.Errorf("%v is %s", l, got)
		}
	}
}

// checkPrecedence sends the alerts that are not about a burn, each after what
// says more, and demands which of them people hear of.
func checkPrecedence(t *testing.T, address string, labels map[string]map[string]string) {
	t.Helper()
	const eu, asia = "eu", "asia" // nothing burns in Asia
	of := func(kind, region string) map[string]string {
		found := labels["default/shop/availability "+kind]
		if found == nil {
			t.Fatalf("the rules have no alert of the kind %s", kind)
		}
		return with(found, "region", region)
	}
	other := func(kind string) map[string]string { return labels["default/shop/other "+kind] }
	missed := labels["default/shop rules_missed"]
	// What each is silenced by: by nothing at first.
	steps := []struct {
		what   string
		cause  map[string]string
		quiet  []map[string]string
		spoken []map[string]string
	}{
		{
			"a page of its group silences the forecast", nil,
			[]map[string]string{of("forecast", eu)},
			[]map[string]string{of("forecast", asia), other("no_traffic"), other("integrity")},
		},
		{
			"an exhausted budget need not be forecast", of("exhausted", asia),
			[]map[string]string{of("forecast", asia)},
			[]map[string]string{of("exhausted", asia)},
		},
		{
			"missing data silences what follows from it, and no burn", other("absent"),
			[]map[string]string{other("no_traffic"), other("integrity")},
			[]map[string]string{other("absent"), other("ticket")},
		},
		{
			"missed rules of the service silence all about data, and no budget", missed,
			[]map[string]string{of("unmeasured", asia), of("no_traffic", asia), other("no_traffic")},
			[]map[string]string{missed, of("exhausted", asia), other("absent"), other("ticket")},
		},
	}
	for _, step := range steps {
		if step.cause != nil {
			send(t, address, step.cause)
		}
		for want, list := range map[string][]map[string]string{"suppressed": step.quiet, "active": step.spoken} {
			send(t, address, list...)
			for _, l := range list {
				eventually(t, fmt.Sprintf("%s: %v is %s", step.what, l, want), func() (bool, string) {
					got := state(t, address, l)
					return got == want, got
				})
			}
		}
	}
}

// hurry makes the generated routes wait for nothing.
func hurry(t *testing.T, config string) {
	t.Helper()
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	for _, wait := range []string{"group_wait: 30s", "group_wait: 5m"} {
		if !bytes.Contains(text, []byte(wait)) {
			t.Fatalf("no %s in\n%s", wait, text)
		}
		text = bytes.ReplaceAll(text, []byte(wait), []byte("group_wait: 1s"))
	}
	writeFile(t, config, string(text))
}

// alertLabels are the labels of the alerts in a file of rules, by objective and
// severity, or kind where they are not about a burn.
func alertLabels(t *testing.T, file string) map[string]map[string]string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var rules struct {
		Groups []struct {
			Rules []struct {
				Alert  string            `yaml:"alert"`
				Labels map[string]string `yaml:"labels"`
			} `yaml:"rules"`
		} `yaml:"groups"`
	}
	if err := yaml.Unmarshal(text, &rules); err != nil {
		t.Fatal(err)
	}
	found := map[string]map[string]string{}
	for _, g := range rules.Groups {
		for _, r := range g.Rules {
			if key := r.Labels["slo"] + " " + cmp.Or(r.Labels["slo_alert"], r.Labels["severity"]); r.Alert != "" && found[key] == nil {
				found[key] = with(r.Labels, "alertname", r.Alert)
			}
		}
	}
	return found
}

func with(labels map[string]string, name, value string) map[string]string {
	labels = maps.Clone(labels)
	labels[name] = value
	return labels
}

// send posts alerts as Prometheus does.
func send(t *testing.T, address string, alerts ...map[string]string) {
	t.Helper()
	var list []map[string]any
	for _, labels := range alerts {
		list = append(list, map[string]any{"labels": labels, "annotations": map[string]string{"summary": "x"}})
	}
	body, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.Post("http://"+address+"/api/v2/alerts", "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("send alerts: %d %v", response.StatusCode, err)
	}
}

// state is what Alertmanager thinks of an alert.
func state(t *testing.T, address string, labels map[string]string) string {
	t.Helper()
	body, status, err := get("http://" + address + "/api/v2/alerts")
	if err != nil || status != http.StatusOK {
		t.Fatalf("list alerts: %d %v", status, err)
	}
	var alerts []struct {
		Labels map[string]string `json:"labels"`
		Status struct {
			State string `json:"state"`
		} `json:"status"`
	}
	if err := json.Unmarshal(body, &alerts); err != nil {
		t.Fatal(err)
	}
	for _, a := range alerts {
		if maps.Equal(a.Labels, labels) {
			return a.Status.State
		}
	}
	return "absent"
}
