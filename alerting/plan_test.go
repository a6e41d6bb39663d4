package alerting_test

import (
	"math"
	"math/big"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"headroom/alerting"
	"headroom/slo"
)

const day = 24 * time.Hour

func objective(target string, window, resolution time.Duration) *slo.Objective {
	return &slo.Objective{Target: slo.MustTarget(target), Window: slo.Window{Rolling: window}, Resolution: resolution}
}

// row is a tier as a table shows it.
type row struct {
	Severity        alerting.Severity
	Factor, Ratio   string
	Long, Short     string
	FullOutageAfter time.Duration
	Sparse          string // events in the window that it stands in for
}

func rows(p alerting.Plan) []row {
	var list []row
	for _, t := range p.Tiers {
		after, _ := t.Detection(1)
		sparse := ""
		if t.Sparse != nil {
			sparse = t.Sparse.Events + " in " + slo.FormatDuration(t.Sparse.Window)
		}
		list = append(list, row{
			t.Severity, t.FactorString, t.ThresholdString,
			slo.FormatDuration(t.Long), slo.FormatDuration(t.Short), after.Round(time.Second), sparse,
		})
	}
	return list
}

func TestNewPlan(t *testing.T) {
	tests := []struct {
		name    string
		o       *slo.Objective
		want    []row
		dropped int
	}{
		{"99.9 % over 30 days", objective("99.9%", 30*day, 5*time.Minute), []row{
			{"page", "14.4", "0.0144", "1h", "5m", 52 * time.Second, ""},
			{"page", "6", "0.006", "6h", "30m", 130 * time.Second, ""},
			{"page", "6", "0.006", "1d", "2h", 518 * time.Second, "1218 in 6h"},
			{"page", "6", "0.006", "3d", "6h", 1555 * time.Second, "1218 in 6h"},
			{"ticket", "3", "0.003", "1d", "2h", 259 * time.Second, ""},
			{"ticket", "1", "0.001", "3d", "6h", 259 * time.Second, ""},
			{"ticket", "1", "0.001", "7d", "14h", 605 * time.Second, "12944 in 3d"},
		}, 0},
		{"99.999 % over 30 days", objective("99.999%", 30*day, 5*time.Minute), []row{
			{"page", "14.4", "0.000144", "1h", "5m", time.Second, ""},
			{"page", "6", "0.00006", "6h", "30m", time.Second, ""},
			{"page", "6", "0.00006", "1d", "2h", 5 * time.Second, "121728 in 6h"},
			{"page", "6", "0.00006", "3d", "6h", 16 * time.Second, "121728 in 6h"},
			{"ticket", "3", "0.00003", "1d", "2h", 3 * time.Second, ""},
			{"ticket", "1", "0.00001", "3d", "6h", 3 * time.Second, ""},
			{"ticket", "1", "0.00001", "7d", "14h", 6 * time.Second, "1294350 in 3d"},
		}, 0},
		{"28 days: a tenth in three days would be a factor below 1", objective("99%", 28*day, 5*time.Minute), []row{
			{"page", "13.44", "0.1344", "1h", "5m", 484 * time.Second, ""},
			{"page", "5.6", "0.056", "6h", "30m", 1210 * time.Second, ""},
			{"page", "5.6", "0.056", "1d", "2h", 4838 * time.Second, "139 in 6h"},
			{"page", "5.6", "0.056", "3d", "6h", 14515 * time.Second, "139 in 6h"},
			{"ticket", "2.8", "0.028", "1d", "2h", 2419 * time.Second, ""},
			{"ticket", "1", "0.01", "3d", "6h", 2592 * time.Second, ""},
			{"ticket", "1", "0.01", "7d", "14h", 6048 * time.Second, "1295 in 3d"},
		}, 0},
		{"21 days: a factor below 1 becomes a shorter window", objective("99%", 21*day, 5*time.Minute), []row{
			{"page", "10.08", "0.1008", "1h", "5m", 363 * time.Second, ""},
			{"page", "4.2", "0.042", "6h", "30m", 907 * time.Second, ""},
			{"page", "4.2", "0.042", "1d", "2h", 3629 * time.Second, "248 in 6h"},
			{"page", "4.2", "0.042", "3d", "6h", 10886 * time.Second, "248 in 6h"},
			{"ticket", "2.1", "0.021", "1d", "2h", 1814 * time.Second, ""},
			{"ticket", "1", "0.01", "2d2h24m", "4h12m", 1814 * time.Second, ""},
			{"ticket", "1", "0.01", "7d", "14h", 6048 * time.Second, "1295 in 2d2h24m"},
		}, 0},
		{"31 days", objective("99%", 31*day, 5*time.Minute), []row{
			{"page", "14.88", "0.1488", "1h", "5m", 536 * time.Second, ""},
			{"page", "6.2", "0.062", "6h", "30m", 1339 * time.Second, ""},
			{"page", "6.2", "0.062", "1d", "2h", 5357 * time.Second, "115 in 6h"},
			{"page", "6.2", "0.062", "3d", "6h", 16070 * time.Second, "115 in 6h"},
			{"ticket", "3.1", "0.031", "1d", "2h", 2678 * time.Second, ""},
			{"ticket", "1.0333", "0.010333", "3d", "6h", 2678 * time.Second, ""},
			{"ticket", "1.0333", "0.010333", "7d", "14h", 6249 * time.Second, "1295 in 3d"},
		}, 0},
		{"7 days", objective("99.9%", 7*day, 5*time.Minute), []row{
			{"page", "8.4", "0.0084", "1h", "5m", 30 * time.Second, ""},
			{"page", "4.2", "0.0042", "6h", "30m", 91 * time.Second, ""},
			{"page", "4.2", "0.0042", "1d", "2h", 363 * time.Second, "2476 in 6h"},
			{"ticket", "1.4", "0.0014", "1d", "2h", 121 * time.Second, ""},
			{"ticket", "1.05", "0.00105", "2d", "4h", 181 * time.Second, ""},
			{"ticket", "1.05", "0.00105", "4d", "8h", 363 * time.Second, "12944 in 2d"},
		}, 0},
		{"90 days", objective("99%", 90*day, 5*time.Minute), []row{
			{"page", "21.6", "0.216", "1h", "5m", 778 * time.Second, ""},
			{"page", "10.8", "0.108", "6h", "30m", 2333 * time.Second, ""},
			{"page", "10.8", "0.108", "1d", "2h", 9331 * time.Second, "45 in 6h"},
			{"page", "10.8", "0.108", "3d", "6h", 27994 * time.Second, "45 in 6h"},
			{"ticket", "4.5", "0.045", "1d", "2h", 3888 * time.Second, ""},
			{"ticket", "1.2857", "0.012857", "7d", "14h", 7776 * time.Second, ""},
		}, 0},
		{"365 days", objective("99.9%", 365*day, 5*time.Minute), []row{
			{"page", "43.8", "0.0438", "1h", "5m", 158 * time.Second, ""},
			{"page", "21.9", "0.0219", "6h", "30m", 473 * time.Second, ""},
			{"page", "21.9", "0.0219", "1d", "2h", 1892 * time.Second, "150 in 6h"},
			{"page", "21.9", "0.0219", "3d", "6h", 5676 * time.Second, "150 in 6h"},
			{"ticket", "4.8666", "0.0048666", "3d", "6h", 1261 * time.Second, ""},
			{"ticket", "1.3035", "0.0013035", "28d", "2d8h", 3153 * time.Second, ""},
		}, 0},
		{"a day", objective("99%", day, time.Minute), []row{
			{"page", "4.8", "0.048", "30m", "3m", 86 * time.Second, ""},
			{"page", "2.4", "0.024", "2h", "10m", 173 * time.Second, ""},
			{"page", "2.4", "0.024", "6h", "30m", 518 * time.Second, "999 in 2h"},
			{"ticket", "1.5", "0.015", "4h", "20m", 216 * time.Second, ""},
			{"ticket", "1.2", "0.012", "8h", "40m", 346 * time.Second, ""},
		}, 0},
		{"90 %", objective("90%", 30*day, 5*time.Minute), []row{
			{"page", "8", "0.8", "1h48m", "9m", 5184 * time.Second, ""},
			{"page", "6", "0.6", "6h", "30m", 12960 * time.Second, ""},
			{"page", "6", "0.6", "1d", "2h", 51840 * time.Second, "13 in 6h"},
			{"page", "6", "0.6", "3d", "6h", 155520 * time.Second, "13 in 6h"},
			{"ticket", "3", "0.3", "1d", "2h", 25920 * time.Second, ""},
			{"ticket", "1", "0.1", "3d", "6h", 25920 * time.Second, ""},
			{"ticket", "1", "0.1", "7d", "14h", 60480 * time.Second, "130 in 3d"},
		}, 0},
		{"80 %", objective("80%", 30*day, 5*time.Minute), []row{
			{"page", "4", "0.8", "3h36m", "18m", 10368 * time.Second, ""},
			{"page", "4", "0.8", "9h", "45m", 25920 * time.Second, ""},
			{"page", "4", "0.8", "1d", "2h", 69120 * time.Second, "14 in 9h"},
			{"page", "4", "0.8", "3d", "6h", 207360 * time.Second, "14 in 9h"},
			{"ticket", "3", "0.6", "1d", "2h", 51840 * time.Second, ""},
			{"ticket", "1", "0.2", "3d", "6h", 51840 * time.Second, ""},
			{"ticket", "1", "0.2", "7d", "14h", 120960 * time.Second, "65 in 3d"},
		}, 0},
		{"50 %", objective("50%", 30*day, 5*time.Minute), []row{
			{"page", "1.6", "0.8", "9h", "45m", 25920 * time.Second, ""},
			{"page", "1.6", "0.8", "22h30m", "1h53m", 64800 * time.Second, ""},
			{"page", "1.6", "0.8", "1d", "2h", 69120 * time.Second, "37 in 22h30m"},
			{"page", "1.6", "0.8", "3d", "6h", 207360 * time.Second, "37 in 22h30m"},
			{"ticket", "1.6", "0.8", "1d21h", "3h45m", 129600 * time.Second, ""},
			{"ticket", "1", "0.5", "3d", "6h", 129600 * time.Second, ""},
			{"ticket", "1", "0.5", "7d", "14h", 302400 * time.Second, "26 in 3d"},
		}, 0},
		{"15 %", objective("15%", 30*day, 5*time.Minute), []row{
			{"page", "1", "0.85", "14h24m", "1h12m", 44064 * time.Second, ""},
			{"page", "1", "0.85", "1d12h", "3h", 110160 * time.Second, ""},
			{"page", "1", "0.85", "3d", "6h", 220320 * time.Second, "22 in 1d12h"},
			{"ticket", "1", "0.85", "3d", "6h", 220320 * time.Second, ""},
			{"ticket", "1", "0.85", "7d", "14h", 514080 * time.Second, "16 in 3d"},
		}, 2},
		{"an hour: windows shrink with it", objective("99%", time.Hour, 10*time.Second), []row{
			{"page", "4.8", "0.048", "1m20s", "10s", 4 * time.Second, ""},
			{"page", "2.4", "0.024", "5m", "30s", 7 * time.Second, ""},
			{"page", "2.4", "0.024", "15m", "1m20s", 22 * time.Second, "999 in 5m"},
			{"ticket", "1.5", "0.015", "10m", "50s", 9 * time.Second, ""},
			{"ticket", "1.2", "0.012", "20m", "1m40s", 14 * time.Second, ""},
		}, 0},
		{"ten minutes at 10 s", objective("99%", 10*time.Minute, 10*time.Second), []row{
			{"page", "2.4", "0.024", "50s", "10s", time.Second, ""},
			{"page", "2.4", "0.024", "2m30s", "20s", 4 * time.Second, "999 in 50s"},
			{"ticket", "1.5", "0.015", "1m40s", "10s", 2 * time.Second, ""},
			{"ticket", "1.2", "0.012", "3m20s", "20s", 2 * time.Second, ""},
		}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := alerting.NewPlan(tt.o)
			if diff := cmp.Diff(tt.want, rows(p)); diff != "" {
				t.Error(diff)
			}
			if len(p.Dropped) != tt.dropped {
				t.Errorf("dropped %+v, want %d", p.Dropped, tt.dropped)
			}
			for _, d := range p.Dropped {
				if d.Reason == "" {
					t.Errorf("dropped %+v without a reason", d)
				}
			}
		})
	}
}

func TestDetectionAndReset(t *testing.T) {
	tier := alerting.NewPlan(objective("99.9%", 30*day, 5*time.Minute)).Tiers[0]
	if got, ok := tier.Detection(0.02); !ok || got.Round(time.Second) != 43*time.Minute+12*time.Second {
		t.Errorf("at 20 times the budget: %v %v, want 43m12s", got, ok)
	}
	if got, ok := tier.Reset(1); !ok || got.Round(time.Second) != 4*time.Minute+56*time.Second {
		t.Errorf("reset after a full outage: %v %v, want 4m56s", got, ok)
	}
	for _, e := range []float64{0, tier.Threshold, -1, math.NaN()} {
		if got, ok := tier.Detection(e); ok {
			t.Errorf("detected %v after %v, want never", e, got)
		}
		if got, ok := tier.Reset(e); ok {
			t.Errorf("reset %v after %v, want never", e, got)
		}
	}
}

func TestPlanProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		resolution := time.Duration(rapid.IntRange(10, 300).Draw(t, "resolution seconds")) * time.Second
		steps := rapid.IntRange(slo.MinWindowSteps, 200_000).Draw(t, "window steps")
		units := rapid.Int64Range(1, 99_999_999_999).Draw(t, "target billionths")
		o := objective(big.NewRat(units, 1_000_000_000).FloatString(9)+"%", time.Duration(steps)*resolution, resolution)
		p := alerting.NewPlan(o)
		if len(p.Tiers)+len(p.Dropped) != len(alerting.Presets(o.Window.Rolling)) {
			t.Fatalf("%d tiers and %d dropped", len(p.Tiers), len(p.Dropped))
		}
		for i, tier := range p.Tiers {
			checkTier(t, o, tier)
			for _, other := range p.Tiers[:i] {
				if tier.Sparse == nil && other.Sparse == nil && tier.Long == other.Long && tier.Short == other.Short && tier.ThresholdString == other.ThresholdString {
					t.Errorf("two equal tiers: %+v and %+v", tier, other)
				}
			}
		}
	})
}

func checkTier(t *rapid.T, o *slo.Objective, tier alerting.Tier) {
	if tier.Factor < 1 {
		t.Errorf("factor %v below 1", tier.Factor)
	}
	b := o.Target.Budget()
	if b <= 0.8 && tier.Threshold > 0.8 || tier.Threshold >= 1 {
		t.Errorf("threshold %v for a budget of %v", tier.Threshold, b)
	}
	if tier.Short < o.Resolution || tier.Short > tier.Long/4 || tier.Long > o.Window.Rolling {
		t.Errorf("windows %v and %v for resolution %v and window %v", tier.Long, tier.Short, o.Resolution, o.Window)
	}
	step := alerting.Step(o.Resolution)
	if tier.Long%step != 0 && tier.Long%time.Hour != 0 || tier.Short%step != 0 {
		t.Errorf("windows %v and %v are not whole steps of %v", tier.Long, tier.Short, step)
	}
	for decimal, float := range map[string]float64{tier.ThresholdString: tier.Threshold, tier.FactorString: tier.Factor} {
		exact, ok := new(big.Rat).SetString(decimal)
		if nearest, _ := exact.Float64(); !ok || nearest != float {
			t.Errorf("decimal %s beside %v", decimal, float)
		}
	}
	factor, _ := new(big.Rat).SetString(tier.FactorString)
	budget, _ := new(big.Rat).SetString(o.Target.BudgetString())
	if product := factor.Mul(factor, budget); tier.ThresholdString != "0.8" && product.FloatString(20) != mustRat(tier.ThresholdString).FloatString(20) {
		t.Errorf("threshold %s is not factor %s × budget %s", tier.ThresholdString, tier.FactorString, o.Target.BudgetString())
	}
}

func mustRat(decimal string) *big.Rat {
	r, _ := new(big.Rat).SetString(decimal)
	return r
}

// TestNoSparseTierWhereNoEvidenceIsAskedFor: it would apply below no events.
func TestNoSparseTierWhereNoEvidenceIsAskedFor(t *testing.T) {
	o := objective("99.9%", 30*day, 5*time.Minute)
	o.Plan = &slo.AlertPlan{Name: "eager", Guard: slo.GuardWish{Ticket: "0"}}
	plan := alerting.NewPlan(o)
	for _, tier := range plan.Of(alerting.Ticket) {
		if tier.Sparse != nil {
			t.Errorf("the ticket over %s applies below %s events", tier.Name(), tier.Sparse.Events)
		}
	}
	if len(plan.Dropped) != 1 || len(plan.Of(alerting.Page)) != 4 {
		t.Errorf("left out %+v, pages %+v", plan.Dropped, plan.Of(alerting.Page))
	}
}
