package prove

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"headroom/budget"
	"headroom/internal/truth"
	"headroom/slo"
)

// keepBooks runs the world with a ledger that reads it, and compares what the
// ledger says each time that it has looked.
func (w *world) keepBooks(ctx context.Context, dir string, begin, end time.Duration) (faults []Fault, err error) {
	k, err := w.newKeeper(ctx, dir, at(begin))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, k.store.Close()) }()
	groups := w.groups()
	away := false
	for now := begin; now < end; {
		next := min(now+w.Ledger.Every, end)
		if err := w.run(ctx, now, next); err != nil {
			return nil, err
		}
		now = next
		k.now = at(now)
		if within(w.Ledger.Pauses, now) {
			away = true
			continue
		}
		if away && w.Ledger.Restart {
			if err := k.restart(ctx); err != nil {
				return nil, err
			}
		}
		away = false
		if err := k.tick(ctx); err != nil {
			return nil, err
		}
		faults = append(faults, k.compareNow(groups)...)
		if len(faults) > 0 {
			return faults, nil // what follows from a wrong slice is wrong, too
		}
		k.remember()
	}
	faults = append(faults, k.compareTimes(groups)...)
	known, err := k.compareKnown(ctx)
	return append(faults, known...), err
}

// key names the series of slices of a group.
func (k *keeper) key(g *group) budget.Key {
	key := budget.Key{SLO: k.objective.ID, SLI: k.objective.SLI()}
	if k.Regions > 0 {
		key.Group = slo.NewGroup(map[string]string{"region": g.name})
	}
	return key
}

// compareNow compares the slices and the balances of every group.
func (k *keeper) compareNow(groups []*group) []Fault {
	var faults []Fault
	statuses := k.ledger.Statuses(k.now)
	for _, g := range groups {
		book, wrong := k.bookOf(g)
		faults = append(faults, wrong...)
		found := false
		for _, s := range statuses {
			if s.Group == k.key(g).Group {
				found = true
				faults = append(faults, k.compareStatus(g, s, book)...)
			}
		}
		if last := book.Last(k.now.UnixMilli()); !found && last > k.now.Add(-k.objective.Window.Rolling).UnixMilli() {
			faults = append(faults, Fault{k.now, g.name, "the ledger's status", "one", "none"})
		}
	}
	return faults
}

// bookOf lets the ledger say into which slices it has cut time, and counts what
// happened in each. What the ledger says of a slice must be that, no time may be
// told twice, and none may be left out in which there was something to read.
func (k *keeper) bookOf(g *group) (*truth.Book, []Fault) {
	list := k.ledger.Slices(k.key(g), time.UnixMilli(0), k.now.Add(time.Hour))
	book := &truth.Book{}
	var faults []Fault
	fault := func(s budget.Slice, what, want, got string) {
		faults = append(faults, Fault{time.UnixMilli(s.End).UTC(), g.name, fmt.Sprintf("the %s of the slice of %s from %s", what, time.Duration(s.End-s.Start)*time.Millisecond, time.UnixMilli(s.Start).UTC().Format(time.TimeOnly)), want, got})
	}
	for i, s := range list {
		t := k.seen(g, s)
		book.Pieces = append(book.Pieces, truth.Piece{Span: truth.Span{From: s.Start, To: s.End}, Tally: t})
		if bad := near(t.Bad); !bad.Holds(s.Bad.Events()) {
			fault(s, "bad events", bounds(bad), number(s.Bad.Events()))
		}
		if total := near(t.Total); !total.Holds(s.Total.Events()) {
			fault(s, "events", bounds(total), number(s.Total.Events()))
		}
		if i == 0 {
			book.Since = s.Start
			continue
		}
		before := list[i-1]
		if s.Start < before.End {
			fault(s, "begin", "not before the end of the last", time.UnixMilli(s.Start).UTC().Format(time.TimeOnly))
		}
		if s.Start > before.End && g.misses(before.End, s.Start) {
			fault(s, "begin", "the end of the last, since there is something between them", time.UnixMilli(s.Start).UTC().Format(time.TimeOnly))
		}
	}
	return book, append(faults, k.ends(g, book)...)
}

// near allows for the rounding of a slice to a hundredth.
func near(i truth.Interval) truth.Interval {
	return truth.Interval{Lo: i.Lo - 0.0051, Hi: i.Hi + 0.0051}
}

// seen is what happened in a slice, as far as it could be known when it was
// read: at its end at the earliest, now at the latest, and not before its time
// was read again where that is declared.
func (k *keeper) seen(g *group, s budget.Slice) truth.Tally {
	if len(k.Late) == 0 {
		return g.reader.Count(s.Start, s.End)
	}
	early, late := g.exact.CountSeen(s.Start, s.End, s.End), g.exact.CountSeen(s.Start, s.End, k.now.UnixMilli())
	if k.Ledger.Late > 0 && s.End <= k.reread {
		early = g.exact.CountSeen(s.Start, s.End, s.End+k.Ledger.Late.Milliseconds())
	}
	return truth.Tally{Bad: truth.Interval{Lo: min(early.Bad.Lo, late.Bad.Lo), Hi: max(early.Bad.Hi, late.Bad.Hi)}, Total: early.Total.Hull(late.Total)}
}

// misses reports whether something in a time can be read that a slice would
// have held. What increase extrapolates may need more than what is there.
func (g *group) misses(from, to int64) bool {
	switch g.reader.(type) {
	case *truth.Extrapolated, *truth.Differences:
		return false
	}
	return g.exact.Present(from, to)
}

// ends demands that slices go as far back and on as there is anything to read.
func (k *keeper) ends(g *group, book *truth.Book) []Fault {
	var faults []Fault
	last := k.lastTile(g, k.fed)
	// What is left of less than half a step waits for the next tile.
	if got := book.Last(k.now.UnixMilli()); got < last-k.Resolution.Milliseconds()/2 {
		faults = append(faults, Fault{k.now, g.name, "the end of the last slice", clockOf(last), clockOf(got)})
	}
	if len(book.Pieces) == 0 || len(k.Late) > 0 {
		return faults
	}
	// History begins a window before the first look, and its last step may be
	// cut off.
	oldest := max(at(k.steps(k.History)).Add(-k.objective.Window.Rolling).UnixMilli(), at(0).UnixMilli())
	if book.Since > oldest && g.misses(oldest+k.Resolution.Milliseconds(), book.Since) {
		faults = append(faults, Fault{k.now, g.name, "the begin of the first slice", "before there is anything to read", clockOf(book.Since)})
	}
	return faults
}

func clockOf(ms int64) string { return time.UnixMilli(ms).UTC().Format("15:04:05.000") }

// lastTile is the time of the last tile of a group by a time, 0 before the
// first.
func (w *world) lastTile(g *group, by int64) int64 {
	for _, t := range slices.Backward(w.ticks["tile"]) {
		if t <= by && g.reader.Present(t-w.Resolution.Milliseconds(), t) {
			return t
		}
	}
	return 0
}
