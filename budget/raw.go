package budget

import (
	"context"
	"errors"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"headroom/slo"
)

// counts are the events of one group over one interval.
type counts struct{ bad, total Count }

// countsOf rounds events to counts; false when the numbers are not counts: no
// numbers, or less than nothing.
// Extrapolation may say more bad events than events: there are never.
func countsOf(bad, total float64) (counts, bool) {
	if math.IsNaN(bad) || math.IsNaN(total) || math.IsInf(bad, 0) || math.IsInf(total, 0) {
		return counts{}, false
	}
	const rounding = 0.005 // of floating-point sums
	if bad < -rounding || total < -rounding {
		return counts{}, false
	}
	c := counts{CountOf(bad), CountOf(total)}
	c.bad = min(c.bad, c.total)
	return c, true
}

func (c counts) slice(from, to int64, source Source) Slice {
	return Slice{Start: from, End: to, Bad: c.bad, Total: c.total, Source: source}
}

// groupOf returns the group of a series by the objective's group labels alone.
func groupOf(o *slo.Objective, labels map[string]string) slo.Group {
	if len(o.GroupBy) == 0 {
		return slo.Group{}
	}
	own := make(map[string]string, len(o.GroupBy))
	for _, name := range o.GroupBy {
		own[name] = labels[name]
	}
	return slo.NewGroup(own)
}

// points are values by group and time.
type points map[slo.Group]map[int64]float64

func pointsOf(o *slo.Objective, list []Series) points {
	p := points{}
	for _, s := range list {
		g := groupOf(o, s.Labels)
		if p[g] == nil {
			p[g] = make(map[int64]float64, len(s.Points))
		}
		for _, point := range s.Points {
			p[g][point.T] = point.V
		}
	}
	return p
}

// span is an interval (from, to] in Unix milliseconds.
type span struct{ from, to int64 }

// readSpan reads the events of an interval from raw series, by group. A group
// that is not in the result was not measured.
func (r *Reader) readSpan(ctx context.Context, t *target, at span) (map[slo.Group][]Slice, error) {
	badExpr, totalExpr := r.o.Raw(t.o, time.Duration(at.to-at.from)*time.Millisecond)
	total, err := r.o.Querier.Instant(ctx, totalExpr, instant(at.to))
	if err != nil || len(total) == 0 {
		return nil, err
	}
	bad, err := r.o.Querier.Instant(ctx, badExpr, instant(at.to))
	if err != nil {
		return nil, err
	}
	return slicesOf(pointsOf(t.o, bad), pointsOf(t.o, total), at.to-at.from), nil
}

// readSteps reads the events of every step of an interval from raw series. The
// steps end at to, to − step, …; the last may begin before from.
func (r *Reader) readSteps(ctx context.Context, t *target, at span) (map[slo.Group][]Slice, error) {
	step := t.step()
	n := (at.to - at.from + step - 1) / step
	if n <= 0 {
		return nil, nil
	}
	start, end := instant(at.to-(n-1)*step), instant(at.to)
	badExpr, totalExpr := r.o.Raw(t.o, t.o.Resolution)
	total, err := r.o.Querier.Range(ctx, totalExpr, start, end, t.o.Resolution)
	if err != nil || len(total) == 0 {
		return nil, err
	}
	bad, err := r.o.Querier.Range(ctx, badExpr, start, end, t.o.Resolution)
	if err != nil {
		return nil, err
	}
	return slicesOf(pointsOf(t.o, bad), pointsOf(t.o, total), step), nil
}

// slicesOf joins bad and total points to slices of the given length, in any
// order. Total without bad is not a measurement.
func slicesOf(bad, total points, length int64) map[slo.Group][]Slice {
	lists := make(map[slo.Group][]Slice, len(total))
	for g, at := range total {
		for t, v := range at {
			b, found := bad[g][t]
			if !found {
				continue
			}
			if c, ok := countsOf(b, v); ok {
				lists[g] = append(lists[g], c.slice(t-length, t, SourceRaw))
			}
		}
		sortSlices(lists[g])
	}
	return lists
}

// errLeft says that a raw read was not begun.
var errLeft = errors.New("left for the next tick, since raw reads take long")

// each runs f(0) … f(n−1), at most Concurrency at a time, and returns the error
// of each. Once it has only seen errors it stops asking and repeats the last;
// once its patience is over it begins no more.
func (r *Reader) each(n int, f func(i int) error) []error {
	errs := make([]error, n)
	began := time.Now()
	var next, succeeded, refused atomic.Int64
	var workers sync.WaitGroup
	var last atomic.Pointer[error]
	for range min(n, r.o.Concurrency) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				if succeeded.Load() == 0 && refused.Load() >= int64(2*r.o.Concurrency) {
					errs[i] = *last.Load()
					continue
				}
				if time.Since(began) > r.o.Patience {
					errs[i] = errLeft
					continue
				}
				if errs[i] = f(i); errs[i] == nil {
					succeeded.Add(1)
					continue
				}
				last.Store(&errs[i])
				refused.Add(1)
			}
		})
	}
	workers.Wait()
	return errs
}
