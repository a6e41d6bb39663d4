package events

import (
	"context"
	"time"

	"headroom/slo"
	"headroom/slo/event"
)

// Target is one indicator of one objective.
type Target struct {
	SLO slo.ID
	SLI string
}

// Outcome is what a target makes of an event.
type Outcome struct {
	Target Target
	First  event.Result // as it was counted when the run settled; never changed
	Now    event.Result // as the ledger counts it
}

// Stored is an event with what every target makes of it.
type Stored struct {
	Event    event.Event
	At       time.Time // what its age is counted from: its end, or its last report
	Pending  bool      // settled before any objective was declared, and not judged since
	Outcomes []Outcome
}

// Counter is where the counters of a target stand.
type Counter struct {
	Target    Target
	Good, Bad uint64
	Since     time.Time // events that ended from here on were judged
	Active    bool      // declared at present: every event is judged as it comes
}

// Batch is one transaction. Records replace those of the same key or target.
type Batch struct {
	Counters []Counter // first, so that outcomes may be of new targets
	Events   []Stored
}

// Scan selects settled events.
type Scan struct {
	Pending bool      // only those
	Since   time.Time // that ended from here on; zero for all
	After   int64     // cursor of the last page; 0 for the first
	Limit   int
}

// Tally is the events of one step that ended in (End − step, End].
type Tally struct {
	End       time.Time
	Good, Bad int64
}

// Life is a time in which headroom ran.
type Life struct{ From, To time.Time }

// Store keeps events durable. What Commit has acknowledged survives the death
// of the process and of the machine. Times are kept in milliseconds.
type Store interface {
	// Counters returns those of every target that ever was.
	Counters(ctx context.Context) ([]Counter, error)
	// Find returns the events of those keys that are there.
	Find(ctx context.Context, keys []event.Key) (map[event.Key]Stored, error)
	// Scan returns a page of events in the order of their arrival and the
	// cursor of the next; no events end it.
	Scan(ctx context.Context, s Scan) ([]Stored, int64, error)
	// Commit writes a batch whole or not at all.
	Commit(ctx context.Context, b Batch) error
	// Tally counts a target's events that ended in (from, to] as they are
	// judged now, by steps that end at whole multiples of step, sorted; steps
	// without events are left out.
	Tally(ctx context.Context, t Target, from, to time.Time, step time.Duration) ([]Tally, error)
	// Lives returns when headroom ran, sorted.
	Lives(ctx context.Context) ([]Life, error)
	// SaveLife replaces the life that began at the same time.
	SaveLife(ctx context.Context, l Life) error
	// Prune forgets events and lives before a time, and returns how many
	// events there were.
	Prune(ctx context.Context, before time.Time) (int64, error)
}
