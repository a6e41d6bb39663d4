package budget

import (
	"context"
	"errors"
	"fmt"
	"time"

	"headroom/slo"
)

// readLate reads the time of slices again from raw series, once they are so old
// that no sample of them is expected any more, and takes in what has changed.
// Where a store says that samples come late, a slice may have been read before
// they did.
func (r *Reader) readLate(ctx context.Context, targets []*target, horizon int64) error {
	to := horizon - millis(r.o.Late)
	var errs []error
	for _, t := range targets {
		for !t.failed && t.cursor.again < to {
			end, lists := r.lateSlices(t, to)
			changed, err := r.askAgain(ctx, t, lists)
			if err == nil && len(changed) > 0 {
				err = r.ledger.update(ctx, "late samples read", func(c *change) { c.takeLate(t, changed) })
			}
			if err != nil {
				t.failed = true
				errs = append(errs, fmt.Errorf("of %s: %w", t.o.ID, err))
				break
			}
			t.cursor.again = end
		}
	}
	return errors.Join(errs...)
}

// lateSlices returns the next slices of a target that are to be read again, at
// most those of MaxChunk, and up to when there are no others. Platform events
// are not read from raw series.
func (r *Reader) lateSlices(t *target, to int64) (int64, map[slo.Group][]Slice) {
	chunk := min(millis(r.o.MaxChunk), maxPoints*t.step())
	end, lists := to, map[slo.Group][]Slice{}
	r.ledger.view(t.track, func(track *track) {
		first := to
		for _, s := range track.groups {
			if _, next := s.upTo(t.cursor.again); next.End > t.cursor.again {
				first = min(first, next.Start)
			}
		}
		end = min(to, max(first, t.cursor.again)+chunk)
		for g, s := range track.groups {
			for _, sl := range s.between(t.cursor.again, end) {
				if sl.Source < SourceEvent {
					lists[g] = append(lists[g], sl)
				}
			}
		}
	})
	return end, lists
}

// askAgain reads the time of slices from raw series, and returns those in which
// there are more bad or more total events now. Samples that come late do not take
// any away: where there are fewer, or none, the store has lost what it had, maybe
// of one of the two alone. Of each the most is true.
func (r *Reader) askAgain(ctx context.Context, t *target, lists map[slo.Group][]Slice) (map[slo.Group][]Slice, error) {
	known := map[span]map[slo.Group][]Slice{}
	if err := r.askSteps(ctx, t, lists, known); err != nil {
		return nil, err
	}
	changed := map[slo.Group][]Slice{}
	for g, list := range lists {
		for _, sl := range list {
			at := span{sl.Start, sl.End}
			if known[at] == nil {
				one, err := r.readSpan(ctx, t, at)
				if err != nil {
					return nil, err
				}
				known[at] = one
			}
			for _, now := range known[at][g] {
				if now.Total > sl.Total || now.Bad > sl.Bad {
					sl.Bad, sl.Total, sl.Source = max(sl.Bad, now.Bad), max(sl.Total, now.Total), SourceRaw
					changed[g] = append(changed[g], sl)
				}
			}
		}
	}
	return changed, nil
}

// askSteps reads the slices that are a step long at once, by where in a step
// they end.
func (r *Reader) askSteps(ctx context.Context, t *target, lists map[slo.Group][]Slice, known map[span]map[slo.Group][]Slice) error {
	grids := map[int64]span{}
	for _, list := range lists {
		for _, sl := range list {
			if sl.End-sl.Start != t.step() {
				continue
			}
			phase := sl.End % t.step()
			grid, found := grids[phase]
			if !found {
				grid = span{sl.Start, sl.End}
			}
			grids[phase] = span{min(grid.from, sl.Start), max(grid.to, sl.End)}
		}
	}
	for _, grid := range grids {
		found, err := r.readSteps(ctx, t, grid)
		if err != nil {
			return err
		}
		for end := grid.from + t.step(); end <= grid.to; end += t.step() {
			known[span{end - t.step(), end}] = map[slo.Group][]Slice{}
		}
		for g, list := range found {
			for _, sl := range list {
				if groups := known[span{sl.Start, sl.End}]; groups != nil {
					groups[g] = []Slice{sl}
				}
			}
		}
	}
	return nil
}

// takeLate puts slices in the place of those of the same time.
func (c *change) takeLate(t *target, changed map[slo.Group][]Slice) {
	if c.l.tracks[t.track] == nil {
		return
	}
	for g, list := range changed {
		for _, sl := range list {
			c.edit(t.track.key(g)).revise(sl)
		}
	}
}

// lateFrom returns from when on slices are read again after a start: those that
// end earlier were, before headroom stopped.
func lateFrom(end int64, late time.Duration) int64 { return max(end-2*millis(late), 0) }
