package app

import (
	"testing"
	"time"
)

func TestRetryPause(t *testing.T) {
	for failures, want := range map[int]time.Duration{
		1: 0, quickRetries: 0, quickRetries + 1: 2 * time.Second, quickRetries + 3: 8 * time.Second,
		quickRetries + 6: longestRetry, 1 << 40: longestRetry,
	} {
		if got := retryPause(failures); got != want {
			t.Errorf("after %d failures: %v, want %v", failures, got, want)
		}
	}
}
