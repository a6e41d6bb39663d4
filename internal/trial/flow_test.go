package trial

import (
	"math/big"
	"testing"
	"time"

	"pgregory.net/rapid"

	"headroom/slo/slotest"
)

func TestFlowIsExact(t *testing.T) {
	f := newFlow([]slotest.Phase{
		{From: -time.Hour, To: 0, Rate: big.NewRat(1, 10), Errors: big.NewRat(1, 3)},
		{From: 0, To: time.Hour, Rate: big.NewRat(1, 3), Errors: big.NewRat(1, 1)},
	})
	for _, want := range []struct {
		at         time.Duration
		total, bad float64
	}{
		{-2 * time.Hour, 0, 0},
		{-time.Hour + 29*time.Second, 2, 0},
		{-time.Hour + 30*time.Second, 3, 1},
		{0, 360, 120},
		{3 * time.Second, 361, 121},
		{time.Hour, 1560, 1320},
		{2 * time.Hour, 1560, 1320},
	} {
		if total, bad := f.at(want.at); total != want.total || bad != want.bad {
			t.Errorf("at %s: %v events, %v bad, want %v and %v", want.at, total, bad, want.total, want.bad)
		}
	}
}

// TestFlowIsTraffic asks of any phases that events are whole, come at the rate,
// and are bad at the ratio to within one event a phase and one more, and that no interval
// has more bad events than events.
func TestFlowIsTraffic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var phases []slotest.Phase
		at, total, bad := time.Duration(0), 0.0, 0.0
		for range rapid.IntRange(1, 6).Draw(t, "phases") {
			length := time.Duration(rapid.IntRange(1, 7200).Draw(t, "seconds")) * time.Second
			rate := big.NewRat(rapid.Int64Range(0, 500).Draw(t, "rate"), rapid.Int64Range(1, 3600).Draw(t, "per"))
			errors := big.NewRat(rapid.Int64Range(0, 1000).Draw(t, "permille"), 1000)
			phases = append(phases, slotest.Phase{From: at, To: at + length, Rate: rate, Errors: errors})
			r, _ := rate.Float64()
			e, _ := errors.Float64()
			total, bad = total+r*length.Seconds(), bad+r*e*length.Seconds()
			at += length
		}
		f := newFlow(phases)
		var lastTotal, lastBad float64
		for now := time.Duration(0); now < at; now += time.Duration(rapid.IntRange(1, 1800).Draw(t, "step")) * time.Second {
			gotTotal, gotBad := f.at(now)
			if gotBad-lastBad > gotTotal-lastTotal || gotTotal < lastTotal || gotBad < lastBad {
				t.Fatalf("at %s: %v of %v after %v of %v", now, gotBad, gotTotal, lastBad, lastTotal)
			}
			lastTotal, lastBad = gotTotal, gotBad
		}
		gotTotal, gotBad := f.at(at)
		// The last event may not be whole yet, nor may the last bad one of each
		// phase be.
		slack := float64(len(phases)) + 1 + 1e-6
		if gotTotal < total-slack || gotTotal > total+1e-6 || gotBad < bad-slack || gotBad > bad+slack {
			t.Fatalf("%v of %v, want %v of %v", gotBad, gotTotal, bad, total)
		}
	})
}
