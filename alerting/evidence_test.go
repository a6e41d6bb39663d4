package alerting_test

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"headroom/alerting"
	"headroom/slo"
)

func TestNats(t *testing.T) {
	// theory: E = k·ln(k/(b·n)) − k + b·n.
	rapid.Check(t, func(t *rapid.T) {
		k, n := float64(rapid.IntRange(2, 1000).Draw(t, "k")), float64(rapid.IntRange(1000, 100_000).Draw(t, "n"))
		b := rapid.Float64Range(0.00001, 0.4).Draw(t, "b")
		want := 0.0
		if k > b*n {
			want = k*math.Log(k/(b*n)) - k + b*n
		}
		if got := alerting.Nats(k, n, b, 1); math.Abs(got-want) > 1e-6*max(1, k) {
			t.Errorf("%v of %v at %v: %v nats, want %v", k, n, b, got, want)
		}
		if got := alerting.Nats(k, n, b, 4); math.Abs(got-want/4) > 1e-6*max(1, k) {
			t.Errorf("%v nats at a dispersion of 4, want %v", got, want/4)
		}
	})
	for name, got := range map[string]float64{
		"no events":                   alerting.Nats(0, 0, 0.01, 1),
		"a single failure":            alerting.Nats(1, 1, 0.0001, 1),
		"one, extrapolated by PromQL": alerting.Nats(1.34, 1.34, 0.0001, 1),
		"on budget":                   alerting.Nats(10, 1000, 0.01, 1),
	} {
		if got != 0 {
			t.Errorf("%s proves %v nats, want nothing", name, got)
		}
	}
}

// judge says what a plan makes of k bad events of n in the last hour, after
// days without any other event.
func judge(o *slo.Objective, severity alerting.Severity, k, n, dispersion float64) alerting.Verdict {
	counts := func(time.Duration) (bad, total float64) { return k, n }
	return alerting.NewJudge(alerting.NewPlan(o)).Judge(severity, counts, dispersion)
}

func TestJudge(t *testing.T) {
	o := objective("99%", 30*day, 5*time.Minute)
	unguarded := objective("99%", 30*day, 5*time.Minute)
	unguarded.Plan = &slo.AlertPlan{Guard: slo.GuardWish{Off: true}}
	declared := objective("99%", 30*day, 5*time.Minute)
	declared.Plan = &slo.AlertPlan{Guard: slo.GuardWish{Dispersion: "5"}}
	for _, tt := range []struct {
		name            string
		o               *slo.Objective
		k, n            float64
		dispersion      float64
		fires, withheld int
	}{
		{"one failure of one", o, 1, 1, 1, 0, 4},
		{"two failures of four", o, 2, 4, 1, 0, 4},
		{"five failures of ten", o, 5, 10, 1, 4, 0},
		{"five failures in bursts", o, 5, 10, 3, 0, 4},
		{"a declared dispersion wins", declared, 5, 10, 1, 0, 4},
		{"many events", o, 1000, 3000, 1, 2, 0}, // the sparse tiers do not apply
		{"nothing", o, 0, 0, 1, 0, 0},
		{"without the guard", unguarded, 1, 1, 1, 2, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := judge(tt.o, alerting.Page, tt.k, tt.n, tt.dispersion)
			if len(got.Fires) != tt.fires || len(got.Withheld) != tt.withheld {
				t.Errorf("%d fire and %d are withheld, want %d and %d", len(got.Fires), len(got.Withheld), tt.fires, tt.withheld)
			}
		})
	}
}

func TestPlanDocumentChangesTheTiers(t *testing.T) {
	o := objective("99%", 30*day, 5*time.Minute)
	o.Plan = &slo.AlertPlan{
		Name: "own",
		Tiers: []slo.TierWish{
			{Severity: "page", Burn: "10", Long: 2 * time.Hour},
			{Severity: "page", Sparse: true, Long: day},
			{Severity: "ticket", Share: "0.05", Long: day},
			{Severity: "ticket", Burn: "6", Long: 10 * day},
		},
		Without: []slo.TierWish{{Severity: "page", Long: 6 * time.Hour}},
		Guard:   slo.GuardWish{Page: "9"},
		Page:    slo.NoticeWish{Severity: "critical", Alert: "Burning"},
	}
	p := alerting.NewPlan(o)
	want := []row{
		{"page", "10", "0.1", "2h", "10m", 720 * time.Second, ""},
		{"page", "10", "0.1", "1d", "2h", 8640 * time.Second, "65 in 2h"},
		{"ticket", "1.5", "0.015", "1d", "2h", 1296 * time.Second, ""},
	}
	if diff := cmp.Diff(want, rows(p)); diff != "" {
		t.Error(diff)
	}
	if len(p.Dropped) != 1 || p.Dropped[0].Reason != "more than the whole budget would be gone before it fires" {
		t.Errorf("dropped %+v", p.Dropped)
	}
	if n := p.Notice(alerting.Page); n.Severity != "critical" || n.Alert != "Burning" {
		t.Errorf("notice %+v", n)
	}
	o.Plan = &slo.AlertPlan{Without: []slo.TierWish{{Severity: "ticket"}, {Severity: "page", Long: time.Hour}}}
	if got := alerting.NewPlan(o).Tiers; len(got) != 3 || got[0].Name() != "6h" {
		t.Errorf("tiers %+v, want pages without that of an hour", got)
	}
}
