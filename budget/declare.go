package budget

import (
	"context"
	"math"
	"slices"
	"time"

	"headroom/slo"
)

// SetObjectives declares the objectives that the ledger keeps from now on;
// their ids are distinct. An objective that is no longer declared keeps its
// slices, and has them again when it comes back. A changed indicator starts a
// new series of slices. A renamed objective takes over the slices of the ids
// it lists as formerly: those of the same indicator, group by group, where it
// has none of its own, unless that id is declared too. What was taken over is
// gone from the old id, so that it happens once.
func (l *Ledger) SetObjectives(ctx context.Context, objectives []*slo.Objective, now time.Time) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	next := l.declare(objectives, now.UnixMilli())
	c := l.begin("renamed")
	wanted := map[trackID]bool{}
	ids := map[slo.ID]bool{}
	began := map[slo.ID]int64{} // of the latest indicator of each
	for id, t := range l.tracks {
		began[id.id] = max(began[id.id], t.record.began(math.MaxInt64))
	}
	for _, d := range next {
		wanted[d.track], ids[d.o.ID] = true, true
	}
	for _, d := range next {
		c.activate(d, now.UnixMilli(), began[d.o.ID])
		for _, old := range d.o.Formerly {
			if !ids[old] {
				c.takeOver(trackID{old, d.track.sli}, d.track)
			}
		}
	}
	for id, t := range l.tracks {
		if t.record.Active && !wanted[id] && !c.removed[id] {
			r := t.record
			r.Active = false
			c.records[id] = r
		}
	}
	c.abandon()
	return c.commit(ctx, func() { l.declared = next })
}

func (l *Ledger) declare(objectives []*slo.Objective, now int64) []*declared {
	next := make([]*declared, 0, len(objectives))
	for _, o := range objectives {
		d := &declared{o: o, track: trackID{o.ID, o.SLI()}, hash: o.SpecHash(), loaded: now, budget: budgetFraction(o.Target)}
		if old := l.find(o.ID); old != nil && old.hash == d.hash {
			d.loaded = old.loaded
		}
		next = append(next, d)
	}
	slices.SortFunc(next, func(a, b *declared) int { return a.o.ID.Compare(b.o.ID) })
	return next
}

// activate makes a track the one that counts, where the latest indicator of the
// objective began to at a time.
func (c *change) activate(d *declared, now, latest int64) {
	r, found := c.record(d.track)
	next := r
	if !found {
		next = TrackRecord{Key: d.track.key(slo.Group{}), FirstSeen: now, Since: now}
	}
	if next.began(now) < latest {
		next.Since = now
	}
	next.Active = true
	if next != r {
		c.records[d.track] = next
	}
}

// takeOver moves the series of one track to another.
func (c *change) takeOver(from, to trackID) {
	old := c.l.tracks[from]
	if old == nil || c.removed[from] {
		return
	}
	r, _ := c.record(to)
	if c.l.tracks[to] == nil && old.record.Active { // a rename alone is no change of the indicator
		r.Since = old.record.Since
	}
	r.FirstSeen = min(r.FirstSeen, old.record.FirstSeen)
	if r.HistoryFrom == 0 || old.record.HistoryFrom > 0 && old.record.HistoryFrom < r.HistoryFrom {
		r.HistoryFrom = old.record.HistoryFrom
	}
	c.records[to] = r
	c.removed[from], c.moved[from] = true, to
	for g, s := range old.groups {
		e := c.edit(to.key(g))
		e.settled = true
		for i := range s.pages {
			p := s.open(i)
			if len(p.data) == 0 {
				e.failed = s.vault.failure(s.id)
			}
			for sl := range p.slices {
				e.fill(sl)
			}
		}
		e.inherit()
		c.inherited[s.key] = e.s.key
		if len(e.changed) > 0 {
			e.live(s.since)
		}
		e.settled = false
	}
	c.l.log.Info("objective continues the ledger of its earlier id", "slo", to.id, "formerly", from.id, "groups", len(old.groups))
}
