package budget

import (
	"fmt"
	"math"
	"time"
)

// measuredSlack keeps a window that lacks only its last slices from reading as
// one unit short.
const measuredSlack = 0.02

// Measured says how much of a window was measured, in the largest unit that
// the window has at least two of, rounded down: "15 of 28 days measured". Less
// than one unit is said in a smaller one: "40 minutes of 28 days measured".
func Measured(measured, window time.Duration) string {
	unit := timeUnitOf(window)
	whole := int64(window / unit.length)
	if n := countOf(measured, unit); n > 0 || measured <= 0 {
		return fmt.Sprintf("%d of %s measured", min(n, whole), unit.text(whole))
	}
	for _, smaller := range timeUnits() {
		if n := countOf(measured, smaller); n > 0 {
			return fmt.Sprintf("%s of %s measured", smaller.text(n), unit.text(whole))
		}
	}
	return fmt.Sprintf("0 of %s measured", unit.text(whole))
}

type timeUnit struct {
	length time.Duration
	name   string
}

func timeUnits() []timeUnit {
	return []timeUnit{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}, {time.Second, "second"}}
}

func timeUnitOf(window time.Duration) timeUnit {
	for _, u := range timeUnits() {
		if window%u.length == 0 && window/u.length >= 2 {
			return u
		}
	}
	return timeUnit{time.Second, "second"}
}

func (u timeUnit) text(n int64) string {
	if n == 1 {
		return "1 " + u.name
	}
	return fmt.Sprintf("%d %ss", n, u.name)
}

func countOf(d time.Duration, u timeUnit) int64 {
	return int64(math.Floor(float64(d)/float64(u.length) + measuredSlack))
}
