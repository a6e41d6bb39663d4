// Package collectortest has what every collector of platform events is tested
// with: deliveries that are forged, broken, repeated and out of order.
package collectortest

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"headroom/slo/event"
)

// Recorder keeps events in memory as a store does: reports about one run are
// merged. It is safe for concurrent use.
type Recorder struct {
	mu     sync.Mutex
	events map[event.Key]event.Event
	calls  int
	err    error
	oldest time.Time
}

// Fail makes Record return an error and keep nothing, until Fail(nil).
func (r *Recorder) Fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.err = err
}

// DropBefore makes Record drop reports of runs that ended before a time, as a
// store does that no longer keeps them.
func (r *Recorder) DropBefore(oldest time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.oldest = oldest
}

// Record merges reports into what is kept.
func (r *Recorder) Record(_ context.Context, reports ...event.Event) (dropped int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls++
	if r.err != nil {
		return 0, r.err
	}
	if r.events == nil {
		r.events = map[event.Key]event.Event{}
	}
	for _, report := range reports {
		if err := report.Validate(); err != nil {
			return 0, err
		}
	}
	for _, report := range reports {
		if report.Settled() && report.Finished.Before(r.oldest) {
			dropped++
			continue
		}
		old, found := r.events[report.Key()]
		if !found {
			old = report
		}
		r.events[report.Key()] = event.Merge(old, report)
	}
	return dropped, nil
}

// Events returns what is kept, sorted by run.
func (r *Recorder) Events() []event.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.SortedFunc(maps.Values(r.events), func(a, b event.Event) int {
		return cmp.Or(strings.Compare(a.Source, b.Source), strings.Compare(a.Subject, b.Subject), strings.Compare(a.Run, b.Run), cmp.Compare(a.Attempt, b.Attempt))
	})
}

// Calls returns how often Record was called.
func (r *Recorder) Calls() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.calls
}
