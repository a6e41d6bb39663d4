package trial

import (
	"testing"
	"time"

	"headroom/slo"
)

// TestNoRulesRunForAWholeWindowBeforeATest, which would take longer than the test.
func TestNoRulesRunForAWholeWindowBeforeATest(t *testing.T) {
	groups, err := compile(&slo.Objective{
		ID:     slo.ID{Namespace: "default", Service: "shop", Objective: "availability"},
		Target: slo.MustTarget("99.9%"), Window: slo.Window{Rolling: 30 * 24 * time.Hour}, Resolution: 5 * time.Minute,
		Indicator: slo.Ratio{Bad: slo.MustCounter("errors_total"), Total: slo.MustCounter("requests_total")},
	})
	if err != nil {
		t.Fatal(err)
	}
	w, err := newWarmup(groups)
	if err != nil {
		t.Fatal(err)
	}
	for name, d := range w.groups {
		if d < time.Minute || d > 24*time.Hour {
			t.Errorf("%s runs for %s before a test", name, d)
		}
	}
}
