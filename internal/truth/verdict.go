package truth

import "math"

// Watch is the numbers of a plan: budget is the share of events that may be bad,
// nats the evidence that a severity needs, 0 when none is asked for.
type Watch struct {
	Budget     float64
	Weight     float64 // how many events one observation counts as
	Guarded    bool
	Nats       map[string]float64 // by severity
	Dispersion float64            // as declared; 0 when it is measured
	Spent      float64            // share of the budget that a long window must have spent; 0 for any
	Tiers      []Pair
}

// Pair is the two windows of a tier, in milliseconds, and when it applies.
type Pair struct {
	Name, Severity string
	Long, Short    int64
	Threshold      float64 // error ratio
	SparseWindow   int64   // 0 for a tier that always applies
	SparseEvents   float64 // it applies below
}

// minFailures is how many bad events prove anything.
const minFailures = 1.5

// Evidence is how much the events of a window speak against an error ratio of
// at most a budget, in nats: the logarithm of the likelihood ratio of two
// Poisson rates (Chernoff), k·ln(k/(b·n)) − k + b·n for k bad events of n,
// divided by the dispersion. It rises with the bad events and falls with all
// events, which gives its bounds.
func Evidence(t Tally, budget float64, dispersion Interval) Interval {
	nats := func(k, n, phi float64) float64 {
		if k <= minFailures || n <= 0 || k <= budget*n {
			return 0
		}
		return (k*math.Log(k/(budget*n)) - k + budget*n) / phi
	}
	low := nats(t.Bad.Lo, t.Total.Hi, dispersion.Hi)
	// At a rounding error above its bound a count of 1.5 may prove something.
	high := nats(t.Bad.Hi+rounding(t.Bad.Hi), math.Max(t.Total.Lo, t.Bad.Hi), dispersion.Lo)
	if t.Bad.Lo <= minFailures+rounding(minFailures) {
		low = 0
	}
	return Interval{low, high}
}

// Evidence is that of a tally of events.
func (w Watch) Evidence(t Tally, dispersion Interval) Interval {
	of := func(i Interval) Interval { return Interval{i.Lo / w.Weight, i.Hi / w.Weight} }
	return Evidence(Tally{of(t.Bad), of(t.Total)}, w.Budget, dispersion)
}

// EvidenceAt is the evidence of bad events at an error ratio that need not be
// theirs: it rises with both.
func (w Watch) EvidenceAt(bad, ratio, dispersion Interval) Interval {
	least := Evidence(at(bad.Lo/w.Weight, ratio.Lo), w.Budget, dispersion)
	most := Evidence(at((bad.Hi+rounding(bad.Hi))/w.Weight, ratio.Hi), w.Budget, dispersion)
	return least.Hull(most)
}

// at is so many bad events at an error ratio.
func at(bad, ratio float64) Tally {
	if ratio <= 0 {
		return Tally{}
	}
	return Tally{Exactly(bad), Exactly(bad / ratio)}
}

// Bounds of the dispersion.
const (
	minDispersion = 1
	maxDispersion = 10
)

// Dispersion is the variance of the bad counts of some records over their mean,
// between 1 and 10; anything in between where they are not exact.
func Dispersion(r Records, at, span int64, weight float64) Figure {
	var n, sum, squares float64
	list := r[r.after(at-span):r.after(at)]
	for _, one := range list {
		if !one.Bad.IsExact() {
			return Figure{at, Interval{minDispersion, maxDispersion}, either()}
		}
		n, sum, squares = n+1, sum+one.Bad.Lo, squares+one.Bad.Lo*one.Bad.Lo
	}
	if n == 0 || sum == 0 {
		return Figure{At: at}
	}
	mean := sum / n
	phi := math.Min(math.Max((squares/n-mean*mean)/mean/weight, minDispersion), maxDispersion)
	return Figure{at, Interval{phi * (1 - 1e-9), phi * (1 + 1e-9)}, yes()}
}

// Seen is what somebody who judges at a time sees.
type Seen struct {
	Ratio, Evidence, Events, Spent func(window int64) Figure
	Dispersion                     Interval
}

// above says whether a figure is there and above a number.
func (f Figure) above(v float64) Answer { return f.Known.And(f.Value.Above(v)) }

// Exceeded says whether a pair of windows is above its threshold and applies.
func (w Watch) Exceeded(p Pair, s Seen) Answer {
	a := s.Ratio(p.Long).above(p.Threshold).And(s.Ratio(p.Short).above(p.Threshold))
	if w.Spent > 0 {
		a = a.And(s.Spent(p.Long).above(w.Spent))
	}
	if p.SparseWindow > 0 {
		events := s.Events(p.SparseWindow)
		few := Interval{events.Value.Lo / w.Weight / s.Dispersion.Hi, events.Value.Hi / w.Weight / s.Dispersion.Lo}
		enough := Answer{few.Lo >= p.SparseEvents+rounding(p.SparseEvents), few.Hi >= p.SparseEvents-rounding(p.SparseEvents)}
		a = a.And(events.Known).And(enough.Not())
	}
	return a
}

// Proven says whether there is evidence enough for a pair: in its long window or
// in a shorter long window of any pair.
func (w Watch) Proven(p Pair, s Seen) Answer {
	a := no()
	for _, other := range w.Tiers {
		if other.Long <= p.Long {
			a = a.Or(s.Evidence(other.Long).above(w.Nats[p.Severity]))
		}
	}
	return a
}
