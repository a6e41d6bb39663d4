// Package proposal finds a target for an indicator that nobody has set one for
// yet: it counts what the past weeks brought and says which targets would have
// been met, and with how much left.
package proposal

import (
	"context"
	"fmt"
	"math"
	"time"

	"headroom/budget"
	"headroom/slo"
)

// step is the length of one count. Twelve of them are asked for at once, which
// keeps each answer and what the metrics store reads for it small.
const (
	step  = time.Hour
	chunk = 24 * time.Hour
)

// Options are what Read needs; all but Progress are required.
type Options struct {
	Querier budget.Querier
	// Raw returns the expressions that count bad and total events of a range
	// from raw series, such as rules.Raw of a dialect.
	Raw func(o *slo.Objective, r time.Duration) (bad, total string)
	// Now is the end of what is read, cut to whole hours.
	Now time.Time
	// Span is how far back is read, cut to whole days.
	Span time.Duration
	// Progress is told the days read, of all; nil for nobody.
	Progress func(read, all int)
}

// Day is what 24 hours brought, of all groups together.
type Day struct {
	Start      time.Time
	Bad, Total float64 // events, or samples of a gauge
	Hours      int     // measured, 0 to 24
}

// History is what was counted, the oldest day first.
type History struct {
	Days []Day
}

// Read counts the events of past days from raw series. Hours without traffic or
// data are no measurement. It stops at the first error.
func Read(ctx context.Context, o *slo.Objective, options Options) (History, error) {
	bad, total := options.Raw(o, step)
	end := options.Now.Truncate(step)
	days := int(options.Span / chunk)
	var h History
	for i := range days {
		from := end.Add(-time.Duration(days-i) * chunk)
		day, err := readDay(ctx, options.Querier, bad, total, from)
		if err != nil {
			return History{}, fmt.Errorf("count the events of %s: %w", from.Format(time.DateOnly), err)
		}
		h.Days = append(h.Days, day)
		if options.Progress != nil {
			options.Progress(i+1, days)
		}
	}
	return h, nil
}

func readDay(ctx context.Context, q budget.Querier, bad, total string, from time.Time) (Day, error) {
	first, last := from.Add(step), from.Add(chunk)
	totals, err := sums(ctx, q, total, first, last)
	if err != nil || len(totals) == 0 {
		return Day{Start: from}, err
	}
	bads, err := sums(ctx, q, bad, first, last)
	if err != nil {
		return Day{}, err
	}
	day := Day{Start: from}
	for at, n := range totals {
		b, measured := bads[at]
		if !measured || !(n > 0) {
			continue
		}
		day.Hours++
		day.Total += n
		day.Bad += min(b, n)
	}
	return day, nil
}

// sums adds up the series of an expression at each step.
func sums(ctx context.Context, q budget.Querier, expr string, first, last time.Time) (map[int64]float64, error) {
	list, err := q.Range(ctx, expr, first, last, step)
	if err != nil {
		return nil, err
	}
	sum := map[int64]float64{}
	for _, s := range list {
		for _, p := range s.Points {
			if !math.IsNaN(p.V) && !math.IsInf(p.V, 0) {
				sum[p.T] += p.V
			}
		}
	}
	return sum, nil
}

// Bad returns the bad events of all days.
func (h History) Bad() float64 {
	var n float64
	for _, d := range h.Days {
		n += d.Bad
	}
	return n
}

// Total returns the events of all days.
func (h History) Total() float64 {
	var n float64
	for _, d := range h.Days {
		n += d.Total
	}
	return n
}

// Measured returns how much of the time was measured.
func (h History) Measured() time.Duration {
	hours := 0
	for _, d := range h.Days {
		hours += d.Hours
	}
	return time.Duration(hours) * step
}

// Worst returns the day that had the highest share of bad events, false when no
// day was measured.
func (h History) Worst() (Day, bool) {
	var worst Day
	for _, d := range h.Days {
		if d.Total > 0 && (worst.Total == 0 || d.Bad*worst.Total > worst.Bad*d.Total) {
			worst = d
		}
	}
	return worst, worst.Total > 0
}
