package rules_test

import (
	"strconv"
	"testing"
	"time"

	"headroom/rules"
	"headroom/slo"
)

// TestGroupsAreSmall holds every group to what rulers accept unless somebody
// raises their limits.
func TestGroupsAreSmall(t *testing.T) {
	many := &slo.AlertPlan{Name: "many", Materiality: "0.02"}
	for i, severity := range []string{"page", "ticket"} {
		for hours := 1; hours <= 7; hours++ {
			long := time.Duration(hours+7*i) * time.Hour
			many.Tiers = append(many.Tiers, slo.TierWish{Severity: severity, Burn: strconv.Itoa(20 - hours - 7*i), Long: long})
		}
	}
	list := forms()
	for _, window := range []time.Duration{6 * time.Hour, day, 7 * day, 28 * day, 31 * day, 90 * day, 365 * day} {
		list["window of "+window.String()] = checkout(grouped("region"), func(o *slo.Objective) { o.Window.Rolling = window })
	}
	most := 0
	for _, plan := range []*slo.AlertPlan{nil, {Name: "material", Materiality: "0.02"}, many} {
		for name, o := range list {
			for _, target := range []string{"99.99%", "90%", "50%"} {
				o.Plan, o.Target = plan, slo.MustTarget(target)
				for _, d := range rules.Dialects() {
					if rules.Check(o, d) != nil {
						continue
					}
					for _, g := range compile(t, o, d, rules.Options{ExternalURL: "https://headroom.example/"}) {
						most = max(most, len(g.Rules))
						if len(g.Rules) > rules.MaxRules || len(g.Rules) == 0 {
							t.Errorf("%s, %+v, %s, %s: %d rules in %s, want 1 to %d", name, plan, target, d, len(g.Rules), g.Name, rules.MaxRules)
						}
					}
				}
			}
		}
	}
	if most < rules.MaxRules-5 {
		t.Errorf("at most %d rules in a group: this tests nothing", most)
	}
}
