package budget

import "sync/atomic"

// revision counts the changes of what a ledger says.
type revision struct{ n atomic.Uint64 }

func (r *revision) advance() { r.n.Add(1) }

// Revision is a number that grows whenever slices, objectives, corrections or
// what is known of the metrics store change: as long as it stays, statuses
// change by the passing of time alone.
func (l *Ledger) Revision() uint64 { return l.revision.n.Load() }
