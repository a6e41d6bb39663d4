package rules_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"headroom/alerting"
	"headroom/internal/engine"
	"headroom/internal/truth"
	"headroom/rules"
	"headroom/slo"
)

// incident is a service with a short outage and a long tail of errors, twelve
// hours of it.
func incident(w *world, labels ...string) truth.Indicator {
	ok, failed := w.requests("200", labels...), w.requests("500", labels...)
	w.flow(ok, 0, 20*time.Hour, 1000)
	w.flow(failed, 8*time.Hour, 8*time.Hour+20*time.Minute, 250)
	w.flow(failed, 8*time.Hour+20*time.Minute, 11*time.Hour, 10)
	return truth.Indicator{Bad: []*truth.Counter{failed}, Total: []*truth.Counter{ok, failed}}
}

func severityTiers(o *slo.Objective, severity alerting.Severity) []truth.Tier {
	var list []truth.Tier
	for _, t := range alerting.NewPlan(o).Of(severity) {
		if t.Sparse != nil {
			continue // there is traffic
		}
		list = append(list, truth.Tier{Long: t.Long, Short: t.Short, Threshold: t.Threshold})
	}
	return list
}

// firings are the firings of one alert that the lab saw.
func firings(lab *engine.Lab, name string) []engine.Alert {
	var list []engine.Alert
	for _, a := range lab.Alerts() {
		if a.Name == name {
			list = append(list, a)
		}
	}
	return list
}

func TestAlertsFireAndResetWhenTheTruthSays(t *testing.T) {
	for _, d := range []rules.Dialect{rules.Embedded, rules.Prometheus3, rules.VictoriaMetrics} {
		t.Run(string(d), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 30*time.Second)
			o := checkout()
			in := incident(w)
			w.load(d, o)
			w.run(19*time.Hour, nil)
			for severity, name := range map[alerting.Severity]string{alerting.Page: rules.AlertPage, alerting.Ticket: rules.AlertTicket} {
				want := in.Timeline(severityTiers(o, severity), epoch, w.now, time.Minute)
				got := firings(w.lab, name)
				if len(want) != 1 || len(got) != 1 {
					t.Fatalf("%s fired %d times, the truth %d times, want once", name, len(got), len(want))
				}
				keep, late := time.Duration(0), 2*time.Minute
				if d != rules.VictoriaMetrics {
					keep = map[alerting.Severity]time.Duration{alerting.Page: 20 * time.Minute, alerting.Ticket: 30 * time.Minute}[severity]
				}
				if severity == alerting.Ticket {
					late = 10 * time.Minute // its windows are tiles, one of them slow
				}
				within(t, name+" fires", got[0].FiredAt, want[0].From, late)
				if want[0].To.IsZero() != got[0].ResolvedAt.IsZero() {
					t.Fatalf("%s ends at %s, the truth at %s", name, got[0].ResolvedAt, want[0].To)
				}
				if !want[0].To.IsZero() {
					within(t, name+" resets", got[0].ResolvedAt, want[0].To.Add(keep), late)
				}
			}
		})
	}
}

func within(t *testing.T, what string, got, want time.Time, tolerance time.Duration) {
	t.Helper()
	if diff := got.Sub(want).Abs(); diff > tolerance {
		t.Errorf("%s at %s, want %s", what, got.Format(time.TimeOnly), want.Format(time.TimeOnly))
	}
}

func TestAlertTextSaysWhatAPersonNeeds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 30*time.Second)
	o := checkout(grouped("region"), quick(day, 5*time.Minute), func(o *slo.Objective) {
		o.Target = slo.MustTarget("98%")
		o.Description = `Buyers can {{ pay }}, "always".`
		o.Runbook = "https://wiki.example/{checkout}?a=1&b={{2}}"
		o.Owner = `{{ $value }} "quoted" 'single' \ back`
		o.Labels = map[string]string{"tier": "1", "note": "%{HOME} {{{ `x`\nline"}
	})
	incident(w, "region", `e"u\`)
	w.flow(w.requests("200", "region", "us"), 0, 10*time.Hour, 100)
	w.load(rules.Embedded, o)
	w.run(8*time.Hour+30*time.Minute, nil)
	pages := firings(w.lab, rules.AlertPage)
	if len(pages) != 1 {
		t.Fatalf("%d pages, want one, of the region that burns", len(pages))
	}
	wantLabels := map[string]string{
		"alertname": rules.AlertPage, "severity": "page", "slo": "shop/checkout/availability",
		"namespace": "shop", "service": "checkout", "objective": "availability",
		"owner": o.Owner, "region": `e"u\`, "tier": "1", "note": o.Labels["note"],
	}
	if diff := cmp.Diff(wantLabels, pages[0].Labels); diff != "" {
		t.Errorf("labels: %s", diff)
	}
	text := maps.Clone(pages[0].Annotations)
	for name, want := range map[string]string{
		"summary":     `^shop/checkout/availability \(region e"u\\\) burns its error budget [0-9]+\.[0-9] times too fast, now [0-9]+\.[0-9] times$`,
		"runbook_url": `^` + regexp.QuoteMeta(o.Runbook) + `$`,
		"detail_url":  `^https://headroom\.example/slos/shop/checkout/availability$`,
		"description": `^Bad events use up the error budget of shop/checkout/availability \(region e"u\\\) [0-9.]+ times as fast as its target of 98% over 1d allows\. ` +
			`Burn rates now: [0-9.]+ over 30m and [0-9.]+ over 5m \(a page above 4.8 in both\); [0-9.]+ over 2h and [0-9.]+ over 10m \(a page above 2.4 in both\)\. ` +
			`It fires for what happened over 30m\. ` +
			`Budget left, a live estimate up to 5m old: [0-9.]+%; at this burn, or that over 5m if it is higher, it is gone in [0-9dhms ]+\. The objective: ` + regexp.QuoteMeta(o.Description) + `$`,
	} {
		if !regexp.MustCompile(want).MatchString(text[name]) {
			t.Errorf("annotation %s is\n%s\nwant\n%s", name, text[name], want)
		}
		delete(text, name)
	}
	if len(text) > 0 {
		t.Errorf("more annotations: %v", text)
	}
	if burn := pages[0].Value; burn < 4.8 || burn > 8 {
		t.Errorf("value %v, want the burn rate over 30m", burn)
	}
}

// TestAlertTextOfAGroupWithoutALabel has a group whose series lack one of the
// labels, and one whose series lack all.
func TestAlertTextOfAGroupWithoutALabel(t *testing.T) {
	t.Parallel()
	for name, labels := range map[string][]string{`(route "", zone 2)`: {"zone", "2"}, `(route "", zone "")`: nil} {
		w := newWorld(t, time.Minute)
		w.flow(w.requests("200", labels...), 0, 2*time.Hour, 100)
		w.flow(w.requests("500", labels...), 0, 2*time.Hour, 20)
		w.load(rules.Embedded, checkout(grouped("route", "zone"), brief))
		w.run(2*time.Hour, nil)
		heard := map[string]bool{}
		for _, a := range w.lab.Alerts() {
			heard[a.Name] = true
			for _, text := range []string{a.Annotations["summary"], a.Annotations["description"]} {
				if !strings.Contains(text, "shop/checkout/availability "+name) {
					t.Errorf("%s says\n%s\nwithout the group %s", a.Name, text, name)
				}
			}
		}
		if !heard[rules.AlertPage] || !heard["SLOErrorBudgetExhausted"] {
			t.Errorf("people hear of %v", heard)
		}
	}
}

func TestAlertTextOfAnExhaustedBudget(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 30*time.Second)
	w.flow(w.requests("500"), 0, 10*time.Hour, 100)
	w.load(rules.Embedded, checkout())
	w.run(time.Hour, nil)
	pages := firings(w.lab, rules.AlertPage)
	if len(pages) != 1 {
		t.Fatalf("%d pages, want one", len(pages))
	}
	if text := pages[0].Annotations["description"]; strings.Contains(text, "it is gone in") {
		t.Errorf("%s\nsays when a budget will be gone that is gone already", text)
	}
	exhausted := firings(w.lab, alerting.Exhausted.Alert())
	if len(exhausted) != 1 {
		t.Fatalf("the budget is exhausted %d times, want once", len(exhausted))
	}
	if text := exhausted[0].Annotations["description"]; !strings.Contains(text, "bad events took 100000% of it, and -99900.00% remains") {
		t.Errorf("%s\ndoes not say how much is gone", text)
	}
}

func TestASeverityWithoutTiersHasNoAlert(t *testing.T) {
	groups := compile(t, checkout(func(o *slo.Objective) {
		o.Plan = &slo.AlertPlan{Name: "calm", Without: []slo.TierWish{{Severity: "page"}}}
	}), rules.Embedded, rules.Options{})
	var alerts []string
	for _, g := range groups {
		for _, r := range g.Rules {
			if r.Alert != "" && strings.Contains(r.Alert, "Burn") {
				alerts = append(alerts, r.Alert)
			}
		}
	}
	if diff := cmp.Diff([]string{rules.AlertTicket}, alerts); diff != "" {
		t.Error(diff)
	}
}

// TestTheOrderOfAPlansTiersChangesNothing: texts speak of the shortest window,
// and an alert goes on for as long as that asks for.
func TestTheOrderOfAPlansTiersChangesNothing(t *testing.T) {
	tiers := []slo.TierWish{
		{Severity: "page", Share: "0.02", Long: time.Hour},
		{Severity: "page", Share: "0.05", Long: 6 * time.Hour},
		{Severity: "ticket", Share: "0.1", Long: day},
		{Severity: "ticket", Share: "0.1", Long: 3 * day},
	}
	planned := func(o *slo.Objective) { o.Plan = &slo.AlertPlan{Name: "own", Tiers: slices.Clone(tiers)} }
	spec := regexp.MustCompile(`spec: .*`) // tells that somebody wrote something else
	for _, d := range rules.Dialects() {
		want := render(t, d, checkout(planned))
		got := render(t, d, checkout(planned, func(o *slo.Objective) { slices.Reverse(o.Plan.Tiers) }))
		if diff := cmp.Diff(spec.ReplaceAllString(string(want), ""), spec.ReplaceAllString(string(got), "")); diff != "" {
			t.Errorf("%s: %s", d, diff)
		}
	}
}

// TestAPageSaysWhenTheBudgetOfAYoungObjectiveIsGone: what is left of it is a share
// of a short life, and goes sooner than that of a whole window.
func TestAPageSaysWhenTheBudgetOfAYoungObjectiveIsGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 30*time.Second)
	w.flow(w.requests("200"), 0, 6*time.Hour, 1000)
	w.flow(w.requests("500"), 5*time.Hour, 6*time.Hour, 10)
	w.load(rules.Embedded, checkout(quick(day, 5*time.Minute)))
	w.run(6*time.Hour, nil)
	pages := firings(w.lab, rules.AlertPage)
	if len(pages) != 1 {
		t.Fatalf("%d pages, want one", len(pages))
	}
	found := regexp.MustCompile(`it is gone in ([0-9hms ]+)\.`).FindStringSubmatch(pages[0].Annotations["description"])
	if found == nil {
		t.Fatal(pages[0].Annotations["description"])
	}
	said, err := time.ParseDuration(strings.ReplaceAll(found[1], " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	for at := pages[0].FiredAt; ; at = at.Add(time.Minute) {
		left, err := w.lab.Instant(t.Context(), rules.MetricRemaining, at)
		if err != nil || len(left) != 1 || at.After(w.now) {
			t.Fatalf("at %s there is %v left, %v", at, left, err)
		}
		if left[0].Points[0].V <= 0 {
			if gone := at.Sub(pages[0].FiredAt); said < gone/2 || said > 2*gone {
				t.Errorf("gone in %s, as the page says, and after %s in truth", said, gone)
			}
			return
		}
	}
}
