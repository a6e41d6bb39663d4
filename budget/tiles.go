package budget

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"headroom/slo"
)

// Names of the recorded series that the ledger reads.
const (
	badTile   = "slo:bad:tile"
	totalTile = "slo:total:tile"
	infoName  = "slo:info"
)

// maxNamed is how many objectives a query for tiles names; for more it asks
// for all.
const maxNamed = 100

// tile is one evaluation step's events, as recorded.
type tile struct {
	at         int64
	bad, total float64
}

// tileSet is the tiles of one group of one target, sorted by time.
type tileSet struct {
	t     *target
	group slo.Group
	tiles []tile

	moves   []move  // how they are taken in
	taken   []Slice // what is to be committed
	gaps    []span  // that were read from raw series
	nothing int64   // raw series were asked up to here and had nothing; 0: they had
	older   int64   // begin of the objective's first slices, when there was something before; 0: there was not
}

// readTiles reads the tiles up to the horizon, in chunks when it is behind.
// Each chunk is one transaction, and another of what calls for raw reads.
func (r *Reader) readTiles(ctx context.Context, targets []*target, horizon int64) error {
	var errs []error
	for {
		behind, from := r.behind(targets, horizon)
		if len(behind) == 0 {
			return errors.Join(errs...)
		}
		to := min(horizon, from+max(millis(r.o.MaxTileRange), 10*millis(slo.MaxResolution)))
		if to < horizon {
			behind = slices.DeleteFunc(behind, func(t *target) bool { return r.start(t, horizon) >= to })
		}
		sets, err := r.queryTiles(ctx, behind, len(behind) == len(targets), from, to)
		if err != nil {
			return errors.Join(append(errs, err)...)
		}
		ready, waiting := r.planSets(sets)
		if err := r.commitTiles(ctx, ready); err != nil {
			return errors.Join(append(errs, err)...)
		}
		if len(waiting) > 0 {
			errs = append(errs, r.readGaps(ctx, waiting)...)
			if err := ctx.Err(); err != nil {
				return errors.Join(append(errs, err)...)
			}
			if err := r.commitTiles(ctx, waiting); err != nil {
				return errors.Join(append(errs, err)...)
			}
		}
		for _, t := range behind {
			if !t.failed {
				t.cursor.checked = to
			}
		}
	}
}

// behind returns the targets whose tiles are not read up to the horizon, and
// from when on tiles are needed: with the predecessor of the earliest.
func (r *Reader) behind(targets []*target, horizon int64) ([]*target, int64) {
	var list []*target
	from := horizon
	for _, t := range targets {
		if t.failed || t.cursor.checked >= horizon {
			continue
		}
		list = append(list, t)
		from = min(from, r.start(t, horizon))
	}
	return list, from
}

// start returns from when on a target's tiles are needed. A tile may be late by
// the grace; what is later still is read from raw when the next tile comes.
func (r *Reader) start(t *target, horizon int64) int64 {
	checked := max(t.cursor.checked, horizon-millis(t.o.Window.Rolling))
	if t.cursor.checked == 0 {
		checked = horizon
	}
	start := checked
	r.ledger.view(t.track, func(track *track) {
		for _, s := range track.groups {
			start = min(start, max(s.end(), checked-t.grace()))
		}
		if len(track.groups) == 0 {
			start = checked - t.grace()
		}
	})
	return start - t.step() - t.tolerance() - 1
}

// queryTiles asks for the tiles of the targets in (from, to].
func (r *Reader) queryTiles(ctx context.Context, targets []*target, all bool, from, to int64) ([]*tileSet, error) {
	names := `__name__=~"` + badTile + `|` + totalTile + `"`
	if !all && len(targets) <= maxNamed {
		ids := make([]string, len(targets))
		for i, t := range targets {
			ids[i] = t.o.ID.String()
		}
		names += `,slo=~` + strconv.Quote(strings.Join(ids, "|"))
	}
	expr := fmt.Sprintf("{%s}[%dms]", names, to-from)
	list, err := r.o.Querier.Instant(ctx, expr, instant(to))
	if err != nil {
		return nil, err
	}
	return r.sortTiles(targets, list), nil
}

// sortTiles joins the series of bad and total tiles by target and group.
func (r *Reader) sortTiles(targets []*target, list []Series) []*tileSet {
	type name struct{ slo, sli string }
	byName := make(map[name]*target, len(targets))
	for _, t := range targets {
		byName[name{t.o.ID.String(), t.track.sli}] = t
	}
	type pair struct{ bad, total []Point }
	pairs := map[Key]*pair{}
	twice := 0
	for _, s := range list {
		t := byName[name{s.Labels["slo"], s.Labels["sli"]}]
		if t == nil {
			continue
		}
		k := t.track.key(groupOf(t.o, s.Labels))
		if pairs[k] == nil {
			pairs[k] = &pair{}
		}
		side := &pairs[k].bad
		if s.Labels["__name__"] == totalTile {
			side = &pairs[k].total
		}
		if *side != nil {
			twice++
			continue
		}
		*side = s.Points
	}
	if twice > 0 {
		r.o.Logger.Warn("the metrics store has tiles twice; one of each is read: query a deduplicated store", "series", twice)
	}
	sets := make([]*tileSet, 0, len(pairs))
	for k, p := range pairs {
		t := byName[name{k.SLO.String(), k.SLI}]
		sets = append(sets, &tileSet{t: t, group: k.Group, tiles: joinTiles(p.bad, p.total)})
	}
	return sets
}

// joinTiles returns the times at which both tiles are there, sorted.
func joinTiles(bad, total []Point) []tile {
	tiles := make([]tile, 0, len(total))
	for _, p := range total {
		for len(bad) > 0 && bad[0].T < p.T {
			bad = bad[1:]
		}
		if len(bad) > 0 && bad[0].T == p.T {
			tiles = append(tiles, tile{p.T, bad[0].V, p.V})
		}
	}
	return tiles
}
