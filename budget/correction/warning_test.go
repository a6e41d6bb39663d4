package correction_test

import (
	"strings"
	"testing"
	"time"

	"headroom/budget"
	"headroom/budget/correction"
	"headroom/slo"
)

// TestAdjustmentsBeyondTheirInterval demands a warning of one that takes away
// more than was measured, and none where that is not so or cannot be known.
func TestAdjustmentsBeyondTheirInterval(t *testing.T) {
	at := func(hour, minute int) time.Time { return time.Date(2026, 3, 20, hour, minute, 0, 0, time.UTC) }
	shop := declared("checkout", "shop")
	shop.Resolution, shop.Indicator = 5*time.Minute, slo.Events{EventKind: "pipeline"}
	sum := budget.Sum{Bad: 650, Total: 20_000, Measured: time.Hour}
	b, err := correction.Open(t.Context(), correction.Options{
		Store: &shelf{}, Objectives: func() []*slo.Objective { return []*slo.Objective{shop} }, Now: func() time.Time { return at(12, 0) },
		Sum: func(k budget.Key, from, to time.Time) budget.Sum {
			if k.SLO != shop.ID || k.SLI != shop.SLI() || !from.Equal(at(9, 0)) || to.Before(at(10, 5)) || !to.Before(at(10, 10)) {
				t.Errorf("asked for %v from %s to %s", k, from, to)
			}
			return sum
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	adjust := func(bad, total budget.Count) correction.Terms {
		return correction.Terms{
			Kind: correction.Adjust, Objectives: correction.Selector{IDs: []slo.ID{shop.ID}}, From: at(9, 2), To: at(10, 3), Bad: bad, Total: total,
		}
	}
	ahead := adjust(-1_000_000, 0)
	ahead.From, ahead.To = at(11, 30), at(12, 30)
	for _, c := range []struct {
		correction correction.Correction
		want       string
	}{
		{correction.Correction{Terms: adjust(-1_000_000, 0)}, "takes away 10000 bad events of default/checkout/availability, whose interval has 6.5"},
		{correction.Correction{Terms: adjust(-100, -20_001)}, "takes away 200.01 events of default/checkout/availability, whose interval has 200 "},
		{correction.Correction{Terms: adjust(-650, -20_000)}, ""},
		{correction.Correction{Terms: adjust(1_000_000, 1_000_000)}, ""},
		{correction.Correction{Terms: ahead}, ""},
		{correction.Correction{ID: "1", ApprovedAt: at(11, 0), Terms: adjust(-1_000_000, 0)}, ""},
	} {
		said := strings.Join(b.Warnings(&c.correction), "; ")
		if !strings.Contains(said, c.want) || c.want == "" && said != "" {
			t.Errorf("%+v: warns %q, want %q", c.correction.Terms, said, c.want)
		}
	}
	sum = budget.Sum{}
	if said := b.Warnings(&correction.Correction{Terms: adjust(-100, 0)}); len(said) > 0 {
		t.Errorf("where nothing was measured: %q", said)
	}
}
