// Package events keeps platform events: it stores every report durably, counts
// the runs that each objective is about, and feeds the ledger.
//
// A run counts in the counters once and for all at its first settled outcome.
// The ledger counts it as it is judged now, in the slice in which it ended.
package events

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/VictoriaMetrics/metrics"

	"headroom/budget"
	"headroom/slo"
	"headroom/slo/event"
)

// Ledger takes in what was counted.
type Ledger interface {
	Revise(ctx context.Context, k budget.Key, at time.Time, list ...budget.Slice) (int, error)
	Mend(ctx context.Context, k budget.Key, count func(from, to time.Time) ([]budget.Slice, error)) error
}

var _ Ledger = (*budget.Ledger)(nil)

// Options are what a recorder needs.
type Options struct {
	Store  Store
	Ledger Ledger           // nil feeds none
	Clock  func() time.Time // nil is time.Now
	Logger *slog.Logger     // nil discards
	Set    *metrics.Set     // where the counters stand; nil makes one
	// Keep is how long events are kept at least; 0 is 90 days. Those that a
	// window needs are kept longer.
	Keep time.Duration
}

// Recorder takes reports of platform events in. It is safe for concurrent use.
type Recorder struct {
	o Options

	mu         sync.Mutex       // held over reading, judging and writing, so that one run counts once
	declared   bool             // objectives were declared
	objectives []*slo.Objective // as they were declared last, of every indicator
	tracked    []*tracked       // sorted by id
	life       Life             // since when headroom runs; zero before the first tick
	pruned     time.Time        // when old events were last forgotten

	unjudged atomic.Pointer[[]Unjudged]
}

// New returns a recorder. Store must be set.
func New(o Options) (*Recorder, error) {
	if o.Store == nil {
		return nil, errors.New("new recorder of events: Store must be set")
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Set == nil {
		o.Set = metrics.NewSet()
	}
	return &Recorder{o: o}, nil
}

// maxAhead is how far in the future a run may have ended: clocks differ, but
// not by much.
const maxAhead = 5 * time.Minute

// Record takes reports in. When it returns nil all of them are durable, and
// counted where they are the first to settle their run; when it returns an
// error none of them is. The error wraps event.ErrInvalid when a report is at
// fault and not the store. Reports that come twice, or in another order,
// change nothing. Reports of runs that ended longer ago than events are kept
// are dropped: so many, and the others are durable.
func (r *Recorder) Record(ctx context.Context, reports ...event.Event) (dropped int, err error) {
	now := r.o.Clock()
	var errs []error
	for i, e := range reports {
		if err := check(e, now); err != nil {
			errs = append(errs, fmt.Errorf("report %d of %d: %w", i+1, len(reports), err))
		}
	}
	if len(errs) > 0 {
		return 0, fmt.Errorf("record events: %w", errors.Join(errs...))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	c, err := r.begin(ctx, reports)
	if err != nil {
		return 0, fmt.Errorf("record events: %w", err)
	}
	oldest := now.Add(-r.retention())
	for _, e := range reports {
		if e.Settled() && e.Finished.Before(oldest) {
			r.o.Logger.Info("dropped an event that is older than events are kept", "subject", e.Subject, "run", e.Run, "finished", e.Finished)
			dropped++
			continue
		}
		c.take(normal(e), now)
	}
	if err := c.commit(ctx); err != nil {
		return 0, fmt.Errorf("record events: %w", err)
	}
	r.noteUnjudged()
	return dropped, nil
}

func check(e event.Event, now time.Time) error {
	if err := e.Validate(); err != nil {
		return err
	}
	if e.Finished.After(now.Add(maxAhead)) {
		return fmt.Errorf("%w: finished %s lies in the future: headroom's clock says %s, and may differ by at most %s",
			event.ErrInvalid, e.Finished.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339), slo.FormatDuration(maxAhead))
	}
	return nil
}

// normal is an event as the store gives it back: milliseconds in UTC.
func normal(e event.Event) event.Event {
	for _, t := range []*time.Time{&e.Queued, &e.Started, &e.Finished, &e.Updated} {
		if !t.IsZero() {
			*t = t.UTC().Truncate(time.Millisecond)
		}
	}
	if len(e.Attributes) == 0 {
		e.Attributes = nil
	}
	return e
}
