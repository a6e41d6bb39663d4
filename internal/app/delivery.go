package app

import (
	"context"
	"crypto/sha256"
	"errors"
	"io/fs"
	"iter"
	"log/slog"
	"time"

	"headroom/rules"
)

// delivery makes rules active, and tries again when that fails: at first at
// every refresh, then less and less often.
type delivery struct {
	store *metricsStore
	now   func() time.Time
	log   *slog.Logger

	applied  [sha256.Size]byte // of the rules file that is active
	at       time.Time         // when it was applied
	tried    [sha256.Size]byte // of the rules file that failed last
	ever     bool              // some rules were delivered since the start
	failures int               // in a row, of the same rules
	next     time.Time         // the next try after a failure
	err      error             // of the last try

	running chan struct{} // closed when the present try has ended; nil without one
}

// ruleset is what is delivered.
type ruleset struct {
	file   []byte
	groups iter.Seq[rules.Group] // the same
}

// lookAgain is how often a ruler is asked whether it still has the rules, which
// others may have taken away.
const lookAgain = time.Hour

// deliveryPatience is how long a refresh waits for deliveries; those that take
// longer go on beside it.
const deliveryPatience = time.Second

// start begins to deliver, unless an earlier try goes on.
func (d *delivery) start(ctx context.Context, r ruleset) {
	if d.running != nil {
		select {
		case <-d.running:
		default:
			return
		}
	}
	d.running = make(chan struct{})
	go func(ended chan<- struct{}) {
		defer close(ended)
		_ = d.deliver(ctx, r) // kept as d.err
	}(d.running)
}

// outcome waits for the present try until time is up, and returns its error. It
// has not ended when time was up before, or when there was none.
func (d *delivery) outcome(up <-chan struct{}) (ended bool, err error) {
	if d.running == nil {
		return false, nil
	}
	select {
	case <-d.running:
		return true, d.err
	default:
	}
	select {
	case <-d.running:
		return true, d.err
	case <-up:
		return false, nil
	}
}

func newDeliveries(all stores, now func() time.Time, log *slog.Logger) []*delivery {
	list := make([]*delivery, len(all))
	for i, store := range all {
		list[i] = &delivery{store: store, now: now, log: log}
	}
	return list
}

const (
	quickRetries = 5 // without a pause of their own
	longestRetry = time.Minute
)

// deliver makes a rules file active unless it is already, or it is too early to
// try again.
func (d *delivery) deliver(ctx context.Context, r ruleset) error {
	sum := sha256.Sum256(r.file)
	now := d.now()
	stale := d.store.delivers == byRuler && now.Sub(d.at).Abs() >= lookAgain
	gone := d.store.gone != nil && d.ever && d.store.gone()
	if d.store.apply == nil || d.ever && d.err == nil && sum == d.applied && !stale && !gone {
		d.err = nil
		return nil
	}
	if sum != d.tried {
		d.failures, d.err = 0, nil
	}
	if wait := d.next.Sub(now); d.err != nil && wait > 0 && wait <= longestRetry { // more, when the clock was set back
		return d.err
	}
	if d.err = d.store.apply(ctx, r); d.err != nil {
		d.tried = sum
		d.failures++
		d.next = now.Add(retryPause(d.failures))
		return d.err
	}
	again := d.ever && sum == d.applied
	d.applied, d.at, d.ever, d.failures = sum, now, true, 0
	if gone {
		d.log.Warn("the rules file was gone, and is written again", "datasource", d.store.name)
	}
	if again {
		return nil
	}
	d.log.Info("rules delivered", "datasource", d.store.name, "bytes", len(r.file))
	return nil
}

// retryPause is how long rules that failed so many times in a row wait at
// least.
func retryPause(failures int) time.Duration {
	if failures <= quickRetries {
		return 0
	}
	return min(time.Second<<min(failures-quickRetries, 10), longestRetry)
}

// hint says what becomes of rules that could not be delivered.
func (d *delivery) hint(err error) string {
	if d.ever {
		return "the earlier rules go on; headroom tries again by itself"
	}
	mend := d.store.mend
	switch {
	case errors.Is(err, fs.ErrNotExist):
		mend = "create the directory"
	case errors.Is(err, fs.ErrPermission):
		mend = "let this user write there"
	}
	return "no rules are active yet: " + mend + "; headroom tries again by itself"
}

// complaints logs what is wrong when it begins or changes, rather than as often
// as it is found.
type complaints struct {
	log  *slog.Logger
	last map[string]string
}

// hear takes what became of something that is done again and again.
func (c *complaints) hear(what string, err error) {
	if err == nil {
		delete(c.last, what)
		return
	}
	if text := err.Error(); c.last[what] != text {
		c.last[what] = text
		c.log.Error(what, "error", err)
	}
}
