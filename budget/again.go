package budget

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"headroom/slo"
)

// gap is an interval that was, or is to be, read as one from raw series. The
// answer may have come from a replica that has a hole there itself, so that it
// is asked for again, ever less often, until it is too old for that to help.
type gap struct {
	at   span
	next int64 // when to ask again
}

// followGap is how old a gap is at most when it is asked for again.
const followGap = 2 * 60 * 60 * 1000

// follow remembers a gap that was just read.
func (c *cursor) follow(at span, step int64) {
	if at.to > at.from && !slices.ContainsFunc(c.gaps, func(g gap) bool { return g.at == at }) {
		c.gaps = append(c.gaps, gap{at, at.to + step})
	}
}

// recall finds the gaps of a track that a reader before this one may have
// followed: what is not measured, and what was read from raw series after tiles
// had come. Earlier slices from raw series are history.
func (c *cursor) recall(t *track, step, horizon int64) {
	for _, s := range t.groups {
		var steps span // side by side, read from raw series
		end, tiles := int64(0), false
		for _, sl := range s.between(horizon-followGap, horizon) {
			if end > 0 && sl.Start > end {
				c.follow(span{end, sl.Start}, step)
			}
			switch raw := sl.Source == SourceRaw; {
			case raw && sl.End-sl.Start > step*3/2:
				c.follow(span{sl.Start, sl.End}, step)
			case raw && tiles && sl.Start == steps.to:
				steps.to = sl.End
			case raw && tiles:
				c.follow(steps, step)
				steps = span{sl.Start, sl.End}
			}
			end, tiles = sl.End, tiles || sl.Source == SourceTile
		}
		c.follow(steps, step)
	}
}

// readGapsAgain asks again for the gaps whose time has come, and takes in what
// there is more than before: a replica with a hole never has more.
func (r *Reader) readGapsAgain(ctx context.Context, targets []*target, horizon int64) error {
	type wish struct {
		t   *target
		gap *gap
	}
	var wishes []wish
	for _, t := range targets {
		t.cursor.gaps = slices.DeleteFunc(t.cursor.gaps, func(g gap) bool { return horizon-g.at.to > followGap })
		for i := range t.cursor.gaps {
			if g := &t.cursor.gaps[i]; !t.failed && g.next <= horizon {
				wishes = append(wishes, wish{t, g})
			}
		}
	}
	if len(wishes) == 0 {
		return nil
	}
	lists := make([]map[slo.Group][]Slice, len(wishes))
	outcome := r.each(len(wishes), func(i int) error {
		var err error
		lists[i], err = r.readGap(ctx, wishes[i].t, wishes[i].gap.at)
		return err
	})
	var errs []error
	for i, w := range wishes {
		switch err := outcome[i]; {
		case errors.Is(err, errLeft):
			continue
		case err != nil:
			errs = append(errs, fmt.Errorf("of %s: %w", w.t.o.ID, err))
			continue
		}
		w.gap.next = horizon + max(w.t.step(), (horizon-w.gap.at.to)/4)
	}
	err := r.ledger.update(ctx, "gap read again", func(c *change) {
		for i, w := range wishes {
			c.takeGap(w.t, w.gap.at, lists[i])
		}
	})
	return errors.Join(append(errs, err)...)
}

// takeGap takes in the slices of a gap: where nothing is yet, or where the same
// time was read before and has fewer events. Bad and total events are two
// queries, and may be of two replicas: of each the most is true.
func (c *change) takeGap(t *target, at span, lists map[slo.Group][]Slice) {
	track := c.l.tracks[t.track]
	if track == nil {
		return
	}
	for g, list := range lists {
		s := track.groups[g]
		for _, sl := range list {
			if s == nil || sl.Start < at.from {
				continue
			}
			switch known := s.overlapping(span{sl.Start, sl.End}); {
			case len(known) == 0:
				c.edit(t.track.key(g)).fill(sl)
			case len(known) == 1 && known[0].Start == sl.Start && known[0].End == sl.End && known[0].Source == SourceRaw:
				sl.Bad, sl.Total = max(sl.Bad, known[0].Bad), max(sl.Total, known[0].Total)
				c.edit(t.track.key(g)).revise(sl)
			}
		}
	}
}

// overlapping returns the slices that share time with an interval.
func (s *series) overlapping(at span) []Slice {
	list := s.between(at.from, at.to)
	if _, next := s.upTo(at.to); next.End > at.to && next.Start < at.to {
		list = append(list, next)
	}
	return list
}
