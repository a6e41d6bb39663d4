package rules_test

import (
	"fmt"
	"testing"
	"time"

	"headroom/rules"
	"headroom/slo"
)

// tooMany lets four of a thousand requests fail from a time on: at 99.9 % four
// times as many as allowed.
func tooMany(w *world, from, to time.Duration) {
	ok, failed := w.requests("200"), w.requests("500")
	ok.Born, failed.Born = after(from), after(from)
	w.flow(ok, from, to, 996)
	w.flow(failed, from, to, 4)
}

// TestNewbornObjectivesHaveTheirBudget lets objectives be born at every phase of
// the looks for the first tile, which are six hours apart.
func TestNewbornObjectivesHaveTheirBudget(t *testing.T) {
	for d, often := range map[rules.Dialect]time.Duration{
		rules.Embedded: 70 * time.Minute, rules.Prometheus3: 230 * time.Minute, rules.VictoriaMetrics: 230 * time.Minute,
	} {
		for phase := 10 * time.Minute; phase < 6*time.Hour; phase += often {
			t.Run(fmt.Sprintf("%s, %v after a look", d, phase), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, time.Minute)
				tooMany(w, phase, phase+8*time.Hour)
				w.load(d, checkout())
				w.run(phase, nil)
				w.runAtPhases(phase + time.Hour)
				approx(t, "the age after an hour", w.query("last_over_time("+rules.MetricAge+"[1h])"), (6 * time.Hour).Seconds(), 0.2)
				w.runAtPhases(phase + 7*time.Hour)
				if got := firings(w.lab, "SLOErrorBudgetExhausted"); len(got) != 0 {
					t.Errorf("a budget for 30 days is said to be gone at %v", got[0].FiredAt)
				}
			})
		}
	}
}

func TestAChangedIndicatorHasItsBudget(t *testing.T) {
	t.Parallel()
	w := newWorld(t, time.Minute)
	tooMany(w, 0, 10*time.Hour)
	w.load(rules.Embedded, checkout())
	w.run(2*time.Hour, nil)
	w.load(rules.Embedded, checkout(goodForm))
	w.runAtPhases(8 * time.Hour)
	if got := firings(w.lab, "SLOErrorBudgetExhausted"); len(got) != 0 {
		t.Errorf("the budget is said to be gone at %v", got[0].FiredAt)
	}
}

// TestOldObjectivesLoseTheirBudget is about an objective that is as old as its
// window, whose sums are carried on.
func TestOldObjectivesLoseTheirBudget(t *testing.T) {
	t.Parallel()
	w := newWorld(t, time.Minute)
	o := checkout(quick(17*time.Hour, time.Minute))
	w.flow(w.requests("200"), 0, 20*time.Hour, 1000)
	w.flow(w.requests("500"), 18*time.Hour, 20*time.Hour, 100)
	w.load(rules.Embedded, o)
	w.run(19*time.Hour, nil)
	if got := firings(w.lab, "SLOErrorBudgetExhausted"); len(got) != 1 {
		t.Errorf("the alert fired %d times, want once", len(got))
	} else {
		within(t, "the end of the budget", got[0].FiredAt, after(18*time.Hour+12*time.Minute), 3*time.Minute)
	}
}

// TestMaterialityOfAYoungObjective has an outage of half an hour, which is ten
// times what the budget allows of the first hours, and a twelfth of what it allows
// of the window.
func TestMaterialityOfAYoungObjective(t *testing.T) {
	for _, d := range []rules.Dialect{rules.Embedded, rules.Prometheus3, rules.VictoriaMetrics} {
		for materiality, pages := range map[string]int{"0.002": 1, "0.2": 0} {
			t.Run(fmt.Sprint(d, " ", materiality), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, time.Minute)
				ok, failed := w.requests("200"), w.requests("500")
				w.flow(ok, 0, 3*time.Hour, 100)
				w.flow(failed, 2*time.Hour, 2*time.Hour+30*time.Minute, 100)
				w.load(d, checkout(func(o *slo.Objective) { o.Target = slo.MustTarget("98%") },
					withPlan(slo.AlertPlan{Materiality: materiality})))
				w.run(3*time.Hour, nil)
				if got := firings(w.lab, rules.AlertPage); len(got) != pages {
					t.Errorf("%d pages, want %d", len(got), pages)
				}
			})
		}
	}
}
