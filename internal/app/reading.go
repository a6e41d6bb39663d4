package app

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"headroom/budget"
	"headroom/rules"
	"headroom/slo"
	"headroom/slo/diag"
)

const checkReading = "metrics-store-unreadable"

// readings feed the ledger, each from one metrics store and beside the others.
type readings []*reading

// reading feeds the ledger from one metrics store.
type reading struct {
	store   *metricsStore
	stores  stores
	reader  *budget.Reader
	ledger  *budget.Ledger
	now     func() time.Time
	changes *atomic.Uint64 // grows when failure says something else
	log     *slog.Logger
	wake    chan struct{} // holds one wish to read soon

	mu        sync.Mutex
	last      error         // of the last tick
	read      bool          // a tick has ended that knew objectives
	succeeded time.Time     // when the last tick without an error began
	took      time.Duration // the last tick
	count     [2]int        // ticks that succeeded, and that did not
}

func (a *App) newReadings() (readings, error) {
	var all readings
	for _, store := range a.stores {
		dialect := store.dialect
		reader, err := budget.NewReader(budget.ReaderOptions{
			Ledger:  a.ledger,
			Querier: store.querier,
			Raw: func(o *slo.Objective, r time.Duration) (bad, total string) {
				return rules.Raw(o, dialect, r)
			},
			Continuity:  rules.Continuity,
			Reads:       func(o *slo.Objective) bool { return a.stores.of(o) == store },
			SettleDelay: store.delay,
			Late:        store.late,
			Logger:      a.Logger,
		})
		if err != nil {
			return nil, err
		}
		all = append(all, &reading{
			store: store, stores: a.stores, reader: reader, ledger: a.ledger, now: a.Now, changes: &a.changes, log: a.Logger, wake: make(chan struct{}, 1),
		})
	}
	return all, nil
}

// follow reads every store until the context ends.
func (all readings) follow(ctx context.Context, interval time.Duration) error {
	var group errgroup.Group
	for _, r := range all {
		group.Go(func() error { return r.follow(ctx, interval) })
	}
	return group.Wait()
}

func (all readings) soon() {
	for _, r := range all {
		r.soon()
	}
}

// hasRead reports whether the ledger is as current as every metrics store let
// it be since the start.
func (all readings) hasRead() bool {
	return !slices.ContainsFunc(all, func(r *reading) bool { return !r.hasRead() })
}

// failure is why the last read of an objective's store did not succeed, nil
// when it did.
func (all readings) failure(o *slo.Objective) error {
	if len(all) == 0 {
		return nil
	}
	store := all[0].stores.of(o)
	if store == nil {
		return errNoDatasource
	}
	i := slices.IndexFunc(all, func(r *reading) bool { return r.store == store })
	return store.say(all[i].failure())
}

var errNoDatasource = errors.New("no datasource of the configuration has this objective")

func (all readings) problems() (problems []diag.Problem) {
	for _, r := range all {
		problems = append(problems, r.problems()...)
	}
	return problems
}

// follow reads at every interval, or as often as the smallest resolution asks,
// until the context ends.
func (r *reading) follow(ctx context.Context, interval time.Duration) error {
	for {
		r.tick(ctx)
		timer := time.NewTimer(r.pause(interval))
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		case <-r.wake:
			timer.Stop()
		}
	}
}

// soon ends the present pause: there is something new to read.
func (r *reading) soon() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// pause is half the smallest resolution, so that a tile is read soon after it
// was recorded, and at most the interval.
func (r *reading) pause(interval time.Duration) time.Duration {
	for _, o := range r.ledger.Objectives() {
		if r.stores.of(o) == r.store {
			interval = min(interval, o.Resolution/2)
		}
	}
	return interval
}

func (r *reading) tick(ctx context.Context) {
	known := len(r.ledger.Objectives()) > 0
	began := r.now()
	err := r.reader.Tick(ctx, began)
	if ctx.Err() != nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case err != nil && (r.last == nil || r.last.Error() != err.Error()):
		attempt := "read the metrics store"
		if notKept(err) {
			attempt = "keep what the metrics store answered"
		}
		r.log.Error(attempt, "datasource", r.store.name, "error", err)
	case err == nil && notKept(r.last):
		r.log.Info("what the metrics store answers is kept again", "datasource", r.store.name)
	case err == nil && r.last != nil:
		r.log.Info("the metrics store answers again", "datasource", r.store.name)
	}
	if (err == nil) != (r.last == nil) {
		r.changes.Add(1)
	}
	r.last, r.read, r.took = err, r.read || known, r.now().Sub(began)
	if err != nil {
		r.count[1]++
		return
	}
	r.succeeded = began
	r.count[0]++
}

// hasRead reports whether the ledger is as current as the metrics store let it
// be since the start.
func (r *reading) hasRead() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.read
}

// failure is why the last tick read nothing or not everything, nil when it did.
func (r *reading) failure() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last
}

func (r *reading) problems() []diag.Problem {
	err := r.failure()
	if err == nil || notKept(err) {
		return nil
	}
	return []diag.Problem{problem(checkReading, r.store.say(err), r.store.lookAfter()+"; headroom tries again by itself, and reads later what it missed")}
}

// notKept reports whether a read ended at the ledger's own store, which is no
// fault of the metrics store.
func notKept(err error) bool { return errors.Is(err, budget.ErrNotKept) }
