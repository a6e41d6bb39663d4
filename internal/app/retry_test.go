package app

import (
	"context"
	"errors"
	"log/slog"
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

// TestASlowRefusalIsSaid demands that what a store refuses after the refresh has
// gone on is said by the next one, although that begins another try.
func TestASlowRefusalIsSaid(t *testing.T) {
	answer := make(chan error)
	store := &metricsStore{name: "slow", several: true, apply: func(ctx context.Context, _ ruleset) error {
		select {
		case err := <-answer:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}}
	log := slog.New(slog.DiscardHandler)
	s := &specs{
		deliveries: newDeliveries(stores{store}, time.Now, log), arrived: map[*metricsStore]arrival{},
		complaints: &complaints{log: log, last: map[string]string{}}, compiled: compilation{rules: []ruleset{{file: []byte("x")}}},
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer s.settle()
	defer cancel()
	if problems := s.deliver(ctx); len(problems) > 0 {
		t.Errorf("before there is an answer: %v", problems)
	}
	answer <- errors.New("no")
	<-s.deliveries[0].running
	if problems := s.deliver(ctx); len(problems) != 1 || problems[0].Message != "datasource slow: no" {
		t.Errorf("after a refusal: %v", problems)
	}
	answer <- nil
	<-s.deliveries[0].running
	if problems := s.deliver(ctx); len(problems) > 0 {
		t.Errorf("after a success: %v", problems)
	}
}
