package rules_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"headroom/alerting"
	"headroom/internal/engine"
	"headroom/rules"
	"headroom/slo"
)

// services are two services of three and of one objective.
func services() []*slo.Objective {
	var list []*slo.Objective
	for _, id := range []slo.ID{
		{Namespace: "shop", Service: "checkout", Objective: "availability"},
		{Namespace: "shop", Service: "checkout", Objective: "pay"},
		{Namespace: "shop", Service: "checkout", Objective: "speed"},
		{Namespace: "shop", Service: "checkout-api", Objective: "availability"},
	} {
		list = append(list, checkout(brief, func(o *slo.Objective) { o.ID = id }))
	}
	return list
}

// loadAll loads the rules of objectives as they are written together.
func (w *world) loadAll(d rules.Dialect, objectives []*slo.Objective) {
	w.t.Helper()
	groups, err := rules.All(objectives, d, rules.Options{ExternalURL: "https://headroom.example/"})
	if err != nil {
		w.t.Fatal(err)
	}
	var file bytes.Buffer
	if err := rules.Write(&file, groups); err != nil {
		w.t.Fatal(err)
	}
	if err := w.lab.Load(file.Bytes()); err != nil {
		w.t.Fatal(err)
	}
}

// TestAPauseIsToldOncePerService stops all rules for a while: of several
// objectives of a service people hear once.
func TestAPauseIsToldOncePerService(t *testing.T) {
	t.Parallel()
	w := newWorld(t, time.Minute)
	w.flow(w.requests("200"), 0, 6*time.Hour, 100)
	w.loadAll(rules.Embedded, services())
	w.run(6*time.Hour, func(_ string, at time.Time) bool {
		return at.After(after(3*time.Hour)) && at.Before(after(3*time.Hour+25*time.Minute))
	})
	got := heard(w.lab)
	if kindsOf(got) != "rules_missed rules_missed" {
		t.Fatalf("people hear of %q, want once of each service", kindsOf(got))
	}
	slices.SortFunc(got, func(a, b engine.Alert) int { return strings.Compare(a.Labels["slo"], b.Labels["slo"]) })
	for i, want := range []struct{ service, id, objectives string }{
		{"checkout", "shop/checkout", "3"}, {"checkout-api", "shop/checkout-api", "1"},
	} {
		a := got[i]
		if a.Labels["slo"] != want.id || a.Labels["service"] != want.service || a.Labels["objective"] != "" {
			t.Errorf("labels %v, want those of %s", a.Labels, want.id)
		}
		within(t, a.Name, a.FiredAt, after(3*time.Hour+30*time.Minute), 10*time.Minute)
		within(t, a.Name+" ends", a.ResolvedAt, after(4*time.Hour+5*time.Minute), 15*time.Minute)
		if text := a.Annotations["description"]; !strings.Contains(text, "Concerned: "+want.objectives+" of its objectives, most of all "+want.id+"/") || strings.Contains(text, "unknown") {
			t.Errorf("%s says %s", want.id, text)
		}
		if url := "https://headroom.example/?namespace=shop&service=" + want.service; a.Annotations["detail_url"] != url {
			t.Errorf("detail_url %s, want %s", a.Annotations["detail_url"], url)
		}
	}
}

// TestMissedRulesAreNoObjectives has the first objective of a service say more
// of itself than belongs to an alert about the service.
func TestMissedRulesAreNoObjectives(t *testing.T) {
	list := services()
	list[0].Runbook, list[0].Labels, list[0].Owner = "https://wiki.example/checkout", map[string]string{"tier": "1"}, "team-shop"
	list[0].Plan = &slo.AlertPlan{Name: "own", Others: map[string]slo.OtherWish{
		string(alerting.RulesMissed): {NoticeWish: slo.NoticeWish{Labels: map[string]string{"team": "infra"}}},
	}}
	groups, err := rules.All(list, rules.Prometheus3, rules.Options{
		ExternalURL: "https://headroom.example/", DashboardURL: "https://grafana.example/d/{uid}", RunbookURL: "https://wiki.example/alerts#{alert}",
	})
	if err != nil {
		t.Fatal(err)
	}
	for g := range groups {
		for _, r := range g.Rules {
			got := map[string]string{}
			for _, l := range slices.Concat(r.Labels, r.Annotations) {
				got[l.Name] = l.Value
			}
			switch {
			case r.Alert == alerting.Absent.Alert() && got["slo"] == list[0].ID.String():
				if got["tier"] != "1" || got["runbook_url"] != list[0].Runbook || got["dashboard_url"] == "" {
					t.Errorf("the objective's own alert has %v", got)
				}
			case r.Alert == alerting.RulesMissed.Alert() && got["slo"] == "shop/checkout":
				for name, want := range map[string]string{
					"tier": "", "dashboard_url": "", "runbook_url": "https://wiki.example/alerts#slorulesmissed",
					"detail_url": "https://headroom.example/?namespace=shop&service=checkout", "owner": "team-shop", "team": "infra", "severity": "ticket",
				} {
					if got[name] != want {
						t.Errorf("%s is %q, want %q", name, got[name], want)
					}
				}
			}
		}
	}
}

// TestARestartIsNoSilence stops everything for about as long as the silence after
// which people are told, with groups at the phases that Prometheus gives them.
func TestARestartIsNoSilence(t *testing.T) {
	for _, pause := range []time.Duration{22 * time.Minute, 26 * time.Minute, 31 * time.Minute, 38 * time.Minute} {
		t.Run(pause.String(), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, time.Minute)
			c := w.requests("200")
			w.flow(c, 0, 4*time.Hour, 100)
			w.loadAll(rules.Embedded, services()[:1])
			w.runAtPhases(2 * time.Hour)
			w.now = after(2*time.Hour + pause)
			w.next = w.now.Add(w.scrape / 2) // nothing was scraped, either
			w.runAtPhases(4 * time.Hour)
			for _, a := range heard(w.lab) {
				if a.Labels[slo.LabelAlert] != string(alerting.RulesMissed) {
					t.Errorf("people hear of %s of %s at %s", a.Name, a.Labels["slo"], a.FiredAt)
				}
			}
		})
	}
}

// TestWhoLeads has plans switch the alert off for the first of a service, and
// for all of them.
func TestWhoLeads(t *testing.T) {
	off := &slo.AlertPlan{Name: "off", Others: map[string]slo.OtherWish{string(alerting.RulesMissed): {Off: true}}}
	list := services()
	for _, tt := range []struct {
		without []int
		want    string
	}{
		{nil, "shop/checkout-api/availability shop/checkout/availability"},
		{[]int{0}, "shop/checkout-api/availability shop/checkout/pay"},
		{[]int{0, 1, 2}, "shop/checkout-api/availability"},
	} {
		for i, o := range list {
			o.Plan = nil
			if slices.Contains(tt.without, i) {
				o.Plan = off
			}
		}
		var led []string
		groups, err := rules.All(list, rules.Prometheus3, rules.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for g := range groups {
			for _, r := range g.Rules {
				if r.Alert == alerting.RulesMissed.Alert() {
					led = append(led, strings.TrimSuffix(strings.TrimPrefix(g.Name, "headroom/"), "/health"))
				}
			}
		}
		slices.Sort(led)
		if got := strings.Join(led, " "); got != tt.want {
			t.Errorf("without %v: %s lead, want %s", tt.without, got, tt.want)
		}
	}
}
