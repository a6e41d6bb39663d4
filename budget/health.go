package budget

import (
	"context"
	"errors"
	"sync/atomic"
)

// ErrNotKept is wrapped by the errors of changes that the store did not take.
// The ledger stays as it was.
var ErrNotKept = errors.New("commit to the ledger's store")

// Health says how a ledger and its store get along.
type Health struct {
	Damaged    int   // pages that were found corrupt and are not yet read again
	Unreadable int   // pages that the store could not give when they were last asked for
	Corrupt    int64 // pages that were found corrupt since the ledger was opened
	Kept       int64 // changes that the store took since then
	Refused    int64 // changes that it did not take
	Err        error // why it did not take the last change; nil when it did
}

// health is what of it is counted.
type health struct {
	corrupt, kept, refused atomic.Int64
	last                   atomic.Pointer[error] // nil: the last change was taken
}

// note counts a change. One that its caller gave up says nothing.
func (h *health) note(ctx context.Context, err error) {
	switch {
	case err == nil:
		h.kept.Add(1)
		h.last.Store(nil)
	case ctx.Err() == nil:
		h.refused.Add(1)
		h.last.Store(&err)
	}
}

// Health returns how the ledger is doing.
func (l *Ledger) Health() Health {
	h := Health{Damaged: l.Damaged(), Corrupt: l.health.corrupt.Load(), Kept: l.health.kept.Load(), Refused: l.health.refused.Load()}
	if l.vault != nil {
		h.Unreadable = l.vault.failures()
	}
	if err := l.health.last.Load(); err != nil {
		h.Err = *err
	}
	return h
}

// failures counts the pages that cannot be had.
func (v *vault) failures() int {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return len(v.failed)
}
