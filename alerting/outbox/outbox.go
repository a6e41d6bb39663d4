package outbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"
)

// Options are what an outbox needs.
type Options struct {
	Store  Store            // required
	Sender Sender           // required
	Logger *slog.Logger     // nil discards
	Now    func() time.Time // nil is time.Now
	Random func() float64   // from 0 to 1, to spread retries; nil is math/rand/v2
}

// Times of an outbox.
const (
	sendTimeout = 30 * time.Second
	// lease is how long a try may take until another sender, or this one after
	// a restart, may begin it again.
	lease = 2 * sendTimeout
	// pace is the pause between two messages: Slack takes about one a second.
	pace = 1200 * time.Millisecond
	// poll is how often a store is looked at that others may write to as well.
	poll = 5 * time.Second
	// permanentRetry is how often a message is tried that only a change of the
	// configuration can help.
	permanentRetry = time.Hour
	maxRetryAfter  = time.Hour

	// LongestPause is longer than any message waits for its next try. One that is
	// to wait longer was kept by a clock that was ahead.
	LongestPause = 2 * time.Hour
)

// Outbox delivers messages one after another.
type Outbox struct {
	Options
	wake   chan struct{}
	paused time.Time // by the receiver; used by Run alone
}

// New makes an outbox. Run must be called for anything to be sent.
func New(o Options) (*Outbox, error) {
	if o.Store == nil || o.Sender == nil {
		return nil, errors.New("outbox: the store or the sender is missing")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Float64
	}
	return &Outbox{Options: o, wake: make(chan struct{}, 1)}, nil
}

// Enqueue takes a message. When it returns without an error the message is
// durable; it reports whether the message is new.
func (o *Outbox) Enqueue(ctx context.Context, m Message) (bool, error) {
	added, err := o.Store.Enqueue(ctx, m, o.Now())
	if err != nil {
		return false, fmt.Errorf("keep message %s: %w", m.Key, err)
	}
	if added {
		o.Logger.Info("message waits to be sent", "key", m.Key, "channel", m.Channel)
		select {
		case o.wake <- struct{}{}:
		default:
		}
	}
	return added, nil
}

// Unsent returns the messages that are not sent, the oldest first.
func (o *Outbox) Unsent(ctx context.Context) ([]Entry, error) { return o.Store.Unsent(ctx) }

// Withdraw gives up a failed message that nobody is to get any more; its key
// can be taken again. A try that goes on is not interrupted; it reports whether
// the message is gone.
func (o *Outbox) Withdraw(ctx context.Context, e Entry) (bool, error) {
	gone, err := o.Store.Withdraw(ctx, e.ID, o.Now())
	if err != nil {
		return false, fmt.Errorf("withdraw message %s: %w", e.Key, err)
	}
	if gone {
		o.Logger.Warn("message withdrawn", "key", e.Key, "channel", e.Channel, "attempts", e.Attempts, "error", e.LastError)
	}
	return gone, nil
}

// Run sends what is due until the context ends. What failed for good before is
// tried once more at the start, since the configuration may have changed.
func (o *Outbox) Run(ctx context.Context) error {
	if err := o.Store.Hasten(ctx, o.Now()); err != nil && ctx.Err() == nil {
		o.Logger.Error("hasten failed messages", "error", err)
	}
	for {
		pause := poll
		sent, err := o.step(ctx)
		switch {
		case err != nil && ctx.Err() == nil:
			o.Logger.Error("work on the outbox", "error", err)
		case sent:
			pause = pace
		}
		if o.paused.Sub(o.Now()) > LongestPause {
			o.paused = time.Time{}
		}
		timer := time.NewTimer(max(pause, o.paused.Sub(o.Now())))
		wake := o.wake
		if sent || o.paused.After(o.Now()) {
			wake = nil // a new message must not shorten these pauses
		}
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-wake:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// step tries the message that is due longest, and reports whether there was one.
func (o *Outbox) step(ctx context.Context) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	now := o.Now()
	entry, found, err := o.Store.Claim(ctx, now, now.Add(lease))
	if err != nil || !found {
		return false, err
	}
	timeout, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	outcome := o.judge(entry, o.Sender.Send(timeout, entry.Message, entry.Repeat))
	// What has happened is recorded even while the service stops.
	record, done := context.WithTimeout(context.WithoutCancel(ctx), sendTimeout)
	defer done()
	if err := o.Store.Record(record, entry.ID, outcome); err != nil {
		return true, fmt.Errorf("record the try of message %s: %w", entry.Key, err)
	}
	return true, nil
}

// judge says what follows from a try.
func (o *Outbox) judge(e Entry, err error) Outcome {
	now := o.Now()
	log := o.Logger.With("key", e.Key, "channel", e.Channel, "attempts", e.Attempts)
	if err == nil {
		log.Info("message sent", "repeat", e.Repeat)
		return Outcome{State: Sent, At: now}
	}
	outcome := Outcome{State: Pending, Error: err.Error(), At: now}
	wait := o.spread(backoff(e.Attempts))
	var failure *SendError
	if errors.As(err, &failure) {
		if failure.NoAnswer {
			outcome.Repeat = AfterNoResponse
		}
		if failure.Permanent {
			outcome.State, wait = Failed, o.spread(permanentRetry)
		}
		if failure.RetryAfter > 0 {
			wait = min(failure.RetryAfter, maxRetryAfter)
			o.paused = now.Add(wait)
		}
	}
	outcome.NextTry = now.Add(wait)
	log.Warn("message not sent", "error", err, "state", outcome.State, "next_try", outcome.NextTry)
	return outcome
}

// backoff is how long to wait after a number of tries.
func backoff(attempts int) time.Duration {
	table := []time.Duration{
		10 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour,
	}
	return table[min(max(attempts, 1), len(table))-1]
}

// spread varies a pause by a tenth either way.
func (o *Outbox) spread(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (0.9 + 0.2*o.Random()))
}
