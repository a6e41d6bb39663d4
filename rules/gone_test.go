package rules_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"headroom/rules"
	"headroom/slo"
)

// TestAPageSaysWhenATotalOutageWillHaveSpentTheBudget: 2 % of a day are 28.8
// minutes of a total outage at even traffic.
func TestAPageSaysWhenATotalOutageWillHaveSpentTheBudget(t *testing.T) {
	for _, d := range []rules.Dialect{rules.Embedded, rules.VictoriaMetrics} {
		t.Run(string(d), func(t *testing.T) {
			t.Parallel()
			const begins = 25 * time.Hour
			w := newWorld(t, time.Minute)
			o := checkout(grouped("region"), quick(day, 5*time.Minute), func(o *slo.Objective) { o.Target = slo.MustTarget("98%") })
			w.flow(w.requests("200", "region", "50% eu"), 0, begins, 100)
			w.flow(w.requests("500", "region", "50% eu"), begins, begins+time.Hour, 100)
			w.load(d, o)
			w.run(begins+20*time.Minute, nil)
			pages := firings(w.lab, rules.AlertPage)
			if len(pages) != 1 {
				t.Fatalf("%d pages, want one", len(pages))
			}
			text := pages[0].Annotations["description"]
			found := regexp.MustCompile(`it is gone in ([0-9hms ]+)\.`).FindStringSubmatch(text)
			if found == nil {
				t.Fatalf("%s\ndoes not say when the budget is gone", text)
			}
			in, err := time.ParseDuration(strings.ReplaceAll(found[1], " ", ""))
			if err != nil {
				t.Fatal(err)
			}
			// The short window may still hold some of the quiet time before.
			if gone := pages[0].FiredAt.Add(in).Sub(after(begins)); gone < 27*time.Minute || gone > time.Hour {
				t.Errorf("the budget is said to be gone %v after the outage began, want some 29 minutes: %s", gone, text)
			}
		})
	}
}
