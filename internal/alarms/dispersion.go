package alarms

import (
	"time"

	"headroom/alerting"
)

// Dispersion is measured as the rules do: over tiles of tile minutes, each
// measureEach minutes.
const (
	tile        = 5
	measureEach = 360
)

// dispersionAt is what was measured last before a minute.
func (c *counts) dispersionAt(minute int) float64 {
	at := minute / measureEach
	if c.dispersion[at] == 0 {
		c.dispersion[at] = c.measure(at * measureEach)
	}
	return c.dispersion[at]
}

func (c *counts) measure(end int) float64 {
	from := max(end-int(alerting.DispersionOver/time.Minute), 0)
	var n, sum, squares float64
	for i := from; i+tile <= end; i += tile {
		bad := c.bad[i+tile] - c.bad[i]
		n, sum, squares = n+1, sum+bad, squares+bad*bad
	}
	if sum == 0 {
		return alerting.MinDispersion
	}
	mean := sum / n
	return min(max((squares/n-mean*mean)/mean, alerting.MinDispersion), alerting.MaxDispersion)
}
