package budget

import (
	"cmp"
	"context"
	"slices"
	"time"

	"headroom/slo"
)

// shortGap is up to how many steps a gap is read as one slice without a look at
// what samples there are in it.
const shortGap = 2

// ranOn is the share of raw series that must have counted on through a time
// without samples: of the others, what they counted before they began anew is
// lost.
const ranOn = 0.75

// readGap reads the events of a gap. Where there are samples all the time, each
// step is a slice. Where there are none for some time, the gap is one slice when
// most of the counters ran on, since they tell what happened meanwhile; else the
// steps without samples were not measured.
func (r *Reader) readGap(ctx context.Context, t *target, at span) (map[slo.Group][]Slice, error) {
	if r.o.Continuity == nil || at.to-at.from <= shortGap*t.step() {
		return r.readSpan(ctx, t, at)
	}
	lists, err := r.readSampled(ctx, t, at)
	if err != nil {
		return nil, err
	}
	hole := longestHole(lists, at)
	if hole.from == hole.to {
		return lists, nil
	}
	share, err := r.continuity(ctx, t, hole)
	if err != nil || len(share) == 0 {
		return lists, err
	}
	whole, err := r.readSpan(ctx, t, at)
	if err != nil {
		return nil, err
	}
	for g, list := range whole {
		if share[g] >= ranOn {
			lists[g] = list
		}
	}
	return lists, nil
}

// readSampled reads the steps of an interval that have samples. What is left of
// it before the first whole step is a slice of its own.
func (r *Reader) readSampled(ctx context.Context, t *target, at span) (map[slo.Group][]Slice, error) {
	chunk := max(1, min(millis(r.o.MaxChunk)/t.step(), maxPoints)) * t.step()
	whole := at.from + (at.to-at.from)%t.step()
	lists := map[slo.Group][]Slice{}
	add := func(more map[slo.Group][]Slice, err error) error {
		for g, list := range more {
			lists[g] = append(lists[g], list...)
		}
		return err
	}
	if whole > at.from {
		if err := add(r.readSpan(ctx, t, span{at.from, whole})); err != nil {
			return nil, err
		}
	}
	for from := whole; from < at.to; from += chunk {
		if err := add(r.readSteps(ctx, t, span{from, min(at.to, from+chunk)})); err != nil {
			return nil, err
		}
	}
	return lists, nil
}

// longestHole returns the longest part of an interval in which no group has a
// slice, an empty one where there is none.
func longestHole(lists map[slo.Group][]Slice, at span) span {
	var all []Slice
	for _, list := range lists {
		all = append(all, list...)
	}
	slices.SortFunc(all, func(a, b Slice) int { return cmp.Compare(a.Start, b.Start) })
	longest, end := span{at.from, at.from}, at.from
	for _, sl := range append(all, Slice{Start: at.to, End: at.to}) {
		if sl.Start-end > longest.to-longest.from {
			longest = span{end, sl.Start}
		}
		end = max(end, sl.End)
	}
	return longest
}

// continuity asks for the share of raw series that counted on through a hole, by
// group: from the step before it, which has the last samples, to the first ones
// after it, which should come soon, or else come with the next step. In a whole
// step they may have been reset already.
func (r *Reader) continuity(ctx context.Context, t *target, hole span) (map[slo.Group]float64, error) {
	share := map[slo.Group]float64{}
	for _, after := range slices.Compact([]int64{min(t.step(), time.Minute.Milliseconds()), t.step()}) {
		from, to := hole.from-t.step(), hole.to+after
		expr := r.o.Continuity(t.o, time.Duration(to-from)*time.Millisecond)
		if expr == "" {
			return nil, nil
		}
		list, err := r.o.Querier.Instant(ctx, expr, instant(to))
		if err != nil {
			return nil, err
		}
		for g, values := range pointsOf(t.o, list) {
			share[g] = max(share[g], values[to])
		}
	}
	return share, nil
}
