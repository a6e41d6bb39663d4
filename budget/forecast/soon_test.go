package forecast_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"headroom/budget"
	"headroom/budget/forecast"
)

func (w world) status() budget.Status {
	w.t.Helper()
	list := w.ledger.Status(w.o.ID, now)
	if len(list) != 1 {
		w.t.Fatalf("%d statuses", len(list))
	}
	return list[0]
}

// TestBriefSaysWhatOfSays compares them for budgets of every kind: what Brief
// takes for calm must last, and all else is the same.
func TestBriefSaysWhatOfSays(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	calm, others := 0, 0
	for range 100 {
		usual, today := 3*random.Float64()*random.Float64(), 3*random.Float64()*random.Float64()
		w := newWorld(t, window, func(hour int) float64 {
			if hour <= 24 {
				return today
			}
			return usual
		})
		s := w.status()
		brief, full := forecast.Brief(w.ledger, s), forecast.Of(w.ledger, s, 0)
		if brief.Outcome != full.Outcome || brief.Burn != full.Burn || brief.Pace != full.Pace || (brief.Exhausted == nil) != (full.Exhausted == nil) {
			t.Fatalf("%v bad an hour, %v today: brief %+v, in full %+v", usual, today, brief, full)
		}
		switch {
		case full.Exhausted != nil && full.Exhausted.At != nil:
			others++
			if !brief.Exhausted.At.Equal(*full.Exhausted.At) {
				t.Fatalf("exhausted %s, in full %s", brief.Exhausted.At, full.Exhausted.At)
			}
		case full.Outcome == forecast.Lasts:
			calm++
		}
	}
	if calm < 10 || others < 10 {
		t.Errorf("%d calm and %d that run out are too few to tell", calm, others)
	}
}

func TestSoon(t *testing.T) {
	at := func(rate, from, to int) func(hour int) float64 { // hours ago
		return func(hour int) float64 {
			if hour <= from && hour > to {
				return float64(rate)
			}
			return 0
		}
	}
	for name, test := range map[string]struct {
		bad  func(hour int) float64
		life time.Duration
		want bool
	}{
		"for ten days":          {at(2, 240, 0), window, true}, // 480 of 672 are gone, 48 a day more
		"one hour this morning": {at(100, 6, 4), window, false},
		"five days ago":         {at(60, 130, 120), window, false},
		"until yesterday":       {at(2, 240, 30), window, false},
		"too young":             {at(1, 144, 0), 6 * day, false},
	} {
		w := newWorld(t, test.life, test.bad)
		f, soon := forecast.Soon(w.ledger, w.status(), 7*day)
		if soon != test.want {
			t.Errorf("%s: soon is %t: %+v", name, soon, f)
		}
		if full := w.forecast(0); soon && !f.Exhausted.At.Equal(*full.Exhausted.At) {
			t.Errorf("%s: exhausted %s, by the forecast %s", name, f.Exhausted.At, full.Exhausted.At)
		}
	}
	w := newWorld(t, window, at(2, 240, 0))
	if f, soon := forecast.Soon(w.ledger, w.status(), 3*day); soon || f.Outcome != forecast.Exhausts {
		t.Errorf("within three days: %t, %+v", soon, f)
	}
}
