package budget

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"headroom/slo"
)

// ReaderOptions are what a Reader needs.
type ReaderOptions struct {
	Ledger  *Ledger
	Querier Querier
	// Raw returns the expressions of the bad and total events of an objective
	// over a range of its raw series, by its group labels.
	Raw func(o *slo.Objective, r time.Duration) (bad, total string)
	// Continuity returns the expression of the share of an objective's raw
	// series that counted on through a range, by its group labels; "" where none
	// do. nil takes all to have.
	Continuity func(o *slo.Objective, r time.Duration) string
	Logger     *slog.Logger // nil discards
	// Reads says which objectives the querier's metrics store has; nil is all.
	// With several stores each has a reader, and no objective has two.
	Reads func(o *slo.Objective) bool
	// SettleDelay is how old a tile or a raw sample must be before it is read;
	// one scrape interval lets late samples arrive. 0 reads at once.
	SettleDelay time.Duration
	// Late is how late samples may come to the metrics store. When that time is
	// over the time of a slice is read again from raw series. 0 for stores in
	// which samples come in time.
	Late time.Duration
	// Concurrency bounds how many raw reads run at a time; 0 means 4.
	Concurrency int
	// MaxChunk bounds the time that one read of raw history spans; 0 means a
	// day. A read never has more than 11,000 points a series.
	MaxChunk time.Duration
	// ChunksPerTick bounds how many chunks of raw history one Tick reads; 0
	// means 500.
	ChunksPerTick int
	// MaxTileRange bounds the time that one query for tiles spans; 0 means 2 h.
	MaxTileRange time.Duration
	// Patience bounds for how long each part of one Tick begins raw reads, so
	// that objectives whose raw reads take long do not hold up the others; 0
	// means 10 s. What is left then is read first in the next Tick.
	Patience time.Duration
}

// maxPoints is how many points a range query may have in Prometheus.
const maxPoints = 11_000

// withDefaults fills in what is not set.
func (o ReaderOptions) withDefaults() ReaderOptions {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Concurrency <= 0 {
		o.Concurrency = 4
	}
	if o.MaxChunk <= 0 {
		o.MaxChunk = 24 * time.Hour
	}
	if o.Reads == nil {
		o.Reads = func(*slo.Objective) bool { return true }
	}
	if o.ChunksPerTick <= 0 {
		o.ChunksPerTick = 500
	}
	if o.MaxTileRange <= 0 {
		o.MaxTileRange = 2 * time.Hour
	}
	if o.Patience <= 0 {
		o.Patience = 10 * time.Second
	}
	return o
}

// Reader feeds a ledger from a metrics store: from the tiles of the compiled
// rules, and from raw series where tiles do not reach.
type Reader struct {
	o       ReaderOptions
	ledger  *Ledger
	ticking sync.Mutex
	ticks   int64 // that were begun
	cursors map[trackID]*cursor
}

// cursor is where the reader stands with one track. It need not survive a
// restart: what it forgets is asked for again and found to be there.
type cursor struct {
	checked  int64               // tiles up to here were looked at, Unix milliseconds
	again    int64               // slices up to here were read again
	lastTile int64               // the newest tile seen
	nothing  map[slo.Group]int64 // raw was asked up to here and had nothing
	gaps     []gap               // that were read from raw, and may be read better
	probed   int64               // when the raw series were last looked for
	tried    int64               // the last tick that read a gap from raw
	refused  int64               // the last tick in which a read of history did not succeed; 0: it did since
}

// target is one objective during one tick.
type target struct {
	*declared
	cursor *cursor
	failed bool // a read of it did not succeed in this tick
}

func (t *target) step() int64 { return millis(t.o.Resolution) }

// tolerance is how far from a full step a predecessor may lie. The counts of a
// tile are those of a full step, so that is how wrong its edges may be.
func (t *target) tolerance() int64 { return t.step() / 20 }

// NewReader returns a reader. Ledger, Querier and Raw must be set.
func NewReader(o ReaderOptions) (*Reader, error) {
	if o.Ledger == nil || o.Querier == nil || o.Raw == nil {
		return nil, errors.New("new ledger reader: Ledger, Querier and Raw must be set")
	}
	return &Reader{o: o.withDefaults(), ledger: o.Ledger, cursors: map[trackID]*cursor{}}, nil
}

// Tick brings the ledger up to date with the metrics store at now: which rules
// run there, the tiles since the last tick, the gaps between them from raw
// series, and a part of the history of new objectives. An error of the querier
// or of the store leaves what was not yet committed for the next tick, which
// carries on as if nothing had happened; a read that only concerns one
// objective does not hold up the others. Call it about once per resolution or
// minute; the calls never overlap.
func (r *Reader) Tick(ctx context.Context, now time.Time) error {
	r.ticking.Lock()
	defer r.ticking.Unlock()
	horizon := now.Add(-r.o.SettleDelay).UnixMilli()
	targets := r.targets(horizon)
	if len(targets) == 0 {
		return nil
	}
	r.ticks++
	if err := r.readRules(ctx, targets, now); err != nil {
		return fmt.Errorf("read which rules run: %w", err)
	}
	targets = slices.DeleteFunc(targets, func(t *target) bool { return fromStore(t.o) })
	var errs []error
	if err := r.mend(ctx, targets, horizon); err != nil {
		errs = append(errs, fmt.Errorf("read corrupt pages again: %w", err))
	}
	if err := r.readTiles(ctx, targets, horizon); err != nil {
		errs = append(errs, fmt.Errorf("read tiles: %w", err))
	}
	if err := r.readHistory(ctx, targets, horizon); err != nil {
		errs = append(errs, fmt.Errorf("read history: %w", err))
	}
	if err := r.readGapsAgain(ctx, targets, horizon); err != nil {
		errs = append(errs, fmt.Errorf("read gaps again: %w", err))
	}
	if r.o.Late > 0 {
		if err := r.readLate(ctx, targets, horizon); err != nil {
			errs = append(errs, fmt.Errorf("read late samples: %w", err))
		}
	}
	if err := r.lookForSeries(ctx, targets, horizon); err != nil {
		errs = append(errs, fmt.Errorf("look for raw series: %w", err))
	}
	return errors.Join(errs...)
}

// targets returns the declared objectives with their cursors. A cursor that is
// ahead of the horizon comes from a clock that was set back since: it would
// wait until the time comes again.
func (r *Reader) targets(horizon int64) []*target {
	r.ledger.reading.RLock()
	defer r.ledger.reading.RUnlock()
	next := map[trackID]*cursor{}
	list := make([]*target, 0, len(r.ledger.declared))
	for _, d := range r.ledger.declared {
		if !r.o.Reads(d.o) {
			continue
		}
		c := r.cursors[d.track]
		if c == nil || c.checked > horizon || c.probed > horizon {
			end := r.ledger.tracks[d.track].end()
			c = &cursor{checked: end, again: lateFrom(end, r.o.Late), nothing: map[slo.Group]int64{}}
		}
		if r.cursors[d.track] != c {
			c.recall(r.ledger.tracks[d.track], millis(d.o.Resolution), horizon)
		}
		next[d.track] = c
		list = append(list, &target{declared: d, cursor: c})
	}
	r.cursors = next
	return list
}

// end returns the end of the last slice of any group, 0 without slices.
func (t *track) end() int64 {
	end := int64(0)
	for _, s := range t.groups {
		end = max(end, s.end())
	}
	return end
}

// view calls f with a track of the ledger while nothing changes it. It does
// not when the track is gone.
func (l *Ledger) view(id trackID, f func(t *track)) {
	l.reading.RLock()
	defer l.reading.RUnlock()
	if t := l.tracks[id]; t != nil {
		f(t)
	}
}

// update commits what f puts into a change.
func (l *Ledger) update(ctx context.Context, reason string, f func(c *change)) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	c := l.begin(reason)
	f(c)
	return c.commit(ctx, nil)
}
