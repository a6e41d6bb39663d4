package outbox_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"headroom/alerting/outbox"
)

// TestClockThatWasAheadHoldsUpNoMessage fails tries while the clock is a day
// ahead, one of them for as long as the receiver asks, and sets it back.
func TestClockThatWasAheadHoldsUpNoMessage(t *testing.T) {
	file := path(t)
	synctest.Test(t, func(t *testing.T) {
		s := store(t, file)
		defer func() { _ = s.Close() }()
		chat := &receiver{errs: []error{errors.New("no answer"), &outbox.SendError{Err: errors.New("slow down"), RetryAfter: time.Hour}}}
		var ahead atomic.Int64
		o, err := outbox.New(outbox.Options{
			Store: s.Outbox(), Sender: chat, Random: func() float64 { return 0.5 },
			Now: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) },
		})
		if err != nil {
			t.Fatal(err)
		}
		ahead.Store(int64(24 * time.Hour))
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- o.Run(ctx) }()
		enqueue(t, o, "a")
		time.Sleep(10 * time.Minute)
		ahead.Store(0)
		time.Sleep(90 * time.Minute)
		enqueue(t, o, "b")
		time.Sleep(30 * time.Minute)
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if got := chat.messages(); len(got) != 2 {
			t.Errorf("two hours after the clock was set right %d messages were sent, want both", len(got))
		}
	})
}
