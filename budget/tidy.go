package budget

import (
	"context"
	"time"

	"headroom/slo"
)

// Defaults of Keep.
const (
	DefaultFine      = 35 * 24 * time.Hour
	DefaultRetention = 2 * slo.MaxWindow
)

// Keep says how long slices are kept, and how long as they were measured.
type Keep struct {
	// Fine is for how long after they have left every window slices stay as they
	// were measured, so that corrections may still cut them; later those of an
	// hour become one, unless a gap or a change of source parts them. 0 means
	// DefaultFine.
	Fine time.Duration
	// Retention is how long slices and revisions are kept at all, at least twice
	// the objective's window; 0 means DefaultRetention.
	Retention time.Duration
}

// tidyPages bounds how many pages one transaction of Tidy changes.
const tidyPages = 1000

// Tidy makes old slices coarse and forgets those past their retention. Sums
// over whole hours stay what they were. What it has done survives an error.
func (l *Ledger) Tidy(ctx context.Context, now time.Time, keep Keep) error {
	if keep.Fine <= 0 {
		keep.Fine = DefaultFine
	}
	if keep.Retention <= 0 {
		keep.Retention = DefaultRetention
	}
	for {
		done, err := l.tidy(ctx, now.UnixMilli(), keep)
		if done || err != nil {
			return err
		}
	}
}

// tidy does one transaction and reports whether it was the last.
func (l *Ledger) tidy(ctx context.Context, now int64, keep Keep) (bool, error) {
	l.writing.Lock()
	defer l.writing.Unlock()
	c, left := l.begin("tidied"), tidyPages
	coarse := map[*series]int64{}
	for id, t := range l.tracks {
		window := slo.MaxWindow
		if d := l.find(id.id); d != nil && d.track == id {
			window = d.o.Window.Rolling
		}
		for _, s := range t.groups {
			before := now - millis(max(keep.Retention, 2*window))
			coarse[s] = s.coarse
			for i, p := range s.pages {
				if left == 0 || p.end > now-millis(window+keep.Fine) {
					break
				}
				switch {
				case p.end <= before:
					c.edit(s.key).forget(p.day)
				case p.day > s.coarse:
					c.edit(s.key).coarsen(i)
					coarse[s] = p.day
				default:
					continue
				}
				left--
			}
		}
	}
	c.abandon()
	c.forget = now - millis(keep.Retention)
	err := c.commit(ctx, func() {
		for s, day := range coarse {
			s.coarse = day
		}
	})
	return left > 0, err
}

// forget removes a day.
func (e *edit) forget(day int64) {
	e.open[day] = nil
	e.changed[day] = true
}

// coarsen makes one slice of those of an hour in the i-th page.
func (e *edit) coarsen(i int) {
	day := e.s.pages[i].day
	fine := e.day(day)
	var list []Slice
	for _, sl := range fine {
		if n := len(list); n > 0 && e.joins(list[n-1], sl) {
			last := &list[n-1]
			last.End, last.Bad, last.Total = sl.End, last.Bad+sl.Bad, last.Total+sl.Total
			continue
		}
		list = append(list, sl)
	}
	if len(list) < len(fine) {
		e.open[day], e.changed[day] = list, true
	}
}

// joins reports whether two slices may become one: they touch, end in the same
// hour, are of one source, and lie on the same side of the begin of its life.
func (e *edit) joins(a, b Slice) bool {
	const hour = int64(time.Hour / time.Millisecond)
	return a.End == b.Start && a.Source == b.Source && floorDiv(a.End-1, hour) == floorDiv(b.End-1, hour) &&
		(a.Start >= e.s.since || b.End <= e.s.since)
}
