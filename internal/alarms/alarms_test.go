package alarms_test

import (
	"fmt"
	"testing"
	"time"

	"headroom/internal/alarms"
	"headroom/slo"
)

const day = 24 * time.Hour

func objective(target string, guard slo.GuardWish) *slo.Objective {
	return &slo.Objective{
		Target: slo.MustTarget(target), Window: slo.Window{Rolling: 30 * day}, Resolution: 5 * time.Minute,
		Plan: &slo.AlertPlan{Guard: guard},
	}
}

// TestTableOfTheory simulates a small part of the table that
// docs/benchmarks.md has in full: few false pages where there were many, at a
// delay that is near to what a detector needs that knows the burn beforehand.
// A plain plan without the guard shows that the test can fail.
func TestTableOfTheory(t *testing.T) {
	for _, tt := range []struct {
		target         string
		perDay         float64
		pages, most    float64 // false ones a month: plain at least, guarded at most
		page20, alert5 time.Duration
	}{
		{"99%", 20, 1.5, 0.13, 30 * time.Hour, 120 * time.Hour},
		{"99%", 100, 8, 0.15, 6 * time.Hour, 30 * time.Hour},
		{"99%", 300, 1, 0.2, 2 * time.Hour, 13 * time.Hour},
		{"95%", 100, 0.8, 0.1, 75 * time.Minute, 10 * time.Hour},
	} {
		t.Run(fmt.Sprintf("%s of %v a day", tt.target, tt.perDay), func(t *testing.T) {
			t.Parallel()
			run := func(guard slo.GuardWish) alarms.Figures {
				return alarms.Simulate(alarms.Options{
					Objective: objective(tt.target, guard), Traffic: alarms.Traffic{PerDay: tt.perDay},
					Baseline: 0.5, Months: 24, Trials: 21, Seed: 1,
				})
			}
			plain, guarded := run(slo.GuardWish{Off: true}), run(slo.GuardWish{})
			t.Logf("plain %+v, guarded %+v", plain, guarded)
			if plain.FalsePages < tt.pages {
				t.Errorf("a plain plan pages %v times a month, want %v at least", plain.FalsePages, tt.pages)
			}
			if guarded.FalsePages > tt.most {
				t.Errorf("a guarded plan pages %v times a month, want %v at most", guarded.FalsePages, tt.most)
			}
			if guarded.PageAt20 > tt.page20 || guarded.AlertAt5 > tt.alert5 {
				t.Errorf("a burn of 20 pages after %v and one of 5 alerts after %v, want %v and %v at most",
					guarded.PageAt20, guarded.AlertAt5, tt.page20, tt.alert5)
			}
			if guarded.PageAt20 < plain.PageAt20 {
				t.Errorf("the guard pages after %v, before the plan without it after %v", guarded.PageAt20, plain.PageAt20)
			}
		})
	}
}

func TestGuardIsSilentAtHighTraffic(t *testing.T) {
	o := alarms.Options{
		Objective: objective("95%", slo.GuardWish{}), Traffic: alarms.Traffic{PerDay: 2000}, Baseline: 0.5, Months: 2, Trials: 21, Seed: 1,
	}
	guarded := alarms.Simulate(o)
	o.Objective = objective("95%", slo.GuardWish{Off: true})
	if plain := alarms.Simulate(o); plain != guarded {
		t.Errorf("with the guard %+v, without it %+v", guarded, plain)
	}
}

func TestBurstsAreMeasured(t *testing.T) {
	run := func(dispersion string) float64 {
		return alarms.Simulate(alarms.Options{
			Objective: objective("99%", slo.GuardWish{Dispersion: dispersion}), Traffic: alarms.Traffic{PerDay: 100, Burst: 3},
			Baseline: 0.5, Months: 30, Trials: 1, Seed: 1,
		}).FalsePages
	}
	if taken, measured := run("1"), run(""); taken < 1.5 || measured > 1 {
		t.Errorf("%v false pages a month when bursts are taken for independent, %v when their dispersion is measured; want 1.5 at least, 1 at most", taken, measured)
	}
}
