package budget

import (
	"context"
	"time"

	"headroom/slo"
)

// Revise takes in what a source says now of times that it may have told of
// before, and returns how many slices that changed. A slice takes the place of
// all slices of its own source and of lower ones that it overlaps; one that
// overlaps a slice of a higher source is refused whole, and one that is there
// already changes nothing. So a caller that revises some time revises the
// whole of the slices that lie in it. The series lives since the earliest time
// that any call named: slices before it, of what was told afterwards, count in
// their windows but make the series no older. When the store does not accept
// the change the ledger stays as it was.
func (l *Ledger) Revise(ctx context.Context, k Key, since time.Time, list ...Slice) (int, error) {
	l.writing.Lock()
	defer l.writing.Unlock()
	c := l.begin("revised")
	if _, found := c.record(trackOf(k)); !found {
		c.records[trackOf(k)] = TrackRecord{Key: trackOf(k).key(slo.Group{}), FirstSeen: since.UnixMilli()}
	}
	e, changed := c.edit(k), 0
	e.settled = true
	for _, sl := range list {
		if e.revise(sl) {
			changed++
		}
	}
	if changed == 0 {
		return 0, nil
	}
	e.live(since.UnixMilli())
	return changed, c.commit(ctx, nil)
}

// Mend replaces the corrupt pages of a series: count tells the slices that lie
// in (from, to], a page's day. Where it tells none the page is gone, and the time
// not measured. An error leaves the page as it is for a later call.
func (l *Ledger) Mend(ctx context.Context, k Key, count func(from, to time.Time) ([]Slice, error)) error {
	for _, d := range l.damagedOf(k) {
		list, err := count(instant(d.day*dayMillis), instant((d.day+1)*dayMillis))
		if err != nil {
			return err
		}
		err = l.update(ctx, "corrupt page counted again", func(c *change) {
			c.mended = append(c.mended, d)
			e := c.edit(k)
			e.settled = true
			for _, sl := range list {
				e.revise(sl)
			}
		})
		if err != nil {
			return err
		}
		l.log.Info("counted a corrupt page of the ledger again", "slo", k.SLO, "group", k.Group, "day", instant(d.day*dayMillis).Format(time.DateOnly), "slices", len(list))
	}
	return nil
}

func (l *Ledger) damagedOf(k Key) []damage {
	l.reading.RLock()
	defer l.reading.RUnlock()
	var list []damage
	for _, d := range l.damaged {
		if d.key == k {
			list = append(list, d)
		}
	}
	return list
}

// revise takes a slice in instead of those of the same and lower sources, and
// reports whether anything changed.
func (e *edit) revise(sl Slice) bool {
	if over := e.overlapping(sl); len(over) == 1 && over[0] == sl {
		return false
	}
	return e.insert(sl, sl.Source+1)
}

// fromStore reports whether an objective is fed from headroom's own store of
// platform events, and not from the metrics store.
func fromStore(o *slo.Objective) bool {
	_, events := o.Indicator.(slo.Events)
	return events
}
