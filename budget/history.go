package budget

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"headroom/slo"
)

// chunk is one read of raw history.
type chunk struct {
	t     *target
	at    span
	lists map[slo.Group][]Slice
}

// readHistory reads raw history of objectives that do not have it for their
// whole window yet, newest first, so that burn rates and the recent budget are
// there at once. How far it has come is committed with the slices: an empty
// history is asked for once, and again when the first slices show that it is not
// empty; a restart carries on.
func (r *Reader) readHistory(ctx context.Context, targets []*target, horizon int64) error {
	var errs []error
	began := time.Now()
	for left := r.o.ChunksPerTick; left > 0 && time.Since(began) <= r.o.Patience; {
		chunks := r.chunks(targets, horizon)
		if len(chunks) == 0 {
			break
		}
		chunks = chunks[:min(len(chunks), left, 4*r.o.Concurrency)]
		left -= len(chunks)
		read, failed := r.readChunks(ctx, chunks)
		errs = append(errs, failed...)
		if err := r.commitChunks(ctx, read, horizon); err != nil {
			return errors.Join(append(errs, err)...)
		}
		if len(read) == 0 {
			break
		}
	}
	return errors.Join(errs...)
}

// chunks returns the next chunk of every target that lacks history, the newest
// first; those that were refused before come last, lest they hold up the others.
func (r *Reader) chunks(targets []*target, horizon int64) []*chunk {
	var list []*chunk
	for _, t := range targets {
		if t.failed {
			continue
		}
		r.ledger.view(t.track, func(track *track) {
			if at, lacking := r.nextChunk(t, track.record.HistoryFrom, horizon); lacking {
				list = append(list, &chunk{t: t, at: at})
			}
		})
	}
	slices.SortStableFunc(list, func(a, b *chunk) int {
		return cmp.Or(cmp.Compare(a.t.cursor.refused, b.t.cursor.refused), cmp.Compare(b.at.to, a.at.to))
	})
	return list
}

// nextChunk returns the chunk below what was read. The first ends at the newest
// tile, so that slices and tiles share their edges; without tiles at a multiple
// of the resolution.
func (r *Reader) nextChunk(t *target, readFrom, horizon int64) (span, bool) {
	oldest := horizon - millis(t.o.Window.Rolling)
	top := readFrom
	if top == 0 {
		top = floorDiv(horizon, t.step()) * t.step()
		if t.cursor.lastTile > horizon-t.grace() {
			top = t.cursor.lastTile
		}
	}
	if top <= oldest {
		return span{}, false
	}
	steps := min(millis(r.o.MaxChunk)/t.step(), maxPoints)
	steps = max(1, min(steps, (top-oldest+t.step()-1)/t.step()))
	return span{top - steps*t.step(), top}, true
}

func (r *Reader) readChunks(ctx context.Context, chunks []*chunk) (read []*chunk, errs []error) {
	outcome := r.each(len(chunks), func(i int) error {
		var err error
		chunks[i].lists, err = r.readSteps(ctx, chunks[i].t, chunks[i].at)
		return err
	})
	for i, err := range outcome {
		c := chunks[i]
		if err != nil {
			c.t.failed = true
			if errors.Is(err, errLeft) {
				continue
			}
			c.t.cursor.refused = r.ticks
			errs = append(errs, fmt.Errorf("read raw series of %s from %s to %s: %w", c.t.o.ID, instant(c.at.from), instant(c.at.to), err))
			continue
		}
		c.t.cursor.refused = 0
		read = append(read, c)
	}
	return read, errs
}

func (r *Reader) commitChunks(ctx context.Context, chunks []*chunk, horizon int64) error {
	err := r.ledger.update(ctx, "history read", func(c *change) {
		for _, ch := range chunks {
			record, found := c.record(ch.t.track)
			if !found {
				continue
			}
			record.HistoryFrom = ch.at.from
			c.records[ch.t.track] = record
			for g, list := range ch.lists {
				e := c.edit(ch.t.track.key(g))
				e.fill(list...)
			}
		}
	})
	if err != nil {
		return err
	}
	for _, ch := range chunks {
		r.logChunk(ch, horizon)
	}
	return nil
}

func (r *Reader) logChunk(ch *chunk, horizon int64) {
	found := 0
	for _, list := range ch.lists {
		found += len(list)
	}
	left := time.Duration(max(0, ch.at.from-(horizon-millis(ch.t.o.Window.Rolling)))) * time.Millisecond
	level := r.o.Logger.Debug
	if left == 0 {
		level = r.o.Logger.Info
	}
	level("read history from raw series", "slo", ch.t.o.ID, "from", instant(ch.at.from), "to", instant(ch.at.to), "slices", found, "left", left)
}

// Pending returns for how many objectives the history of their window is not
// read whole yet.
func (r *Reader) Pending(now time.Time) int {
	horizon := now.Add(-r.o.SettleDelay).UnixMilli()
	l := r.ledger
	l.reading.RLock()
	defer l.reading.RUnlock()
	n := 0
	for _, d := range l.declared {
		from := l.tracks[d.track].record.HistoryFrom
		if fromStore(d.o) || !r.o.Reads(d.o) {
			continue
		}
		if from == 0 || from > horizon-millis(d.o.Window.Rolling) {
			n++
		}
	}
	return n
}
