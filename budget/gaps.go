package budget

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"headroom/slo"
)

// read is one read from raw series that tiles call for.
type read struct {
	at    span
	birth bool // of groups that have no slices yet: step by step, to see when they began
	first bool // of an objective that has no slices yet
}

// move is how one tile is taken in: as it is, or through a read.
type move struct {
	slice Slice
	read  *read
}

// plan says how the tiles of one group continue a ledger whose last slice ends
// at edge, 0 when it has none. A tile whose predecessor is there too, and where
// the ledger ends at that predecessor, is the slice between the two. Any other
// tile may hold more than one step (the rules catch up) or overlap what is
// there: it is discarded, and the time since edge is read once from raw series.
// An edge less than half a step before a tile is left for the next tile, since
// so short a time holds too few scrapes.
func (s *tileSet) plan(edge, bornAfter int64) []move {
	var moves []move
	step := s.t.step()
	for i, tl := range s.tiles {
		switch {
		case edge == 0:
			from := min(bornAfter, tl.at-step)
			moves = append(moves, move{read: &read{at: span{from, tl.at}, birth: true}})
		case tl.at <= edge:
			continue
		case s.follows(i, edge):
			c, ok := countsOf(tl.bad, tl.total)
			if !ok {
				continue
			}
			moves = append(moves, move{slice: c.slice(edge, tl.at, SourceTile)})
		case tl.at-edge < step/2:
			continue
		default:
			from := max(edge, tl.at-millis(s.t.o.Window.Rolling))
			moves = append(moves, move{read: &read{at: span{from, tl.at}}})
		}
		edge = tl.at
	}
	return moves
}

// follows reports whether the i-th tile counts one step that begins at edge:
// the tile before it is about a step older and lies on the edge.
func (s *tileSet) follows(i int, edge int64) bool {
	due := s.tiles[i].at - s.t.step()
	tolerance := s.t.tolerance()
	if edge < due-tolerance || edge > due+tolerance {
		return false
	}
	_, found := slices.BinarySearchFunc(s.tiles[:i], edge, func(tl tile, at int64) int { return cmp.Compare(tl.at, at) })
	return found
}

// planSet makes the moves of a set from where the ledger and the cursor stand.
func (r *Reader) planSet(s *tileSet) []move {
	if len(s.tiles) == 0 {
		return nil
	}
	s.t.cursor.lastTile = max(s.t.cursor.lastTile, s.tiles[len(s.tiles)-1].at)
	var moves []move
	r.ledger.view(s.t.track, func(t *track) {
		if t.record.HistoryFrom == 0 {
			return // the first read of history decides where tiles begin
		}
		edge := s.t.cursor.nothing[s.group]
		if known := t.groups[s.group]; known != nil {
			edge = max(edge, known.end())
		}
		moves = s.plan(edge, max(t.end(), s.tiles[0].at-millis(r.o.MaxChunk)))
		if len(moves) > 0 && moves[0].read != nil {
			moves[0].read.first = moves[0].read.birth && t.end() == 0
		}
	})
	return moves
}

// readKey names a read, so that groups of one objective share it.
type readKey struct {
	track trackID
	read  read
}

// planSets plans every set, and divides them: those of targets whose tiles are
// taken as they are, and those of targets that call for raw reads, which may
// take long.
func (r *Reader) planSets(sets []*tileSet) (ready, waiting []*tileSet) {
	calls := map[*target]bool{}
	for _, s := range sets {
		s.moves = r.planSet(s)
		calls[s.t] = calls[s.t] || slices.ContainsFunc(s.moves, func(m move) bool { return m.read != nil })
	}
	for _, s := range sets {
		if calls[s.t] {
			waiting = append(waiting, s)
			continue
		}
		s.settle(nil)
		ready = append(ready, s)
	}
	return ready, waiting
}

// readGaps makes the reads that the plans call for; the sets keep their
// outcome. A target of which a read did not succeed is marked as failed: its
// tiles wait for the next tick. Targets that waited longest come first.
func (r *Reader) readGaps(ctx context.Context, sets []*tileSet) []error {
	var wanted []readKey
	targets := map[readKey]*target{}
	for _, s := range sets {
		for _, m := range s.moves {
			if m.read == nil {
				continue
			}
			k := readKey{s.t.track, *m.read}
			if targets[k] == nil {
				targets[k] = s.t
				wanted = append(wanted, k)
			}
		}
	}
	slices.SortStableFunc(wanted, func(a, b readKey) int { return cmp.Compare(targets[a].cursor.tried, targets[b].cursor.tried) })
	results, errs := r.readAll(ctx, wanted, targets)
	for _, s := range sets {
		s.settle(results)
	}
	return errs
}

func (r *Reader) readAll(ctx context.Context, wanted []readKey, targets map[readKey]*target) (map[readKey]map[slo.Group][]Slice, []error) {
	results := make(map[readKey]map[slo.Group][]Slice, len(wanted))
	var guard sync.Mutex
	outcome := r.each(len(wanted), func(i int) error {
		k := wanted[i]
		get := r.readGap
		if k.read.birth {
			get = r.readSteps
		}
		lists, err := get(ctx, targets[k], k.read.at)
		guard.Lock()
		defer guard.Unlock()
		targets[k].cursor.tried = r.ticks
		results[k] = lists
		return err
	})
	var errs []error
	for i, err := range outcome {
		if err != nil {
			t := targets[wanted[i]]
			t.failed = true
			errs = append(errs, fmt.Errorf("read the gap of %s before %s from raw series: %w", t.o.ID, instant(wanted[i].read.at.to), err))
		}
	}
	return results, errs
}

// settle turns moves into slices with the results of their reads. Nothing of a
// failed target is taken, so that its next tick starts from the same place.
func (s *tileSet) settle(results map[readKey]map[slo.Group][]Slice) {
	if s.t.failed {
		return
	}
	for _, m := range s.moves {
		if m.read == nil {
			s.taken = append(s.taken, m.slice)
			continue
		}
		list := results[readKey{s.t.track, *m.read}][s.group]
		if !m.read.birth {
			s.gaps = append(s.gaps, m.read.at)
		}
		if m.read.first && len(list) > 0 && list[0].Start < m.read.at.from+s.t.step() {
			s.older = list[0].Start
		}
		s.taken = append(s.taken, list...)
		s.nothing = 0
		if len(list) == 0 {
			s.nothing = m.read.at.to
		}
	}
}

// setsPerChange bounds the pages that are unpacked at a time.
const setsPerChange = 1000

// commitTiles writes what the sets have taken, some at a time: each series is
// in one transaction.
func (r *Reader) commitTiles(ctx context.Context, sets []*tileSet) error {
	for some := range slices.Chunk(sets, setsPerChange) {
		err := r.ledger.update(ctx, "tiles read", func(c *change) {
			for _, s := range some {
				if len(s.taken) == 0 || r.ledger.tracks[s.t.track] == nil {
					continue
				}
				e := c.edit(s.t.track.key(s.group))
				e.fill(s.taken...)
				c.askAgain(s)
			}
		})
		if err != nil {
			return err
		}
		for _, s := range some {
			s.kept()
		}
	}
	return nil
}

// kept notes what must not be remembered of slices that are not in the ledger: to
// read a later gap better would move its end past them.
func (s *tileSet) kept() {
	for _, at := range s.gaps {
		s.t.cursor.follow(at, s.t.step())
	}
	if s.nothing > 0 {
		s.t.cursor.nothing[s.group] = s.nothing
	}
}

// askAgain has the history read from where the first slices of an objective
// begin, when they show that it is older than they reach: it was asked for when
// the metrics store had nothing, such as that of a wrong tenant.
func (c *change) askAgain(s *tileSet) {
	if r, found := c.record(s.t.track); found && s.older > r.HistoryFrom {
		r.HistoryFrom = s.older
		c.records[s.t.track] = r
	}
}
