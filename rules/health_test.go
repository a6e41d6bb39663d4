package rules_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"headroom/alerting"
	"headroom/internal/engine"
	"headroom/rules"
	"headroom/slo"
)

// brief is an objective whose silence is 25 minutes and whose window is lived
// through in a test.
func brief(o *slo.Objective) {
	o.Target = slo.MustTarget("99%")
	quick(10*time.Hour, 5*time.Minute)(o)
	o.Runbook = "https://wiki.example/checkout"
	o.Plan = &slo.AlertPlan{Name: "all", Others: map[string]slo.OtherWish{"integrity": {On: true}}}
}

// heard are the alerts that are not about a burn, by kind and in order.
func heard(lab *engine.Lab) []engine.Alert {
	return slices.DeleteFunc(lab.Alerts(), func(a engine.Alert) bool { return a.Labels[slo.LabelAlert] == "" })
}

func kindsOf(list []engine.Alert) string {
	var kinds []string
	for _, a := range list {
		kinds = append(kinds, a.Labels[slo.LabelAlert])
	}
	return strings.Join(kinds, " ")
}

// neverMeasured is what the text says of a budget of which nothing was ever known.
const neverMeasured = "Budget left, a live estimate: unknown."

// checkText fails the test unless the words of an alert are for people.
func checkText(t *testing.T, a engine.Alert, summary, description string) {
	t.Helper()
	for name, want := range map[string]string{
		"summary": summary, "description": description, "runbook_url": `^https://wiki\.example/checkout$`,
		"detail_url": `^https://headroom\.example/slos/shop/checkout/availability$`,
	} {
		if got := a.Annotations[name]; !regexp.MustCompile(want).MatchString(got) || strings.Contains(got, "{{") || strings.Contains(strings.Replace(got, neverMeasured, "", 1), "unknown") {
			t.Errorf("%s says\n%s\nwant\n%s", name, got, want)
		}
	}
	if a.Labels["severity"] != "ticket" || a.Labels["owner"] != "team-payments" {
		t.Errorf("labels %v", a.Labels)
	}
}

func TestHealthAlerts(t *testing.T) {
	for _, tt := range []struct {
		name    string
		change  func(*slo.Objective)
		live    func(w *world) // before the rules are loaded
		until   time.Duration
		skip    func(group string, at time.Time) bool
		kinds   string
		fires   time.Duration // the first, give or take ten minutes
		summary string
		text    string
	}{
		{
			name: "the scrape ends",
			live: func(w *world) {
				c := w.requests("200")
				c.Dies = after(3 * time.Hour)
				w.flow(c, 0, 3*time.Hour, 100)
			},
			until: 5 * time.Hour, kinds: "absent", fires: 3*time.Hour + 30*time.Minute,
			summary: `^shop/checkout/availability has no data: none of its raw series is there$`,
			text:    `No raw series of .*has been seen for 25m.*would cost 4[0-9.]*% of its error budget.*Budget left, a live estimate: 100\.0%`,
		},
		{
			name:  "there never was a target",
			live:  func(w *world) { w.counter("__name__", "up") },
			until: 2 * time.Hour, kinds: "absent", fires: 30 * time.Minute,
		},
		{
			name: "a region goes",
			change: func(o *slo.Objective) {
				o.GroupBy = []string{"region"}
			},
			live: func(w *world) {
				c := w.requests("200", "region", "eu")
				c.Dies = after(3 * time.Hour)
				w.flow(c, 0, 3*time.Hour, 100)
				w.flow(w.requests("200", "region", "us"), 0, 5*time.Hour, 100)
			},
			until: 5 * time.Hour, kinds: "absent", fires: 3*time.Hour + 30*time.Minute,
			summary: `^shop/checkout/availability \(region eu\) has no data`, text: `region eu.*Budget left, a live estimate: 100\.0%`,
		},
		{
			name:   "there never was a region",
			change: func(o *slo.Objective) { o.GroupBy = []string{"region"} },
			live:   func(w *world) { w.counter("__name__", "up") },
			until:  2 * time.Hour, kinds: "absent", fires: 35 * time.Minute,
			summary: `^shop/checkout/availability has no data: none of its raw series is there$`, text: `^No raw series of shop/checkout/availability \(target`,
		},
		{
			name: "the tile rules stall",
			live: func(w *world) { w.flow(w.requests("200"), 0, 5*time.Hour, 100) },
			skip: func(group string, at time.Time) bool {
				return strings.HasSuffix(group, "/tile") && at.After(after(3*time.Hour))
			},
			until: 3*time.Hour + 50*time.Minute, kinds: "unmeasured rules_missed", fires: 3*time.Hour + 28*time.Minute,
		},
		{
			name: "all rules stall",
			live: func(w *world) { w.flow(w.requests("200"), 0, 5*time.Hour, 100) },
			skip: func(_ string, at time.Time) bool {
				return at.After(after(3*time.Hour)) && at.Before(after(3*time.Hour+25*time.Minute))
			},
			until: 5 * time.Hour, kinds: "rules_missed", fires: 3*time.Hour + 30*time.Minute,
		},
		{
			name: "a restart is no silence",
			live: func(w *world) { w.flow(w.requests("200"), 0, 6*time.Hour, 100) },
			skip: func(_ string, at time.Time) bool {
				return at.After(after(2*time.Hour)) && at.Before(after(4*time.Hour))
			},
			until: 6 * time.Hour, kinds: "",
		},
		{
			name: "the budget goes at once and comes back",
			live: func(w *world) {
				w.flow(w.requests("200"), 0, 24*time.Hour, 100)
				w.flow(w.requests("500"), 11*time.Hour, 12*time.Hour, 15)
			},
			until: 23 * time.Hour, kinds: "exhausted", fires: 11*time.Hour + 47*time.Minute,
			summary: ` has used up its error budget$`,
			text:    `bad events took 1[0-9]{2}% of it, and -[0-9.]+% remains.*Of [0-9]{5} events in the window [0-9]{3} were bad\. The burn rate over [0-9hm]+ is [0-9.]+\.`,
		},
		{
			name: "a young objective is not judged by its first minutes",
			live: func(w *world) {
				w.flow(w.requests("200"), 0, 2*time.Hour, 100)
				w.flow(w.requests("500"), 0, 10*time.Minute, 10)
			},
			until: 2 * time.Hour, kinds: "",
		},
		{
			name: "a slow burn leads to the end",
			change: func(o *slo.Objective) { // no ticket speaks of it before
				o.Plan.Without = []slo.TierWish{{Severity: "ticket"}}
			},
			live: func(w *world) {
				w.flow(w.requests("200"), 0, 24*time.Hour, 1000)
				w.flow(w.requests("500"), 4*time.Hour, 24*time.Hour, 14)
			},
			until: 10*time.Hour + 30*time.Minute, kinds: "forecast", fires: 10*time.Hour + 30*time.Minute,
			summary: ` will have used up its error budget in [0-9hms ]+$`,
			text:    `it burns 1\.4 times as fast as allowed over 20m and 1\.4 times over 10m\. Budget left, a live estimate: [0-9.]+%`,
		},
		{
			name: "most series go",
			live: func(w *world) {
				for _, pod := range []string{"a", "b", "c", "d", "e"} {
					c := w.requests("200", "pod", pod)
					if pod > "b" {
						c.Dies = after(26 * time.Hour)
					}
					w.flow(c, 0, 26*time.Hour, 100)
					if pod <= "b" {
						w.flow(c, 26*time.Hour, 29*time.Hour, 100)
					}
				}
			},
			until: 28 * time.Hour, kinds: "integrity", fires: 26*time.Hour + 50*time.Minute,
			summary: ` is measured by 0\.40 times as many raw series as a day ago$`, text: `for [0-9hm]+ by now: 2\.`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, time.Minute)
			o := checkout(brief)
			if tt.change != nil {
				tt.change(o)
			}
			tt.live(w)
			w.load(rules.Embedded, o)
			w.run(tt.until, tt.skip)
			got := heard(w.lab)
			if k := kindsOf(got); k != tt.kinds {
				for _, a := range got {
					t.Log(a.Name, a.Labels, a.FiredAt, a.ResolvedAt, a.Annotations)
				}
				t.Fatalf("people hear of %q, want %q", k, tt.kinds)
			}
			if len(got) == 0 {
				return
			}
			within(t, got[0].Name, got[0].FiredAt, after(tt.fires), 10*time.Minute)
			if tt.summary != "" {
				checkText(t, got[0], tt.summary, tt.text)
			}
		})
	}
}

func TestPlansChangeTheOtherAlerts(t *testing.T) {
	o := checkout(func(o *slo.Objective) {
		o.Plan = &slo.AlertPlan{Name: "own", Others: map[string]slo.OtherWish{
			"exhausted": {NoticeWish: slo.NoticeWish{Severity: "critical", Alert: "BudgetGone", Keep: 7 * time.Minute}},
			"forecast":  {Off: true}, "absent": {Off: true}, "no_traffic": {Off: true}, "integrity": {On: true},
		}}
	})
	options := rules.Options{DashboardURL: "https://grafana.example/d/{uid}?slo={slo}&service={service}"}
	var names []string
	for _, g := range compile(t, o, rules.Prometheus3, options) {
		for _, r := range g.Rules {
			if r.Alert == "" {
				continue
			}
			names = append(names, r.Alert)
			if want := (rules.Label{Name: "dashboard_url", Value: "https://grafana.example/d/" + o.ID.DashboardUID() + "?slo=shop%2Fcheckout%2Favailability&service=checkout"}); r.Alert != alerting.RulesMissed.Alert() && !slices.Contains(r.Annotations, want) {
				t.Errorf("%s: annotations %v", r.Alert, r.Annotations)
			}
			if r.Alert == "BudgetGone" && (r.KeepFiringFor != 7*time.Minute || !slices.Contains(r.Labels, rules.Label{Name: "severity", Value: "critical"})) {
				t.Errorf("%+v", r)
			}
		}
	}
	if got, want := strings.Join(names, " "), rules.AlertPage+" "+rules.AlertTicket+" BudgetGone SLODataUnmeasured SLOSeriesChanged SLORulesMissed"; got != want {
		t.Errorf("alerts %s, want %s", got, want)
	}
}

func TestCheckDashboardURL(t *testing.T) {
	for address, ok := range map[string]bool{
		"": true, "https://grafana.example/d/{uid}": true, "https://grafana.example/d/{id}": false, "grafana": false, "ftp://x/{slo}": false,
	} {
		if err := rules.CheckDashboardURL(address); (err == nil) != ok {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestNoTrafficIsToldOnlyWhereThereUsedToBeSome(t *testing.T) {
	t.Parallel()
	w := newWorld(t, time.Minute)
	o := checkout(brief)
	c := w.requests("200")
	for d := range 8 {
		begin := time.Duration(d) * day
		w.flow(c, begin+6*time.Hour, begin+20*time.Hour, 100) // the nights are quiet
	}
	w.load(rules.Embedded, o)
	w.run(8*day+9*time.Hour, nil)
	got := heard(w.lab)
	if kindsOf(got) != "no_traffic" {
		t.Fatalf("people hear of %s", kindsOf(got))
	}
	within(t, got[0].Name, got[0].FiredAt, after(8*day+6*time.Hour+10*time.Minute), 15*time.Minute)
	checkText(t, got[0], ` has no traffic at a time at which it used to have some$`, `no event has happened for 25m; a day ago there were [0-9]+ in the same time`)
}
