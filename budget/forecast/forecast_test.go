package forecast_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"headroom/budget"
	"headroom/budget/forecast"
	"headroom/slo"
)

var now = time.Date(2026, 3, 30, 12, 0, 0, 0, time.UTC)

const (
	window = 28 * 24 * time.Hour
	day    = 24 * time.Hour
)

// world is a ledger with one objective of 99 % over 28 days, a hundred events
// an hour in slices of an hour.
type world struct {
	t      *testing.T
	ledger *budget.Ledger
	o      *slo.Objective
}

func newWorld(t *testing.T, life time.Duration, bad func(hour int) float64) world {
	t.Helper()
	ledger, err := budget.OpenLedger(t.Context(), budget.LedgerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	o := &slo.Objective{
		ID: slo.ID{Namespace: "default", Service: "shop", Objective: "test"}, Target: slo.MustTarget("99%"),
		Window: slo.Window{Rolling: window}, Resolution: 5 * time.Minute,
		Indicator: slo.Ratio{Bad: slo.MustCounter(`errors_total`), Total: slo.MustCounter(`requests_total`)},
	}
	if err := ledger.SetObjectives(t.Context(), []*slo.Objective{o}, now.Add(-life)); err != nil {
		t.Fatal(err)
	}
	var list []budget.Slice
	for hour := int(life / time.Hour); hour >= 1; hour-- {
		from := now.Add(-time.Duration(hour) * time.Hour)
		list = append(list, budget.Slice{
			Start: from.UnixMilli(), End: from.Add(time.Hour).UnixMilli(),
			Bad: budget.CountOf(bad(hour)), Total: budget.CountOf(100), Source: budget.SourceRaw,
		})
	}
	if _, err := ledger.Add(t.Context(), budget.Key{SLO: o.ID, SLI: o.SLI()}, now, list...); err != nil {
		t.Fatal(err)
	}
	return world{t: t, ledger: ledger, o: o}
}

func (w world) forecast(lookback time.Duration) forecast.Forecast {
	w.t.Helper()
	list := w.ledger.Status(w.o.ID, now)
	if len(list) != 1 {
		w.t.Fatalf("%d statuses", len(list))
	}
	return forecast.Of(w.ledger, list[0], lookback)
}

func wantAt(t *testing.T, what string, c *forecast.Crossing, want time.Duration) {
	t.Helper()
	if c == nil || c.At == nil {
		t.Errorf("%s: never, want after %s", what, want)
		return
	}
	if off := c.At.Sub(now) - want; off.Abs() > time.Second {
		t.Errorf("%s after %s, want %s", what, c.At.Sub(now), want)
	}
}

// The budget of a window is 672 of 67,200 events.

func TestExhaustsOnCleanHistory(t *testing.T) {
	w := newWorld(t, window, func(hour int) float64 {
		if hour <= 24 {
			return 10 // ten times the budget
		}
		return 0
	})
	f := w.forecast(day)
	if f.Outcome != forecast.Exhausts || math.Abs(f.Burn-10) > 1e-9 || math.Abs(f.Remaining-(1-240./672)) > 1e-9 {
		t.Errorf("%+v", f)
	}
	wantAt(t, "exhausted", f.Exhausted, time.Duration(432./10*float64(time.Hour)))
	if f.Exhausted.Earliest.After(*f.Exhausted.At) || f.Exhausted.Latest.Before(*f.Exhausted.At) {
		t.Errorf("from %s to %s", f.Exhausted.Earliest, f.Exhausted.Latest)
	}
	if f.Recovered != nil || f.Ample != nil {
		t.Errorf("%+v", f)
	}
}

func TestLastsWhenOldFailuresRollOff(t *testing.T) {
	w := newWorld(t, window, func(hour int) float64 {
		switch {
		case hour > 672-48:
			return 10 // 480 in the two oldest days
		default:
			return 0.2
		}
	})
	f := w.forecast(day)
	if f.Outcome != forecast.Lasts || f.Exhausted == nil || f.Exhausted.At != nil {
		t.Errorf("%+v", f)
	}
}

func TestRecoversWhenItRollsOff(t *testing.T) {
	w := newWorld(t, window, func(hour int) float64 {
		if hour > 240 && hour <= 250 { // ten hours of outage, ten days ago
			return 100
		}
		return 0
	})
	f := w.forecast(day)
	if f.Outcome != forecast.Recovers {
		t.Fatalf("%+v", f)
	}
	// 328 must leave before 672 are left, 496 before 504 are.
	first := time.Duration(672-250) * time.Hour
	wantAt(t, "recovered", f.Recovered, first+time.Duration(3.28*float64(time.Hour)))
	wantAt(t, "ample", f.Ample, first+time.Duration(4.96*float64(time.Hour)))
}

func TestStaysAtTwiceTheBudget(t *testing.T) {
	f := newWorld(t, window, func(int) float64 { return 2 }).forecast(day)
	if f.Outcome != forecast.Stays || f.Recovered == nil || f.Recovered.At != nil || f.Ample == nil || f.Ample.At != nil {
		t.Errorf("%+v", f)
	}
	if math.Abs(f.Settles+1) > 1e-9 {
		t.Errorf("settles at %g", f.Settles)
	}
}

func TestYoungObjectiveLosesNothingYet(t *testing.T) {
	w := newWorld(t, 10*day, func(hour int) float64 {
		switch {
		case hour > 9*24:
			return 0
		case hour <= 24:
			return 3
		default:
			return 0
		}
	})
	// 72 of 24,000 are bad, and 3 of 100 come each hour: 72 + 3h = 240 + h.
	wantAt(t, "exhausted", w.forecast(day).Exhausted, 84*time.Hour)
}

func TestUnknown(t *testing.T) {
	w := newWorld(t, window, func(int) float64 { return 0 })
	s := w.ledger.Status(w.o.ID, now)[0]
	s.State = budget.StateUnknown
	if f := forecast.Of(w.ledger, s, 0); f.Outcome != forecast.Unknown || f.Reason == "" {
		t.Errorf("of an unknown budget: %+v", f)
	}
	if f := forecast.New(forecast.Options{Rate: 0.1}); f.Outcome != forecast.Unknown {
		t.Errorf("of nothing: %+v", f)
	}
	if got := w.forecast(0).Pace.Lookback; got != day {
		t.Errorf("the default lookback is %s", got)
	}
}

// TestAgainstSimulation compares forecasts with a ledger that lives through the
// days ahead, adding up afresh at each minute.
func TestAgainstSimulation(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 3))
		life := []time.Duration{window, window, 20 * day}[r.IntN(3)]
		level := 1.5 * r.Float64()
		spike, height := 1+r.IntN(600), 100*r.Float64()
		w := newWorld(t, life, func(hour int) float64 {
			if hour >= spike && hour < spike+12 {
				return height
			}
			return 2 * level * r.Float64()
		})
		lookback := time.Duration(6+r.IntN(100)) * time.Hour
		f := w.forecast(lookback)
		sim := newSimulation(w, lookback)
		want := map[bool]map[float64]*time.Time{true: {}, false: {}}
		for h := time.Duration(0); h <= window; h += 10 * time.Minute {
			left := sim.remaining(h)
			at := now.Add(h)
			for _, limit := range []float64{0, budget.CautionRemaining} {
				if above := left > limit; want[above][limit] == nil {
					want[above][limit] = &at
				}
			}
		}
		compare := func(what string, got *forecast.Crossing, want *time.Time) {
			if got == nil {
				return
			}
			switch {
			case got.At == nil && want == nil:
			case got.At == nil || want == nil || want.Sub(*got.At) > 11*time.Minute || got.At.Sub(*want) > time.Minute:
				t.Errorf("seed %d: %s at %v, simulated %v", seed, what, got.At, want)
			}
		}
		compare("exhausted", f.Exhausted, want[false][0])
		compare("recovered", f.Recovered, want[true][0])
		compare("ample", f.Ample, want[true][budget.CautionRemaining])
	}
}

// simulation is the past in hours and a steady future.
type simulation struct {
	bad        []float64 // by hour before now, from 1 on
	badPace    float64   // an hour
	rate, pace float64
}

func newSimulation(w world, lookback time.Duration) simulation {
	s := simulation{bad: []float64{0}, rate: 0.01, pace: 100}
	list := w.ledger.Slices(budget.Key{SLO: w.o.ID, SLI: w.o.SLI()}, now.Add(-window), now)
	for i := len(list) - 1; i >= 0; i-- {
		s.bad = append(s.bad, list[i].Bad.Events())
	}
	hours := int(lookback / time.Hour)
	for h := 1; h <= hours && h < len(s.bad); h++ {
		s.badPace += s.bad[h] / float64(min(hours, len(s.bad)-1))
	}
	return s
}

func (s simulation) remaining(h time.Duration) float64 {
	bad, total := s.badPace*h.Hours(), s.pace*h.Hours()
	left := (window - h).Hours() // of the past
	for hour := 1; hour < len(s.bad); hour++ {
		part := min(1, max(0, left-float64(hour-1)))
		bad, total = bad+part*s.bad[hour], total+part*100
	}
	return 1 - bad/total/s.rate
}

// TestReadsNoMoreThanItNeeds compares a forecast that skips parts of the window
// with one that has every slice of it.
func TestReadsNoMoreThanItNeeds(t *testing.T) {
	outcomes := map[forecast.Outcome]int{}
	for seed := range uint64(150) {
		r := rand.New(rand.NewPCG(seed, 5))
		base, spikes := 1.5*r.Float64(), map[int]float64{}
		for range r.IntN(4) {
			spikes[1+r.IntN(660)] = 300 * r.Float64()
		}
		today := base * 3 * r.Float64()
		life := []time.Duration{window, 40 * day, 20 * day}[r.IntN(3)]
		w := newWorld(t, life, func(hour int) float64 {
			if hour <= 24 {
				return min(100, today+spikes[hour])
			}
			return min(100, base+spikes[hour])
		})
		s := w.status()
		f := forecast.Of(w.ledger, s, 0)
		full := forecast.New(forecast.Options{
			At: s.Balance.End, Rate: w.o.Target.Budget(), Pace: f.Pace,
			Left: w.ledger.Remainders(budget.Key{SLO: w.o.ID, SLI: w.o.SLI()}, s.Balance.Start, s.Balance.End),
		})
		outcomes[f.Outcome]++
		near := func(a, b *time.Time) bool {
			return a == nil && b == nil || a != nil && b != nil && a.Sub(*b).Abs() < time.Minute
		}
		for name, c := range map[string][2]*forecast.Crossing{
			"exhausted": {f.Exhausted, full.Exhausted}, "recovered": {f.Recovered, full.Recovered}, "ample": {f.Ample, full.Ample},
		} {
			if (c[0] == nil) != (c[1] == nil) {
				t.Fatalf("seed %d: %s %+v, with all slices %+v", seed, name, c[0], c[1])
			}
			if c[0] != nil && (!near(c[0].At, c[1].At) || !near(c[0].Earliest, c[1].Earliest) || !near(c[0].Latest, c[1].Latest)) {
				t.Errorf("seed %d: %s %+v, with all slices %+v", seed, name, c[0], c[1])
			}
		}
	}
	for _, o := range []forecast.Outcome{forecast.Lasts, forecast.Exhausts, forecast.Recovers, forecast.Stays} {
		if outcomes[o] < 5 {
			t.Errorf("only %d of 150 are %s", outcomes[o], o)
		}
	}
}
