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
}

func rows(p alerting.Plan) []row {
	var list []row
	for _, t := range p.Tiers {
		after, _ := t.Detection(1)
		list = append(list, row{
			t.Severity, t.FactorString, t.ThresholdString,
			slo.FormatDuration(t.Long), slo.FormatDuration(t.Short), after.Round(time.Second),
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
			{"page", "14.4", "0.0144", "1h", "5m", 52 * time.Second},
			{"page", "6", "0.006", "6h", "30m", 130 * time.Second},
			{"ticket", "3", "0.003", "1d", "2h", 259 * time.Second},
			{"ticket", "1", "0.001", "3d", "6h", 259 * time.Second},
		}, 0},
		{"99.999 % over 30 days", objective("99.999%", 30*day, 5*time.Minute), []row{
			{"page", "14.4", "0.000144", "1h", "5m", time.Second},
			{"page", "6", "0.00006", "6h", "30m", time.Second},
			{"ticket", "3", "0.00003", "1d", "2h", 3 * time.Second},
			{"ticket", "1", "0.00001", "3d", "6h", 3 * time.Second},
		}, 0},
		{"28 days", objective("99%", 28*day, 5*time.Minute), []row{
			{"page", "13.44", "0.1344", "1h", "5m", 484 * time.Second},
			{"page", "5.6", "0.056", "6h", "30m", 1210 * time.Second},
			{"ticket", "2.8", "0.028", "1d", "2h", 2419 * time.Second},
			{"ticket", "1", "0.01", "2d19h12m", "5h36m", 2419 * time.Second},
		}, 0},
		{"7 days: factors below 1 become shorter windows", objective("99.9%", 7*day, 5*time.Minute), []row{
			{"page", "3.36", "0.00336", "1h", "5m", 12 * time.Second},
			{"page", "1.4", "0.0014", "6h", "30m", 30 * time.Second},
			{"ticket", "1", "0.001", "16h48m", "1h24m", 60 * time.Second},
		}, 1},
		{"90 %", objective("90%", 30*day, 5*time.Minute), []row{
			{"page", "8", "0.8", "1h48m", "9m", 5184 * time.Second},
			{"page", "6", "0.6", "6h", "30m", 12960 * time.Second},
			{"ticket", "3", "0.3", "1d", "2h", 25920 * time.Second},
			{"ticket", "1", "0.1", "3d", "6h", 25920 * time.Second},
		}, 0},
		{"80 %", objective("80%", 30*day, 5*time.Minute), []row{
			{"page", "4", "0.8", "3h36m", "18m", 10368 * time.Second},
			{"page", "4", "0.8", "9h", "45m", 25920 * time.Second},
			{"ticket", "3", "0.6", "1d", "2h", 51840 * time.Second},
			{"ticket", "1", "0.2", "3d", "6h", 51840 * time.Second},
		}, 0},
		{"50 %", objective("50%", 30*day, 5*time.Minute), []row{
			{"page", "1.6", "0.8", "9h", "45m", 25920 * time.Second},
			{"page", "1.6", "0.8", "22h30m", "1h53m", 64800 * time.Second},
			{"ticket", "1.6", "0.8", "1d21h", "3h45m", 129600 * time.Second},
			{"ticket", "1", "0.5", "3d", "6h", 129600 * time.Second},
		}, 0},
		{"ten minutes at 10 s", objective("99%", 10*time.Minute, 10*time.Second), []row{
			{"ticket", "1", "0.01", "1m", "10s", time.Second},
		}, 3},
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
		if len(p.Tiers)+len(p.Dropped) != len(alerting.Presets()) {
			t.Fatalf("%d tiers and %d dropped", len(p.Tiers), len(p.Dropped))
		}
		for i, tier := range p.Tiers {
			checkTier(t, o, tier)
			for _, other := range p.Tiers[:i] {
				if tier.Long == other.Long && tier.Short == other.Short && tier.ThresholdString == other.ThresholdString {
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
