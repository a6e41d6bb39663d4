package forecast

import (
	"math"
	"time"

	"headroom/budget"
)

// Outcome is what becomes of a budget if the pace stays.
type Outcome string

// The outcomes.
const (
	Lasts    Outcome = "lasts"    // something is left now, and always will be
	Exhausts Outcome = "exhausts" // something is left now, and nothing will be
	Recovers Outcome = "recovers" // nothing is left now, and something will be
	Stays    Outcome = "stays"    // nothing is left now, and nothing will be
	Unknown  Outcome = "unknown"
)

// Pace is what happened in a lookback.
type Pace struct {
	Lookback   time.Duration
	Measured   time.Duration // of the lookback
	Bad, Total float64       // events in it
}

// Options are what a forecast is made from.
type Options struct {
	At   time.Time          // end of the window
	Rate float64            // b = 1 − target, above 0 and below 1
	Left []budget.Remainder // how the window that ends At empties, from its start on
	Pace Pace
	// Between returns the remainders between Left[i] and Left[i+1], so that
	// Left need not have those that nothing is crossed at. No count may grow
	// within Left then. Nil: Left has all.
	Between func(i int) []budget.Remainder
}

// Forecast is what becomes of a budget. Times are nil where they do not apply.
type Forecast struct {
	Outcome   Outcome
	Reason    string // why it is Unknown, in a sentence
	At        time.Time
	Pace      Pace
	Burn      float64 // of the lookback: error ratio ÷ b
	Remaining float64 // now, a share of the budget
	Settles   float64 // what remains when the pace lasts for a whole window: 1 − Burn

	Exhausted *Crossing // when nothing is left, for Lasts and Exhausts
	Recovered *Crossing // when something is left again, for Recovers and Stays
	Ample     *Crossing // when more than budget.CautionRemaining is left, where it is less now
}

// Crossing is when a share is reached. A nil time means never.
type Crossing struct {
	At       *time.Time
	Earliest *time.Time // at the end of the 90 % interval of the pace that leads there sooner
	Latest   *time.Time // at the other end
}

// New makes a forecast.
func New(o Options) Forecast {
	f := Forecast{At: o.At, Pace: o.Pace}
	switch {
	case len(o.Left) == 0 || o.Left[0].Total <= 0 || !(o.Rate > 0):
		return f.unknown("Nothing happened in the window.")
	case o.Pace.Measured <= 0 || o.Pace.Total <= 0:
		return f.unknown("Nothing happened in the lookback, so that there is no pace to go on at.")
	}
	f.Burn = o.Pace.Bad / o.Pace.Total / o.Rate
	f.Settles = 1 - f.Burn
	f.Remaining = 1 - o.Left[0].Bad.Events()/o.Left[0].Total.Events()/o.Rate
	if f.Remaining > 0 {
		f.Exhausted, f.Outcome = o.crossing(0, false), Lasts
		if f.Exhausted.At != nil {
			f.Outcome = Exhausts
		}
	} else {
		f.Recovered, f.Outcome = o.crossing(0, true), Stays
		if f.Recovered.At != nil {
			f.Outcome = Recovers
		}
	}
	if f.Remaining <= budget.CautionRemaining {
		f.Ample = o.crossing(budget.CautionRemaining, true)
	}
	return f
}

func (f Forecast) unknown(reason string) Forecast {
	f.Outcome, f.Reason = Unknown, reason
	return f
}

// crossing asks when the remaining share rises above a level, or falls to it,
// at the pace and at the ends of its interval.
func (o Options) crossing(level float64, rises bool) *Crossing {
	low, high := byar(o.Pace.Bad)
	c := &Crossing{At: o.cross(level, rises, o.Pace.Bad)}
	c.Earliest, c.Latest = o.cross(level, rises, high), o.cross(level, rises, low)
	if rises {
		c.Earliest, c.Latest = c.Latest, c.Earliest
	}
	return c
}

// line is what a crossing is looked for on: bad − allowed·total as the window
// moves on, which is linear between the remainders.
type line struct {
	start          time.Time
	allowed, slope float64
}

func (l line) ahead(t time.Time) float64 { return l.slope * float64(t.Sub(l.start)) }

func (l line) at(r budget.Remainder) float64 {
	return r.Bad.Events() - l.allowed*r.Total.Events() + l.ahead(r.At)
}

// slack is more than what rounding to hundredths of an event makes of a sum.
const slack = 0.1

// crosses reports whether the line may get below 0 between two remainders, or up
// to it, since counts do not grow between them.
func (l line) crosses(a, b budget.Remainder, rises bool) bool {
	from, to := l.ahead(a.At), l.ahead(b.At)
	if rises {
		return b.Bad.Events()-l.allowed*a.Total.Events()+min(from, to) < slack
	}
	return a.Bad.Events()-l.allowed*b.Total.Events()+max(from, to) >= -slack
}

// cross returns when the remaining share rises above a level, or falls to it,
// with so many bad events in a lookback; nil is never. The share is above the
// level where the line is negative.
func (o Options) cross(level float64, rises bool, bad float64) *time.Time {
	allowed := (1 - level) * o.Rate
	l := line{start: o.Left[0].At, allowed: allowed, slope: (bad - allowed*o.Pace.Total) / float64(o.Pace.Measured)}
	for i, last := range o.Left[1:] {
		before := o.Left[i]
		var fine []budget.Remainder
		if o.Between != nil {
			if !l.crosses(before, last, rises) {
				continue
			}
			fine = o.Between(i)
		}
		for _, r := range append(fine[:len(fine):len(fine)], last) {
			y0, y := l.at(before), l.at(r)
			if rises && y < 0 || !rises && y >= 0 {
				part := 1.0
				if y != y0 {
					part = min(1, max(0, y0/(y0-y)))
				}
				at := o.At.Add(before.At.Sub(l.start) + time.Duration(part*float64(r.At.Sub(before.At))))
				return &at
			}
			before = r
		}
	}
	return nil
}

// z90 is the normal quantile that 5 % are above.
const z90 = 1.6449

// byar returns the ends of the 90 % interval of a Poisson mean of which k were
// counted, by Byar's approximation.
func byar(k float64) (low, high float64) {
	if k > 0 {
		low = k * math.Pow(max(0, 1-1/(9*k)-z90/(3*math.Sqrt(k))), 3)
	}
	n := k + 1
	return low, n * math.Pow(1-1/(9*n)+z90/(3*math.Sqrt(n)), 3)
}
