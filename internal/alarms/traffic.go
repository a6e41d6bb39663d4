package alarms

import (
	"math"
	"math/rand/v2"
	"time"
)

// Traffic is how events come.
type Traffic struct {
	PerDay float64 // events, on average
	// Burst is how many events fail together, on average and geometrically
	// distributed; independently when 1 or less.
	Burst float64
	// WorkingHours is nine tenths of the events between 8 and 18 o'clock from
	// Monday to Friday.
	WorkingHours bool
}

const (
	minutesPerDay = 1440
	busyShare     = 0.9
	busyHours     = 50
	weekHours     = 168
)

// rate is the events expected in a minute; minute 0 is Monday's first.
func (t Traffic) rate(minute int) float64 {
	rate := t.PerDay / minutesPerDay
	if !t.WorkingHours {
		return rate
	}
	day, hour := minute/minutesPerDay%7, minute/60%24
	if day < 5 && hour >= 8 && hour < 18 {
		return rate * busyShare * weekHours / busyHours
	}
	return rate * (1 - busyShare) * weekHours / (weekHours - busyHours)
}

// counts are the events up to the begin of each minute.
type counts struct {
	bad, total []float64
	dispersion []float64 // measured at every measureEach, 0 where it is not yet
}

// draw makes the events of a time, with an error ratio at each minute.
func (t Traffic) draw(random *rand.Rand, minutes int, ratio func(minute int) float64) *counts {
	c := &counts{
		bad: make([]float64, minutes+1), total: make([]float64, minutes+1),
		dispersion: make([]float64, minutes/measureEach+1),
	}
	for i := range minutes {
		rate, e := t.rate(i), ratio(i)
		good := poisson(random, rate*(1-e))
		bad := t.failures(random, rate*e)
		c.bad[i+1], c.total[i+1] = c.bad[i]+bad, c.total[i]+good+bad
	}
	return c
}

func (t Traffic) failures(random *rand.Rand, mean float64) float64 {
	if t.Burst <= 1 {
		return poisson(random, mean)
	}
	bad := 0.0
	for range int(poisson(random, mean/t.Burst)) {
		for bad++; random.Float64() > 1/t.Burst; bad++ {
		}
	}
	return bad
}

// poisson draws by multiplying uniform numbers, which is fast for the small
// means of a minute.
func poisson(random *rand.Rand, mean float64) float64 {
	n := 0.0
	for p, limit := random.Float64(), math.Exp(-mean); p > limit; p *= random.Float64() {
		n++
	}
	return n
}

// before tells the events of the windows before a minute.
func (c *counts) before(minute int) func(time.Duration) (bad, total float64) {
	return func(window time.Duration) (bad, total float64) {
		from := max(minute-int(window/time.Minute), 0)
		return c.bad[minute] - c.bad[from], c.total[minute] - c.total[from]
	}
}

// still reports whether nothing happened in the minute before, so that a look
// would hardly find anything new.
func (c *counts) still(minute int) bool {
	return minute%5 != 0 && c.total[minute] == c.total[minute-1]
}
