package api_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"headroom/alerting"
	"headroom/api"
	"headroom/rules"
	"headroom/slo"
)

// TestEveryAlertLeadsToWhatToDo follows the links of all alerts of an objective
// without a runbook to sections of the page.
func TestEveryAlertLeadsToWhatToDo(t *testing.T) {
	page := get(t, newHandler(t, api.Options{}), rules.HelpPath)
	if page.Code != http.StatusOK {
		t.Fatalf("%s answers %d", rules.HelpPath, page.Code)
	}
	html := page.Body.String()
	for _, left := range []string{"**", "](", "<p>|", "{{", "\n#"} {
		if strings.Contains(html, left) {
			t.Errorf("the page shows %q as it stands in the text", left)
		}
	}
	o := &slo.Objective{
		ID: slo.ID{Namespace: "shop", Service: "checkout", Objective: "availability"}, Owner: "team-payments",
		Target: slo.MustTarget("99.9%"), Window: slo.Window{Rolling: 30 * 24 * time.Hour}, Resolution: 5 * time.Minute,
		Indicator: slo.Ratio{Bad: slo.MustCounter("errors_total"), Total: slo.MustCounter("requests_total")},
		Plan:      &slo.AlertPlan{Name: "all", Others: map[string]slo.OtherWish{string(alerting.Integrity): {On: true}}},
	}
	groups, err := rules.Compile(o, alerting.NewPlan(o), rules.Prometheus3, rules.Options{
		ExternalURL: "https://slo.example/", DashboardURL: "https://grafana.example/d/{uid}",
	})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, g := range groups {
		for _, r := range g.Rules {
			if r.Alert == "" {
				continue
			}
			said := map[string]string{}
			for _, l := range slices.Concat(r.Labels, r.Annotations) {
				said[l.Name] = l.Value
			}
			for _, name := range []string{"summary", "description", "runbook_url", "dashboard_url", "detail_url", "slo", "namespace", "service", "owner", "severity"} {
				// Missed rules are no matter of one objective, and dashboards are.
				ofService := name == "dashboard_url" && r.Alert == alerting.RulesMissed.Alert()
				if said[name] == "" && !ofService {
					t.Errorf("%s says no %s", r.Alert, name)
				}
			}
			if !regexp.MustCompile(`\{\{|[0-9]`).MatchString(said["description"]) {
				t.Errorf("%s has no numbers: %s", r.Alert, said["description"])
			}
			link, err := url.Parse(said["runbook_url"])
			if err != nil || link.Host != "slo.example" || link.Path != rules.HelpPath {
				t.Errorf("%s leads to %s", r.Alert, said["runbook_url"])
			}
			if !strings.Contains(html, `<h2 id="`+link.Fragment+`">`) {
				t.Errorf("%s leads to the section %q, which is not there", r.Alert, link.Fragment)
			}
			seen[r.Alert] = true
		}
	}
	if want := len(alerting.Kinds()) + len(alerting.Severities()); len(seen) != want {
		t.Errorf("%d alerts, want %d", len(seen), want)
	}
}
