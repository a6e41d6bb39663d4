package insight_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"headroom/budget/insight"
	"headroom/slo"
)

// TestOutlooksTellTheIncidentsOfThePage compares what outlooks add up, which
// looks at no more slices than it must, with the incidents that are listed.
func TestOutlooksTellTheIncidentsOfThePage(t *testing.T) {
	const kinds = 60
	with, without := 0, 0
	for seed := range uint64(kinds) {
		r := rand.New(rand.NewPCG(seed, 9))
		base, starts := 1.2*r.Float64()*r.Float64(), map[int]int{}
		for range r.IntN(3) {
			starts[r.IntN(8000)] = 1 + r.IntN(900) // slices; up to three days
		}
		height := base + 6*r.Float64()*r.Float64()
		until := 0
		in := filled(t, 1, func(i int) float64 {
			if n := starts[i]; n > 0 {
				until = i + n
			}
			if i < until {
				return height
			}
			return base
		})
		in.Look(t.Context())
		o := in.Ledger.Objectives()[0]
		got := in.Outlook(o.ID, slo.Group{})
		if got == nil || got.Incidents == nil {
			t.Fatalf("seed %d: no outlook", seed)
		}
		want := insight.Incidents{}
		for _, g := range in.Found(o, in.Now().Add(-o.Window.Rolling), in.Now()) {
			for _, one := range g.Incidents {
				want.Count++
				want.Share += one.Share
				want.Ongoing = want.Ongoing || one.Ongoing
			}
		}
		if *got.Incidents != want {
			t.Errorf("seed %d: the outlook has %+v, the page %+v", seed, *got.Incidents, want)
		}
		if want.Count > 0 {
			with++
		} else {
			without++
		}
	}
	if with < 10 || without < 10 {
		t.Errorf("%d with and %d without incidents are too few to tell", with, without)
	}
}

func TestOutlookOfNothing(t *testing.T) {
	in := filled(t, 1, func(int) float64 { return 0 })
	o := in.Ledger.Objectives()[0]
	if got := in.Outlook(o.ID, slo.Group{}); got != nil {
		t.Errorf("an outlook before any was made: %+v", got)
	}
	in.Look(t.Context())
	got := in.Outlook(o.ID, slo.Group{})
	if got == nil || !got.Foretold || got.Exhausted != nil || got.Incidents == nil || got.Incidents.Count != 0 {
		t.Errorf("of a budget that nothing was spent of: %+v", got)
	}
	in.Now = func() time.Time { return time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC) } // all of it is long ago
	in.Look(t.Context())
	if got := in.Outlook(o.ID, slo.Group{}); got == nil || got.Foretold || got.Incidents != nil {
		t.Errorf("of an unknown budget: %+v", got)
	}
}
