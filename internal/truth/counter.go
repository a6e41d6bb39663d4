package truth

import (
	"math"
	"sort"
	"time"
)

// Counter is a process's counter: what happened to it, in order of time. The
// zero value exists from the begin of time and is 0.
type Counter struct {
	Labels map[string]string // of its series
	Born   time.Time         // has no samples before; zero for always
	Dies   time.Time         // has no samples from then on; zero for never

	at     []time.Time // of the events
	before []float64   // sum of the events before each one
	sum    float64
	resets []time.Time
}

// Add lets n events happen at a time, which is not before that of the last
// call.
func (c *Counter) Add(at time.Time, n float64) {
	c.at = append(c.at, at)
	c.before = append(c.before, c.sum)
	c.sum += n
}

// Reset restarts the process right after a time: the counter is 0 then. Resets
// are in order of time.
func (c *Counter) Reset(at time.Time) { c.resets = append(c.resets, at) }

// Count returns the events in (from, to], whoever saw them.
func (c *Counter) Count(from, to time.Time) float64 { return c.until(to) - c.until(from) }

// until returns the events up to and including a time.
func (c *Counter) until(to time.Time) float64 {
	i := sort.Search(len(c.at), func(i int) bool { return c.at[i].After(to) })
	if i == len(c.at) {
		return c.sum
	}
	return c.before[i]
}

// Value returns what a scrape at a time reads, and false where there is
// nothing to read.
func (c *Counter) Value(at time.Time) (float64, bool) {
	if at.Before(c.Born) || !c.Dies.IsZero() && !at.Before(c.Dies) {
		return 0, false
	}
	i := sort.Search(len(c.resets), func(i int) bool { return !c.resets[i].Before(at) })
	start := c.Born
	if i > 0 {
		start = c.resets[i-1]
	}
	if start.IsZero() {
		return c.until(at), true
	}
	return c.Count(start, at), true
}

// Sum returns the events of several counters in (from, to].
func Sum(counters []*Counter, from, to time.Time) float64 {
	var sum float64
	for _, c := range counters {
		sum += c.Count(from, to)
	}
	return sum
}

// Indicator says which counters count bad events and which all events.
type Indicator struct {
	Bad, Total []*Counter
}

// ErrorRatio returns bad ÷ total in (from, to], NaN without events.
func (in Indicator) ErrorRatio(from, to time.Time) float64 {
	total := Sum(in.Total, from, to)
	if total == 0 {
		return math.NaN()
	}
	return Sum(in.Bad, from, to) / total
}

// Remaining returns the share of the budget that is left of the window that
// ends at a time, NaN without events. The budget is the share of events that
// may be bad.
func (in Indicator) Remaining(at time.Time, window time.Duration, budget float64) float64 {
	return 1 - in.ErrorRatio(at.Add(-window), at)/budget
}
