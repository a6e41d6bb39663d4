package trial

import (
	"math/big"
	"time"

	"headroom/slo/slotest"
)

// flow counts events in exact arithmetic. The n-th event is bad when the sum of
// the error ratios of the events up to it reaches the next whole number, so
// that events are whole, and no time has more bad events than events. Where
// events can be bad in part, they are not rounded.
type flow struct {
	partly bool
	phases []slotest.Phase // without gaps
	next   int             // phase that was not entered yet

	from, to   time.Duration // of the current phase
	rate, bad  *big.Rat
	allBefore  *big.Rat // events up to from
	badBefore  *big.Rat
	lastBad    int64
	hasEntered bool
}

func newFlow(phases []slotest.Phase) *flow {
	return &flow{phases: phases, rate: new(big.Rat), bad: new(big.Rat), allBefore: new(big.Rat), badBefore: new(big.Rat)}
}

// at returns the events up to a time, which never goes back.
func (f *flow) at(t time.Duration) (total, bad float64) {
	for f.next < len(f.phases) && f.phases[f.next].From <= t {
		f.enter(f.phases[f.next])
		f.next++
	}
	if f.partly {
		all := f.allUntil(min(t, f.to))
		total, _ = all.Float64()
		bad, _ = f.badUntil(all).Float64()
		return total, bad
	}
	return float64(f.count(min(t, f.to))), float64(f.lastBad)
}

// badUntil is the exact sum of the error ratios of the events up to one of the
// current phase.
func (f *flow) badUntil(all *big.Rat) *big.Rat {
	share := new(big.Rat).Sub(all, f.allBefore)
	return share.Add(share.Mul(share, f.bad), f.badBefore)
}

// count returns the events up to a time in the current phase, and notes how
// many of them are bad.
func (f *flow) count(t time.Duration) int64 {
	total := floor(f.allUntil(t))
	if whole := new(big.Rat).SetInt64(total); whole.Cmp(f.allBefore) > 0 {
		f.lastBad = max(f.lastBad, floor(f.badUntil(whole)))
	}
	return total
}

// enter ends the current phase and begins the next.
func (f *flow) enter(p slotest.Phase) {
	if f.hasEntered {
		f.count(f.to)
		all := f.allUntil(f.to)
		f.badBefore = f.badUntil(all)
		f.allBefore = all
	}
	f.hasEntered = true
	f.from, f.to, f.rate, f.bad = p.From, p.To, p.Rate, p.Errors
}

// allUntil is the exact sum of rates up to a time in the current phase.
func (f *flow) allUntil(t time.Duration) *big.Rat {
	if t <= f.from {
		return f.allBefore
	}
	span := new(big.Rat).SetFrac64(int64(t-f.from), int64(time.Second))
	return span.Add(span.Mul(span, f.rate), f.allBefore)
}

// phase returns the phase that a time, as the end of an interval, lies in.
func (f *flow) phase(t time.Duration) slotest.Phase {
	for _, p := range f.phases {
		if p.From < t && t <= p.To {
			return p
		}
	}
	return slotest.Phase{Rate: new(big.Rat), Errors: new(big.Rat)}
}

// floor rounds a number that is not negative down.
func floor(r *big.Rat) int64 {
	return new(big.Int).Quo(r.Num(), r.Denom()).Int64()
}
