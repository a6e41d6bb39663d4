package budget_test

import (
	"testing"
	"time"

	"headroom/budget"
)

func TestMeasured(t *testing.T) {
	for _, test := range []struct {
		measured, window time.Duration
		want             string
	}{
		{15*day + 7*time.Hour, 28 * day, "15 of 28 days measured"},
		{16*day - 2*time.Hour, 28 * day, "15 of 28 days measured"},
		{28 * day, 28 * day, "28 of 28 days measured"},
		{28*day - 10*time.Minute, 28 * day, "28 of 28 days measured"},
		{28*day - 2*time.Hour, 28 * day, "27 of 28 days measured"},
		{29 * day, 28 * day, "28 of 28 days measured"},
		{7 * time.Hour, 28 * day, "7 hours of 28 days measured"},
		{time.Minute, 28 * day, "1 minute of 28 days measured"},
		{40 * time.Second, 10 * time.Minute, "40 seconds of 10 minutes measured"},
		{5 * time.Minute, 10 * time.Minute, "5 of 10 minutes measured"},
		{30 * time.Minute, time.Hour, "30 of 60 minutes measured"},
		{12 * time.Hour, day, "12 of 24 hours measured"},
		{36 * time.Hour, 36 * time.Hour, "36 of 36 hours measured"},
		{0, 28 * day, "0 of 28 days measured"},
		{time.Millisecond, 28 * day, "0 of 28 days measured"},
	} {
		if got := budget.Measured(test.measured, test.window); got != test.want {
			t.Errorf("%s of %s: %q, want %q", test.measured, test.window, got, test.want)
		}
	}
}
