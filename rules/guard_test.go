package rules_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"headroom/alerting"
	"headroom/internal/truth"
	"headroom/rules"
	"headroom/slo"
)

// rare is an objective with few events: 99 % over a day, at a minute.
func rare(change ...func(*slo.Objective)) *slo.Objective {
	return checkout(append([]func(*slo.Objective){quick(day, time.Minute), func(o *slo.Objective) {
		o.Target = slo.MustTarget("99%")
	}}, change...)...)
}

func withPlan(plan slo.AlertPlan) func(*slo.Objective) {
	return func(o *slo.Objective) { o.Plan = &plan }
}

// fewEvents is a request each three minutes, and so many failures after six
// hours.
func fewEvents(w *world, failures int) {
	ok, failed := w.requests("200"), w.requests("500")
	for at := time.Duration(0); at < 8*time.Hour; at += 3 * time.Minute {
		ok.Add(after(at+10*time.Second), 1)
	}
	failed.Add(after(5*time.Second), 0)
	for i := range failures {
		failed.Add(after(6*time.Hour+time.Duration(i)*2*time.Minute+10*time.Second), 1)
	}
}

// recorded lists the values of a label on the samples that a series ever had.
func recorded(t *testing.T, w *world, metric, label string) []string {
	t.Helper()
	list, err := w.lab.Instant(context.Background(), `count by (`+label+`) (max_over_time(`+metric+`{severity="page"}[8h]))`, w.now)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	for _, s := range list {
		values = append(values, s.Labels[label])
	}
	return values
}

func TestGuardWithholdsAPageUntilThereIsEvidence(t *testing.T) {
	for _, tt := range []struct {
		name     string
		o        *slo.Objective
		failures int
		pages    int
		withheld bool
		fired    bool
	}{
		{"two failures", rare(), 2, 0, true, false},
		{"nine failures", rare(), 9, 1, true, true},
		{"two failures without the guard", rare(withPlan(slo.AlertPlan{Guard: slo.GuardWish{Off: true}})), 2, 1, false, true},
		{"nine failures in bursts", rare(withPlan(slo.AlertPlan{Guard: slo.GuardWish{Dispersion: "10"}})), 9, 0, true, false},
		{"a failure that matters", rare(withPlan(slo.AlertPlan{Guard: slo.GuardWish{Off: true}, Materiality: "0.15"})), 1, 1, false, true},
		{"a failure that matters little", rare(withPlan(slo.AlertPlan{Guard: slo.GuardWish{Off: true}, Materiality: "0.4"})), 1, 0, false, false},
		{"nine failures in the shadow", rare(withPlan(slo.AlertPlan{Page: slo.NoticeWish{Shadow: true}})), 9, 0, true, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 30*time.Second)
			fewEvents(w, tt.failures)
			w.load(rules.Embedded, tt.o)
			w.run(7*time.Hour, nil)
			pages := firings(w.lab, rules.AlertPage)
			if len(pages) != tt.pages {
				t.Errorf("%d pages, want %d", len(pages), tt.pages)
			}
			withheld, fired := recorded(t, w, rules.MetricTierWithheld, rules.LabelTier), recorded(t, w, rules.MetricTierBurn, rules.LabelTier)
			if len(withheld) > 0 != tt.withheld || len(fired) > 0 != tt.fired {
				t.Errorf("withheld are %v and fired %v, want some: %v and %v", withheld, fired, tt.withheld, tt.fired)
			}
			if tt.pages > 0 && !strings.Contains(pages[0].Annotations["description"], "It fires for what happened over 30m") {
				t.Errorf("%s\ndoes not say what fired", pages[0].Annotations["description"])
			}
			w.finite()
		})
	}
}

// TestRulesDecideAsJudge compares which tiers the compiled rules let fire with
// what alerting.Judge says of the true counts.
func TestRulesDecideAsJudge(t *testing.T) {
	t.Parallel()
	o := rare(withPlan(slo.AlertPlan{Guard: slo.GuardWish{Dispersion: "1.5"}}))
	w := newWorld(t, 30*time.Second)
	in := incident(w)
	w.load(rules.Embedded, o)
	judge := alerting.NewJudge(alerting.NewPlan(o))
	agreed, total := 0, 0
	for at := 7 * time.Hour; at <= 12*time.Hour; at += 10 * time.Minute {
		w.run(at, nil)
		verdict := judge.Judge(alerting.Page, func(window time.Duration) (bad, total float64) {
			return truth.Sum(in.Bad, w.now.Add(-window), w.now), truth.Sum(in.Total, w.now.Add(-window), w.now)
		}, 1)
		list, err := w.lab.Instant(context.Background(), rules.MetricTierBurn+`{severity="page"}`, w.now)
		if err != nil {
			t.Fatal(err)
		}
		total++
		if len(list) == len(verdict.Fires) {
			agreed++
		}
	}
	// At the edges, the rules look a step later.
	if agreed < total-3 {
		t.Errorf("rules and judge agree on %d of %d looks", agreed, total)
	}
}

func TestPlanNamesTheAlert(t *testing.T) {
	o := rare(withPlan(slo.AlertPlan{
		Without: []slo.TierWish{{Severity: "ticket"}},
		Page: slo.NoticeWish{
			Severity: "critical", Alert: "Burning", Labels: map[string]string{"pager": "{{ yes }}", "tier": "2"},
			Annotations: map[string]string{"summary": "Look {{ now }}", "dashboard": "d"}, Keep: 42 * time.Minute,
		},
	}))
	w := newWorld(t, 30*time.Second)
	fewEvents(w, 9)
	w.load(rules.Embedded, o)
	w.run(7*time.Hour, nil)
	got := firings(w.lab, "Burning")
	if len(got) != 1 {
		t.Fatalf("%d alerts of that name, want one", len(got))
	}
	want := map[string]string{
		"alertname": "Burning", "severity": "critical", "pager": "{{ yes }}", "tier": "2", "owner": "team-payments",
		"slo": "shop/checkout/availability", "namespace": "shop", "service": "checkout", "objective": "availability",
	}
	if diff := cmp.Diff(want, got[0].Labels); diff != "" {
		t.Error(diff)
	}
	if a := got[0].Annotations; a["summary"] != "Look {{ now }}" || a["dashboard"] != "d" || a["description"] == "" {
		t.Errorf("annotations %v", a)
	}
	for _, g := range compile(t, o, rules.Embedded, rules.Options{}) {
		for _, r := range g.Rules {
			if r.Alert == "Burning" && r.KeepFiringFor != 42*time.Minute {
				t.Errorf("%s goes on for %v", r.Alert, r.KeepFiringFor)
			}
		}
	}
}
