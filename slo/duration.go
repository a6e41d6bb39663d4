package slo

import (
	"fmt"
	"time"

	"github.com/prometheus/common/model"
)

// ParseDuration reads a duration in Prometheus's notation ("28d", "4w",
// "1h30m", "300ms"), where a day has 24 h and a year 365 days.
func ParseDuration(s string) (time.Duration, error) {
	d, err := model.ParseDuration(s)
	if err != nil {
		return 0, fmt.Errorf("duration %q: want a number with a unit, such as 300ms, 10s, 5m, 6h or 28d", s)
	}
	return time.Duration(d), nil
}

// FormatDuration writes a duration so that ParseDuration and PromQL read it
// back, in the largest units that leave no remainder and with days rather than
// weeks: "28d", "6h", "1h30m".
func FormatDuration(d time.Duration) string {
	const day = 24 * time.Hour
	if d >= day && d%day == 0 {
		return fmt.Sprintf("%dd", d/day)
	}
	return model.Duration(d).String()
}
