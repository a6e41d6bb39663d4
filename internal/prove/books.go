package prove

import (
	"context"
	"fmt"
	"sort"
	"time"

	"headroom/budget"
	"headroom/internal/truth"
	"headroom/rules"
	"headroom/slo"
)

// keepBooks runs the world with a ledger that reads it, and compares each
// balance.
func (w *world) keepBooks(ctx context.Context, begin, end time.Duration) ([]Fault, error) {
	ledger, err := budget.OpenLedger(ctx, budget.LedgerOptions{})
	if err != nil {
		return nil, err
	}
	if err := ledger.SetObjectives(ctx, []*slo.Objective{w.objective}, at(begin)); err != nil {
		return nil, err
	}
	reader, err := budget.NewReader(budget.ReaderOptions{
		Ledger: ledger, Querier: w.lab, SettleDelay: w.Scrape,
		Raw: func(o *slo.Objective, r time.Duration) (bad, total string) { return rules.Raw(o, w.Dialect, r) },
	})
	if err != nil {
		return nil, err
	}
	var faults []Fault
	groups := w.groups()
	for now := begin; now < end; {
		next := min(now+w.Ledger.Every, end)
		if err := w.run(ctx, now, next); err != nil {
			return nil, err
		}
		now = next
		if w.pauses(now) {
			continue
		}
		if err := reader.Tick(ctx, at(now)); err != nil {
			return nil, err
		}
		faults = append(faults, w.compareBooks(groups, ledger.Statuses(at(now)))...)
	}
	return faults, nil
}

func (w *world) pauses(d time.Duration) bool {
	for _, p := range w.Ledger.Pauses {
		if p.holds(d) {
			return true
		}
	}
	return false
}

// compareBooks compares balances. Their window begins within a slice of which
// any part may be counted: between two tiles.
func (w *world) compareBooks(groups []*group, statuses []budget.Status) []Fault {
	var faults []Fault
	for _, s := range statuses {
		for _, g := range groups {
			if s.Group.Labels()["region"] == g.name {
				faults = append(faults, w.compareBalance(g, s)...)
			}
		}
	}
	return faults
}

func (w *world) compareBalance(g *group, s budget.Status) []Fault {
	b := s.Balance
	if b.Total == nil || b.Bad == nil {
		return nil
	}
	start, end := max(b.Start.UnixMilli(), b.Since.UnixMilli()), b.End.UnixMilli()
	before, after := w.edges(g, start)
	// While no tile comes nothing is read, and said to be unmeasured.
	fed := min(end, w.lastTile(g, s.At.Add(-w.Scrape).UnixMilli()))
	least, most := g.exact.Count(after, max(fed, after)), g.exact.Count(before, end)
	var faults []Fault
	check := func(what string, got, low, high float64) {
		// Each slice is rounded to a hundredth.
		want := truth.Interval{Lo: low - 0.01*float64(w.Length), Hi: high + 0.01*float64(w.Length)}
		if g.exact.Count(before, end).Total.IsExact() {
			want = truth.Interval{Lo: low - 0.02, Hi: high + 0.02}
		}
		if !want.Holds(got) {
			faults = append(faults, Fault{s.At, g.name, fmt.Sprintf("the ledger's %s of %s to %s", what, b.Start.Format(time.TimeOnly), b.End.Format(time.TimeOnly)), bounds(want), number(got)})
		}
	}
	check("bad events", *b.Bad, least.Bad.Lo, most.Bad.Hi)
	check("events", *b.Total, least.Total.Lo, most.Total.Hi)
	return faults
}

// edges are the times between which a slice may lie that holds a time: the
// tiles around it, a step from it where history was read, or both.
func (w *world) edges(g *group, moment int64) (before, after int64) {
	begin := at(w.steps(w.History - 1)).UnixMilli()
	step := w.Resolution.Milliseconds()
	before, after = moment-step, moment+step
	tiles := w.tilesOf(g)
	i := sort.Search(len(tiles), func(i int) bool { return tiles[i] > moment })
	if i > 0 {
		before = min(before, tiles[i-1])
	} else {
		// History was read when the ledger began, and what follows it in one piece.
		before = min(before, begin)
	}
	if i < len(tiles) {
		after = max(after, tiles[i])
	}
	return before, after
}

// tilesOf are the times of a group's tiles so far.
func (w *world) tilesOf(g *group) []int64 {
	var tiles []int64
	for _, t := range w.ticks["tile"] {
		if g.reader.Present(t-w.Resolution.Milliseconds(), t) {
			tiles = append(tiles, t)
		}
	}
	return tiles
}

// lastTile is the time of the last tile by a time, 0 before the first.
func (w *world) lastTile(g *group, by int64) int64 {
	last := int64(0)
	for _, t := range w.tilesOf(g) {
		if t <= by {
			last = t
		}
	}
	return last
}
