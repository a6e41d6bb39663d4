package incident_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"headroom/budget"
	"headroom/budget/incident"
)

var epoch = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

const (
	step   = 5 * time.Minute
	rate   = 0.001 // of a target of 99.9 %
	events = 1000  // in a slice
	calm   = 0.5   // bad events in one
	steps  = 28 * 24 * 12
)

// timeline is four weeks of slices at half the budget.
type timeline []budget.Slice

func quiet() timeline {
	list := make(timeline, steps)
	for i := range list {
		from := epoch.Add(time.Duration(i) * step)
		list[i] = budget.Slice{Start: from.UnixMilli(), End: from.Add(step).UnixMilli(), Bad: budget.CountOf(calm), Total: budget.CountOf(events)}
	}
	return list
}

func (l timeline) fail(from, to int, bad float64) {
	for i := from; i < to; i++ {
		l[i].Bad = budget.CountOf(bad)
	}
}

func (l timeline) find() []incident.Incident {
	return incident.Find(incident.Options{Slices: l, Rate: rate, Budget: rate * events * steps, Window: steps * step, Resolution: step})
}

func at(i int) time.Time { return epoch.Add(time.Duration(i) * step) }

func TestOneIncident(t *testing.T) {
	l := quiet()
	l.fail(100, 106, 400)
	l[103].Bad = budget.CountOf(900)
	list := l.find()
	if len(list) != 1 {
		t.Fatalf("found %d, want one: %+v", len(list), list)
	}
	in := list[0]
	if !in.Start.Equal(at(100)) || !in.End.Equal(at(106)) || in.Ongoing || !in.PeakAt.Equal(at(104)) {
		t.Errorf("from %s to %s, ongoing %t, peak at %s", in.Start, in.End, in.Ongoing, in.PeakAt)
	}
	for name, n := range map[string][2]float64{
		"bad": {in.Bad, 2900}, "total": {in.Total, 6000}, "excess": {in.Excess, 2894},
		"share": {in.Share, 2894. / 8064}, "burn": {in.Burn, 2900. / 6}, "peak": {in.Peak, 900},
	} {
		if math.Abs(n[0]-n[1]) > 1e-9*n[1] {
			t.Errorf("%s is %g, want %g", name, n[0], n[1])
		}
	}
}

func TestOngoing(t *testing.T) {
	for name, tt := range map[string]struct {
		from, to int
		want     bool
	}{
		"to the last slice":      {steps - 5, steps, true},
		"calm for ten minutes":   {steps - 5, steps - 2, true},
		"calm for a quarter":     {steps - 6, steps - 3, false},
		"calm since last month":  {100, 110, false},
		"only in the last slice": {steps - 1, steps, true},
	} {
		l := quiet()
		l.fail(tt.from, tt.to, 500)
		list := l.find()
		if len(list) != 1 || list[0].Ongoing != tt.want {
			t.Errorf("%s: %+v, want ongoing %t", name, list, tt.want)
		}
	}
}

func TestNoIncidents(t *testing.T) {
	slow := quiet()
	slow.fail(0, steps, 1.9) // twice over budget in the end, and never fast
	tiny := quiet()
	tiny.fail(500, 501, 40) // half a percent of the budget
	for name, l := range map[string]timeline{"quiet": quiet(), "slow": slow, "tiny": tiny, "nothing": nil} {
		if list := l.find(); len(list) > 0 {
			t.Errorf("%s: %+v", name, list)
		}
	}
	if list := incident.Find(incident.Options{Slices: quiet(), Rate: rate}); list != nil {
		t.Errorf("without a budget: %+v", list)
	}
}

// TestFewEvents must not take one failure among a few runs a day for an
// incident, and must find three in a row.
func TestFewEvents(t *testing.T) {
	one, three := make(timeline, steps), make(timeline, steps)
	for i := range one {
		from := epoch.Add(time.Duration(i) * step)
		one[i] = budget.Slice{Start: from.UnixMilli(), End: from.Add(step).UnixMilli()}
		if i%72 == 0 {
			one[i].Total = budget.CountOf(1)
		}
	}
	copy(three, one)
	one[720].Bad = budget.CountOf(1)
	for i := 720; i < 723; i++ {
		three[i].Bad, three[i].Total = budget.CountOf(1), budget.CountOf(1)
	}
	find := func(l timeline) []incident.Incident {
		return incident.Find(incident.Options{Slices: l, Rate: 0.02, Budget: 0.02 * 112, Window: steps * step, Resolution: step})
	}
	if list := find(one); len(list) != 0 {
		t.Errorf("one failure: %+v", list)
	}
	if list := find(three); len(list) != 1 || !list[0].Start.Equal(at(720)) || !list[0].End.Equal(at(723)) {
		t.Errorf("three failures: %+v", list)
	}
}

// TestFindsWhatWasMade hides incidents of several bursts, and failures that are
// too small, in four weeks, and wants exactly the incidents back.
func TestFindsWhatWasMade(t *testing.T) {
	apart := int(incident.Apart(steps*step, step) / step)
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 7))
		l := quiet()
		var want [][2]int
		for i := apart + 1 + r.IntN(200); i < steps-400; i += apart + 1 + r.IntN(500) {
			if r.IntN(4) == 0 {
				l.fail(i, i+1, 3+20*r.Float64())
				i++
				continue
			}
			start, end := i, i
			for range 1 + r.IntN(4) {
				burst := 1 + r.IntN(30)
				l.fail(end, end+burst, 100+800*r.Float64())
				i = end + burst
				end = i + r.IntN(apart)
			}
			want = append(want, [2]int{start, i})
		}
		var got [][2]int
		for _, in := range l.find() {
			got = append(got, [2]int{int(in.Start.Sub(epoch) / step), int(in.End.Sub(epoch) / step)})
		}
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d: found %v, made %v", seed, got, want)
		}
	}
}

// TestFindsInNoise does the same among Poisson failures and gaps, where edges
// may be off by a slice or two and nothing may be invented.
func TestFindsInNoise(t *testing.T) {
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 8))
		l := quiet()
		for i := range l {
			l[i].Bad = budget.CountOf(float64(poisson(r, calm)))
		}
		var want [][2]int
		for i := 100 + r.IntN(500); i < steps-400; i += 300 + r.IntN(1500) {
			n := 2 + r.IntN(30)
			for j := i; j < i+n; j++ {
				l[j].Bad = budget.CountOf(float64(poisson(r, 60)))
			}
			want = append(want, [2]int{i, i + n})
			i += n
		}
		l = slices.DeleteFunc(l, func(s budget.Slice) bool {
			i := int(s.Start/step.Milliseconds() - epoch.UnixMilli()/step.Milliseconds())
			return i%1000 < 50 && !slices.ContainsFunc(want, func(w [2]int) bool { return i >= w[0]-20 && i < w[1]+20 })
		})
		list := l.find()
		if len(list) != len(want) {
			t.Fatalf("seed %d: found %d, made %d", seed, len(list), len(want))
		}
		for i, in := range list {
			from, to := int(in.Start.Sub(epoch)/step), int(in.End.Sub(epoch)/step)
			if abs(from-want[i][0]) > 3 || abs(to-want[i][1]) > 3 {
				t.Errorf("seed %d: found %d to %d, made %v", seed, from, to, want[i])
			}
		}
	}
}

func abs(n int) int { return max(n, -n) }

func poisson(r *rand.Rand, mean float64) int {
	n := 0
	for p := r.Float64(); p > math.Exp(-mean); p *= r.Float64() {
		n++
	}
	return n
}

func BenchmarkFind(b *testing.B) {
	l := quiet()
	for i := 0; i < steps; i += 50 {
		l.fail(i, i+2, 300)
	}
	for b.Loop() {
		l.find()
	}
}
