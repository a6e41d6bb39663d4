package budget

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// mend reads the time of corrupt pages again from raw series. The corrupt page
// stays in the store until then, so that a restart finds it again, and the
// tiles of its objective wait.
func (r *Reader) mend(ctx context.Context, targets []*target, horizon int64) error {
	var errs []error
	for _, d := range r.damaged() {
		i := slices.IndexFunc(targets, func(t *target) bool { return t.track == trackOf(d.key) })
		if i < 0 {
			continue
		}
		t := targets[i]
		if t.failed {
			continue
		}
		lists, err := r.readSteps(ctx, t, r.ledger.torn(t, d, horizon))
		if err != nil {
			t.failed = true
			errs = append(errs, fmt.Errorf("read raw series of %s on %s: %w", t.o.ID, instant(d.day*dayMillis).Format("2006-01-02"), err))
			continue
		}
		list := lists[d.key.Group]
		err = r.ledger.update(ctx, "corrupt page read again", func(c *change) {
			c.mended = append(c.mended, d)
			if r.ledger.tracks[t.track] == nil {
				return
			}
			c.edit(d.key).fill(list...)
		})
		if err != nil {
			return errors.Join(append(errs, err)...)
		}
		r.o.Logger.Info("read a corrupt page of the ledger again", "slo", t.o.ID, "group", d.key.Group, "day", instant(d.day*dayMillis).Format("2006-01-02"), "slices", len(list))
	}
	return errors.Join(errs...)
}

func (r *Reader) damaged() []damage {
	r.ledger.reading.RLock()
	defer r.ledger.reading.RUnlock()
	return slices.Clone(r.ledger.damaged)
}

// torn returns the interval of a damaged page, aligned to the slices next to it.
func (l *Ledger) torn(t *target, d damage, horizon int64) span {
	from, to, step := d.day*dayMillis, min((d.day+1)*dayMillis, horizon), t.step()
	at := span{from, from + (to-from)/step*step}
	l.view(t.track, func(track *track) {
		s := track.groups[d.key.Group]
		if s == nil {
			return
		}
		if before := s.endBy(from); before > from-step {
			at = span{before, before + (to-before)/step*step}
		}
		if _, next := s.upTo(from); next.Start > from && next.Start < to+step {
			at.to = next.Start
		}
	})
	return at
}

// abandon gives up the corrupt pages of what is no longer declared: nothing
// says any more how to read them again.
func (c *change) abandon() {
	for _, d := range c.l.damaged {
		_, moves := c.moved[trackOf(d.key)]
		if r, _ := c.record(trackOf(d.key)); r.Active || moves {
			continue
		}
		c.mended = append(c.mended, d)
		c.l.log.Warn("gave up a corrupt page of the ledger, since its indicator is no longer declared", "slo", d.key.SLO, "sli", d.key.SLI, "group", d.key.Group, "day", instant(d.day*dayMillis).Format(time.DateOnly))
	}
}
