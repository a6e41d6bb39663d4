package truth

import (
	"cmp"
	"slices"
	"sort"
	"time"
)

// lookback is how far a reader of samples may look for the last one before its
// range, in milliseconds: Prometheus's five minutes.
const lookback = 300_000

// Increment is what a scrape says beyond the one before it: the bad and all
// events since then. Times are Unix milliseconds.
type Increment struct {
	At, Before int64 // of the scrape and of the one before it, which is 0 for the first
	Seen       int64 // from when on it can be read; 0 for from At on
	Bad, Total Interval
}

// Increase returns the events that each scrape of the counter shows for the
// first time, where times are those at which it was scraped.
//
// Events that only a process which is gone could have shown are in none of them.
// What the first scrape shows may have happened long ago: 0 up to all of it. A
// restart after which the counter is as high as before looks like none. Who
// looks back less far than a gap may miss what happened in it.
func (c *Counter) Increase(times []int64) []Interval {
	list := make([]Interval, len(times))
	for i, at := range times {
		to := time.UnixMilli(at)
		value, _ := c.Value(to)
		if i == 0 {
			list[i] = Interval{0, value}
			continue
		}
		from := time.UnixMilli(times[i-1])
		before, _ := c.Value(from)
		switch {
		case !c.restarted(from, to):
			list[i] = Exactly(c.Count(from, to))
		case value < before:
			list[i] = Exactly(value)
		default:
			list[i] = Interval{value - before, value}
		}
		if at-times[i-1] > lookback {
			list[i].Lo = 0
		}
	}
	return list
}

// restarted reports whether the process restarted between two scrapes.
func (c *Counter) restarted(from, to time.Time) bool {
	i := sort.Search(len(c.resets), func(i int) bool { return !c.resets[i].Before(from) })
	return i < len(c.resets) && c.resets[i].Before(to)
}

// Tally counts bad and all events.
type Tally struct{ Bad, Total Interval }

// Plus adds a tally.
func (t Tally) Plus(o Tally) Tally { return Tally{t.Bad.Plus(o.Bad), t.Total.Plus(o.Total)} }

// Minus subtracts a tally. No count is negative.
func (t Tally) Minus(o Tally) Tally {
	return Tally{t.Bad.Minus(o.Bad).AtLeastZero(), t.Total.Minus(o.Total).AtLeastZero()}
}

// Ratio is bad ÷ total.
func (t Tally) Ratio() Interval { return t.Bad.Over(t.Total) }

// Reader counts events from what was scraped. Times are Unix milliseconds.
type Reader interface {
	// Count counts the events that scrapes in (from, to] show.
	Count(from, to int64) Tally
	// Present reports whether there is anything to count in (from, to].
	Present(from, to int64) bool
}

// Exact counts each event once, at the scrape that shows it first.
type Exact struct {
	increments []Increment
	sums       []Tally // of the increments before each
	late       bool    // some can only be read later
}

var _ Reader = (*Exact)(nil)

// NewExact reads increments of any number of series.
func NewExact(increments []Increment) *Exact {
	e := &Exact{increments: slices.Clone(increments), sums: make([]Tally, 1, len(increments)+1)}
	slices.SortStableFunc(e.increments, func(a, b Increment) int { return cmp.Compare(a.At, b.At) })
	for i, in := range e.increments {
		e.sums = append(e.sums, e.sums[i].Plus(Tally{in.Bad, in.Total}))
		e.late = e.late || in.Seen > in.At
	}
	return e
}

// CountSeen counts what scrapes in (from, to] show to who reads them at a time.
func (e *Exact) CountSeen(from, to, by int64) Tally {
	if !e.late {
		return e.Count(from, to)
	}
	var sum Tally
	for _, in := range e.increments[e.until(from):max(e.until(to), e.until(from))] {
		if in.Seen <= by {
			sum = sum.Plus(Tally{in.Bad, in.Total})
		}
	}
	return sum
}

// AtOnce reads as somebody does who looks at the end of each range, when it has
// just ended: what comes late is not there.
type AtOnce struct{ *Exact }

var _ Reader = AtOnce{}

// Count implements Reader.
func (a AtOnce) Count(from, to int64) Tally { return a.CountSeen(from, to, to) }

// Present implements Reader.
func (a AtOnce) Present(from, to int64) bool {
	if !a.late {
		return a.Exact.Present(from, to)
	}
	list := a.increments[a.until(from):max(a.until(to), a.until(from))]
	return slices.ContainsFunc(list, func(in Increment) bool { return in.Seen <= to })
}

// until returns how many increments are not later than a time.
func (e *Exact) until(at int64) int {
	return sort.Search(len(e.increments), func(i int) bool { return e.increments[i].At > at })
}

// Count implements Reader.
func (e *Exact) Count(from, to int64) Tally {
	a, b := e.sums[e.until(from)], e.sums[e.until(to)]
	apart := func(later, earlier Interval) Interval {
		return Interval{later.Lo - earlier.Lo, later.Hi - earlier.Hi}.AtLeastZero()
	}
	return Tally{apart(b.Bad, a.Bad), apart(b.Total, a.Total)}
}

// Present implements Reader.
func (e *Exact) Present(from, to int64) bool { return e.until(to) > e.until(from) }

// Extrapolated counts as Prometheus's increase does that is not anchored: what
// lies between the first and the last scrape of a range, and up to 1.1 mean
// intervals more on either side at the same rate. Its bounds also hold for who
// counts what the scrapes around the range show.
type Extrapolated struct {
	// Bad and Total are the increments of the single series that count bad and
	// all events; Good those that count good ones, where bad is what is not.
	Bad, Good, Total []Series
}

// Series is the scrapes of one series, in order.
type Series struct {
	At       []int64
	Increase []Interval
	// Values are what the scrapes read, and Ends when the series was found to
	// have ended. Only Differences need them.
	Values []float64
	Ends   []int64
}

var _ Reader = (*Extrapolated)(nil)

// Count implements Reader.
func (e *Extrapolated) Count(from, to int64) Tally {
	t := Tally{Bad: sumOf(e.Bad, from, to), Total: sumOf(e.Total, from, to)}
	if len(e.Good) > 0 {
		t.Bad = t.Total.Minus(sumOf(e.Good, from, to)).AtLeastZero()
	}
	return t
}

// Present implements Reader: there is no increase without two scrapes.
func (e *Extrapolated) Present(from, to int64) bool {
	return slices.ContainsFunc(e.Total, func(s Series) bool { return s.until(to)-s.until(from) > 1 })
}

func sumOf(list []Series, from, to int64) Interval {
	var sum Interval
	for _, s := range list {
		sum = sum.Plus(s.over(from, to))
	}
	return sum
}

func (s Series) until(at int64) int {
	return sort.Search(len(s.At), func(i int) bool { return s.At[i] > at })
}

// reach is how far increase extrapolates at each end, in mean intervals.
const reach = 1.1

func (s Series) over(from, to int64) Interval {
	first, end := s.until(from), s.until(to) // the scrapes in (from, to]
	var within, around Interval
	for i := first; i < min(end+1, len(s.At)); i++ {
		around = around.Plus(s.Increase[i])
		if i > first && i < end {
			within = within.Plus(s.Increase[i])
		}
	}
	if n := end - first; n > 1 {
		return Interval{within.Lo, max(around.Hi, within.Hi*(1+2*reach/float64(n-1)))}
	}
	return Interval{0, around.Hi}
}
