package alerting_test

import (
	"strings"
	"testing"
	"time"

	"headroom/alerting"
	"headroom/slo"
)

func TestContradictions(t *testing.T) {
	const hour, day = time.Hour, 24 * time.Hour
	page := func(burn string, long time.Duration) slo.TierWish {
		return slo.TierWish{Severity: "page", Burn: burn, Long: long}
	}
	ticket := func(burn string, long time.Duration) slo.TierWish {
		return slo.TierWish{Severity: "ticket", Burn: burn, Long: long}
	}
	off := slo.GuardWish{Off: true}
	for name, tt := range map[string]struct {
		plan *slo.AlertPlan
		want []string // parts of the messages, in order
	}{
		"headroom's own":         {nil, nil},
		"nothing said":           {&slo.AlertPlan{}, nil},
		"as usual":               {&slo.AlertPlan{Tiers: []slo.TierWish{page("14.4", hour), page("6", 6*hour), ticket("3", day), ticket("1", 3*day)}, Guard: off}, nil},
		"pages alone":            {&slo.AlertPlan{Tiers: []slo.TierWish{page("14.4", hour)}}, nil},
		"a sparse page":          {&slo.AlertPlan{Tiers: []slo.TierWish{page("14.4", hour), {Severity: "page", Sparse: true, Long: day}, ticket("3", day)}}, nil},
		"a page before tickets":  {&slo.AlertPlan{Tiers: []slo.TierWish{page("2", hour), ticket("3", day)}}, []string{"the page over 1h fires at a burn of 2, at which no ticket does: the lowest is over 1d at 3"}},
		"a longer page for more": {&slo.AlertPlan{Tiers: []slo.TierWish{page("6", hour), page("14.4", 6*hour), ticket("3", day)}}, []string{"the page over 6h waits for a burn of 14.4, and the one over 1h"}},
		"the same, reversed":     {&slo.AlertPlan{Tiers: []slo.TierWish{page("14.4", 6*hour), page("6", hour), ticket("3", day)}}, []string{"the page over 6h waits"}},
		"without what is not":    {&slo.AlertPlan{Without: []slo.TierWish{{Severity: "page", Long: 2 * hour}, {Severity: "page", Long: 6 * hour}, {Severity: "ticket"}}}, []string{"without leaves out a page over 2h"}},
		"a page on the budget":   {&slo.AlertPlan{Tiers: []slo.TierWish{page("1", day), ticket("1", 3*day)}, Guard: off}, []string{"the page over 1d fires at a burn of 1"}},
		"one with evidence":      {&slo.AlertPlan{Tiers: []slo.TierWish{page("1", day), ticket("1", 3*day)}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			for target, burns := range map[string]bool{"99.9%": true, "50%": false} { // of the second most are bounded
				o := &slo.Objective{Target: slo.MustTarget(target), Window: slo.Window{Rolling: 30 * day}, Resolution: 5 * time.Minute, Plan: tt.plan}
				got := alerting.NewPlan(o).Contradictions(o)
				if !burns {
					if len(tt.want) == 0 && len(got) > 0 {
						t.Errorf("%s: %+v", target, got)
					}
					continue
				}
				if len(got) != len(tt.want) {
					t.Fatalf("%+v, want %q", got, tt.want)
				}
				for i, want := range tt.want {
					if !strings.Contains(got[i].Message, want) || got[i].Hint == "" {
						t.Errorf("%+v, want %q", got[i], want)
					}
				}
			}
		})
	}
}
