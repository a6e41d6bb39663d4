package app

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"headroom/budget"
	"headroom/rules"
	"headroom/slo"
	"headroom/slo/diag"
)

const checkReading = "metrics-store-unreadable"

// reading feeds the ledger from the metrics store.
type reading struct {
	reader  *budget.Reader
	ledger  *budget.Ledger
	now     func() time.Time
	changes *atomic.Uint64 // grows when failure says something else
	log     *slog.Logger
	wake    chan struct{} // holds one wish to read soon

	mu   sync.Mutex
	last error // of the last tick
	read bool  // a tick has ended that knew objectives
}

func (a *App) newReading() (*reading, error) {
	dialect := a.metrics.dialect
	reader, err := budget.NewReader(budget.ReaderOptions{
		Ledger:  a.ledger,
		Querier: a.metrics.querier,
		Raw: func(o *slo.Objective, r time.Duration) (bad, total string) {
			return rules.Raw(o, dialect, r)
		},
		Logger: a.Logger,
	})
	if err != nil {
		return nil, err
	}
	return &reading{reader: reader, ledger: a.ledger, now: a.Now, changes: &a.changes, log: a.Logger, wake: make(chan struct{}, 1)}, nil
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
		interval = min(interval, o.Resolution/2)
	}
	return interval
}

func (r *reading) tick(ctx context.Context) {
	known := len(r.ledger.Objectives()) > 0
	err := r.reader.Tick(ctx, r.now())
	if ctx.Err() != nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case err != nil && (r.last == nil || r.last.Error() != err.Error()):
		r.log.Error("read the metrics store", "error", err)
	case err == nil && r.last != nil:
		r.log.Info("the metrics store answers again")
	}
	if (err == nil) != (r.last == nil) {
		r.changes.Add(1)
	}
	r.last, r.read = err, r.read || known
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
	if err == nil {
		return nil
	}
	return []diag.Problem{problem(checkReading, err, "headroom tries again by itself; what it missed is read later")}
}
