package budget

import (
	"context"
	"errors"
	"fmt"
	"time"

	"headroom/slo"
)

// ErrManyGroups says that an objective has more groups than Trace tells of at
// once.
var ErrManyGroups = errors.New("name one group: the objective has more than can be traced at once")

// maxTraced bounds how many groups are traced at once, and maxGaps how many
// gaps are listed.
const (
	maxTraced = 50
	maxGaps   = 100
)

// TraceQuery says which balances of an objective are traced.
type TraceQuery struct {
	ID    slo.ID
	Group *slo.Group // nil: every group
	At    time.Time  // as of StatusesAt
	Now   bool       // At is the present: as of Status
	Known time.Time  // as of StatusesKnown; zero: by what is known today
	// Steps are the corrections of the objective, each with those of the steps
	// before it; the last are those that count. nil: those of the ledger, which
	// then is the only step.
	Steps []Corrections
}

// Trace is how the balance of one group came to be.
type Trace struct {
	Status Status
	// SLI is what was counted: the present indicator, or the one that was at
	// TraceQuery.Known.
	SLI string
	// FirstSeen is when the objective was first declared with this indicator
	// and groups; zero when nothing is known of it.
	FirstSeen time.Time
	Parts     []TracePart // by source; together they are Sums[0]
	Cut       *TraceCut   // nil when no slice crosses the window's begin
	Gaps      []TraceGap  // of life without a slice, at most 100, in order of time
	GapCount  int
	GapTime   time.Duration
	Sums      []TraceSum // without corrections, and after each of the steps
}

// TracePart is what the slices of one source add to a window.
type TracePart struct {
	Source     Source
	Slices     int
	First      time.Time // begin of the first
	Last       time.Time // end of the last
	Measured   time.Duration
	Bad, Total Count
}

// TraceCut is a slice that begins before the window, and what of it counts.
type TraceCut struct {
	Slice      Slice
	Bad, Total Count
}

// TraceGap is a time (From, To] of the objective's life without a slice.
type TraceGap struct{ From, To time.Time }

// TraceSum is what a window adds up to.
type TraceSum struct {
	Bad, Total     Count
	Measured, Life time.Duration
}

// Trace tells how the balances of an objective came to be, of its groups in
// order. All of an answer is of one moment: nothing changes while it is made.
// Nothing is told of an objective that is not declared. The error is
// ErrNoRevisions, ErrManyGroups or the store's.
func (l *Ledger) Trace(ctx context.Context, q TraceQuery) ([]Trace, error) {
	l.reading.RLock()
	defer l.reading.RUnlock()
	d := l.find(q.ID)
	if d == nil || l.tracks[d.track] == nil {
		return nil, nil
	}
	if !q.Known.IsZero() && q.At.After(q.Known) {
		q.At = q.Known
	}
	steps := q.Steps
	if steps == nil {
		steps = []Corrections{l.correctionsOf(q)}
	}
	for i := range steps {
		steps[i] = steps[i].Normal()
	}
	var last Corrections
	if len(steps) > 0 {
		last = steps[len(steps)-1]
	}
	counted := l.tracks[d.track]
	if !q.Known.IsZero() {
		counted = l.countedAt([]*declared{d}, q.Known.UnixMilli())[0]
	}
	t, err := l.traced(ctx, counted, q, last)
	if err != nil {
		return nil, fmt.Errorf("trace %s: %w", q.ID, err)
	}
	var list []Status
	if q.Now {
		list = d.appendNow(nil, t, q.At)
	} else {
		list = d.appendPast(nil, t, q.At)
	}
	var traces []Trace
	for _, status := range list {
		if q.Group != nil && status.Group != *q.Group {
			continue
		}
		if len(traces) == maxTraced {
			return nil, fmt.Errorf("trace %s: %w", q.ID, ErrManyGroups)
		}
		traces = append(traces, t.groups[status.Group].trace(status, t, steps))
	}
	return traces, nil
}

func (l *Ledger) correctionsOf(q TraceQuery) Corrections {
	if !q.Known.IsZero() && l.correctionsKnown != nil {
		return l.correctionsKnown(q.Known, q.ID)[q.ID]
	}
	return l.corrections[q.ID]
}

// traced returns a track as it was known, with corrections.
func (l *Ledger) traced(ctx context.Context, t *track, q TraceQuery, c Corrections) (*track, error) {
	if q.Known.IsZero() {
		return t.with(c), nil
	}
	store, ok := l.store.(RevisionStore)
	if !ok {
		return nil, fmt.Errorf("as known at %s: %w", q.Known, ErrNoRevisions)
	}
	var keys []Key
	for _, s := range t.groups {
		keys = append(keys, s.key)
	}
	past := map[Key][]Revision{}
	err := store.EachRevision(ctx, keys, q.Known.UnixMilli(), func(r Revision) error {
		past[r.Key] = append(past[r.Key], r)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read what was known at %s: %w", q.Known, err)
	}
	return t.known(past, c)
}

// trace tells how a status came to be. A nil series is one without slices.
func (s *series) trace(status Status, counted *track, steps []Corrections) Trace {
	t := Trace{Status: status, SLI: counted.id.sli}
	if first := counted.record.FirstSeen; first > 0 {
		t.FirstSeen = instant(first)
	}
	if s == nil || s.since == 0 {
		t.Sums = make([]TraceSum, 1+len(steps))
		return t
	}
	from, to := status.Balance.Start.UnixMilli(), status.Balance.End.UnixMilli()
	t.walk(s, from, to)
	t.Sums = append(t.Sums, s.traceSum(from, to, Corrections{}))
	for _, c := range steps {
		t.Sums = append(t.Sums, s.traceSum(from, to, c.within(from-dayMillis, to)))
	}
	return t
}

// traceSum adds up (from, to] with other corrections.
func (s *series) traceSum(from, to int64, c Corrections) TraceSum {
	copied := *s
	copied.correct(c)
	sum := copied.account(from, to)
	return TraceSum{
		Bad: sum.bad, Total: sum.total,
		Measured: time.Duration(copied.measured(from, to)) * time.Millisecond, Life: time.Duration(copied.lived(from, to)) * time.Millisecond,
	}
}

// within leaves out what cannot matter to (from, to], since it costs reading.
func (c Corrections) within(from, to int64) Corrections {
	left := Corrections{Adjustments: c.Adjustments}
	for _, x := range c.Excluded {
		if x.To > from && x.From < to {
			left.Excluded = append(left.Excluded, x)
		}
	}
	return left
}

// walk tells the slices of (from, to] by source, and the gaps between them.
func (t *Trace) walk(s *series, from, to int64) {
	parts := map[Source]*TracePart{}
	edge := max(from, s.since)
	for i := s.pageAfter(from); i < len(s.pages) && s.pages[i].start < to; i++ {
		for sl := range s.open(i).slices {
			if sl.End <= from {
				continue
			}
			if sl.End > to {
				break
			}
			t.gap(edge, sl.Start)
			edge = max(edge, sl.End)
			counted := share(sl, from)
			if sl.Start < from {
				t.Cut = &TraceCut{Slice: sl, Bad: counted.bad, Total: counted.total}
			}
			p := parts[sl.Source]
			if p == nil {
				p = &TracePart{Source: sl.Source, First: instant(sl.Start)}
				parts[sl.Source] = p
			}
			p.Slices++
			p.Last = instant(sl.End)
			p.Measured += time.Duration(max(0, sl.End-max(sl.Start, from, s.since))) * time.Millisecond
			p.Bad, p.Total = p.Bad+counted.bad, p.Total+counted.total
		}
	}
	t.gap(edge, to)
	for _, source := range []Source{SourceTile, SourceRaw, SourceEvent} {
		if p := parts[source]; p != nil {
			t.Parts = append(t.Parts, *p)
		}
	}
}

func (t *Trace) gap(from, to int64) {
	if from >= to {
		return
	}
	t.GapCount++
	t.GapTime += time.Duration(to-from) * time.Millisecond
	if len(t.Gaps) < maxGaps {
		t.Gaps = append(t.Gaps, TraceGap{instant(from), instant(to)})
	}
}
