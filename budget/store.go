package budget

import "context"

// Store keeps a ledger durable. What Commit has acknowledged survives the
// death of the process and of the machine.
type Store interface {
	// Load returns everything that was committed.
	Load(ctx context.Context) (Content, error)
	// Commit writes a batch whole or not at all.
	Commit(ctx context.Context, batch Batch) error
}

// PageStore is a Store that reads single pages, so that a ledger need not keep
// them in memory.
type PageStore interface {
	Store
	// LoadRecords returns everything that was committed but the pages.
	LoadRecords(ctx context.Context) (Content, error)
	// EachPage calls f with every page, those of a series in order of days. The
	// data is valid during the call only.
	EachPage(ctx context.Context, f func(PageRecord) error) error
	// ReadPage returns the data of one page, none when there is no such page. It
	// does not wait for a Commit.
	ReadPage(ctx context.Context, k Key, day int64) ([]byte, error)
}

// TrackRecord is what a store keeps about one indicator of one objective, over
// all its groups.
type TrackRecord struct {
	Key         Key   // its Group is the zero group
	FirstSeen   int64 // when the objective was first declared so, Unix milliseconds
	HistoryFrom int64 // history was asked for from here on, Unix milliseconds; 0 when it was never asked for
	Active      bool  // declared at present
	Since       int64 // when it last took the place of another indicator, Unix milliseconds; 0 when that is not known
}

// SeriesRecord is what a store keeps about one series besides its pages.
type SeriesRecord struct {
	Key   Key
	Since int64 // start of its earliest slice ever, Unix milliseconds
}

// PageRecord is the slices of one series that end in one UTC day, encoded and
// checksummed.
type PageRecord struct {
	Key  Key
	Day  int64  // days since 1970-01-01 UTC
	Data []byte // empty in a Batch: delete the page
}

// Content is all that a store keeps.
type Content struct {
	Tracks []TrackRecord
	Series []SeriesRecord
	Pages  []PageRecord // pages of a series that Series does not name are ignored
}

// Inheritance says that a series continues another under a new key.
type Inheritance struct{ From, To Key }

// Batch is one transaction: removals first, then records by key. A store that
// is no RevisionStore passes over Revisions and Inherited.
type Batch struct {
	RemoveTracks []Key // with the zero group; their series are named in RemoveSeries
	RemoveSeries []Key // with their pages
	Tracks       []TrackRecord
	Series       []SeriesRecord
	Pages        []PageRecord
	Inherited    []Inheritance // of removed series: their revisions are those of the other now
	Revisions    []Revision
	Forget       int64 // revisions made by this time, Unix milliseconds; 0: none
}

// Empty reports whether there is nothing to write.
func (b *Batch) Empty() bool {
	return len(b.RemoveTracks)+len(b.RemoveSeries)+len(b.Tracks)+len(b.Series)+len(b.Pages) == 0 && b.Forget == 0
}
