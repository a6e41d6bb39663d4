package budget

import (
	"context"
	"fmt"
	"slices"
	"time"

	"headroom/slo"
)

// change is one transaction: it is written to the store first and applied to
// the ledger when the store has acknowledged it.
type change struct {
	l       *Ledger
	edits   map[Key]*edit
	records map[trackID]TrackRecord // new or changed
	removed map[trackID]bool
	moved   map[trackID]trackID // where the removed ones went
	mended  []damage

	now       int64       // when it is made
	reason    string      // why, for revisions
	forget    int64       // revisions made by this time go
	inherited map[Key]Key // of removed series: under which key they go on
}

// begin begins a change. The caller holds l.writing.
func (l *Ledger) begin(reason string) *change {
	l.dropCorrupt()
	return &change{
		now: l.clock().UnixMilli(), reason: reason, inherited: map[Key]Key{},
		l: l, edits: map[Key]*edit{}, records: map[trackID]TrackRecord{},
		removed: map[trackID]bool{}, moved: map[trackID]trackID{},
	}
}

// edit returns the edit of a key, whose series may not exist yet.
func (c *change) edit(k Key) *edit {
	if e := c.edits[k]; e != nil {
		return e
	}
	s := c.l.series(k)
	if s == nil {
		s = c.l.newSeries(k)
	}
	c.edits[k] = newEdit(s, c.now)
	return c.edits[k]
}

// record returns the record of a track as it will be.
func (c *change) record(id trackID) (TrackRecord, bool) {
	if r, found := c.records[id]; found {
		return r, true
	}
	if t := c.l.tracks[id]; t != nil {
		return t.record, true
	}
	return TrackRecord{}, false
}

// packedEdit is an edit in its encoded form.
type packedEdit struct {
	changed map[int64][]Slice
	pages   map[int64]page
}

// commit writes the change and applies it. The caller holds l.writing. extra,
// which may be nil, runs in the same critical section as the application.
func (c *change) commit(ctx context.Context, extra func()) error {
	packed := map[Key]packedEdit{}
	var batch Batch
	for k, e := range c.edits {
		if e.failed != nil {
			return fmt.Errorf("change the slices of %s: %w", k.SLO, e.failed)
		}
		if len(e.changed) == 0 {
			continue
		}
		var p packedEdit
		p.changed, p.pages = e.pack()
		packed[k] = p
		c.addPages(&batch, k, e, p)
		c.addRevisions(&batch, k, e, p)
		if c.l.vault != nil {
			c.l.vault.pin(e.pinned())
		}
	}
	if c.l.vault != nil {
		defer c.l.vault.unpin()
	}
	if c.l.revises {
		batch.Forget = c.forget
	}
	for from, to := range c.inherited {
		batch.Inherited = append(batch.Inherited, Inheritance{from, to})
	}
	for id := range c.removed {
		batch.RemoveTracks = append(batch.RemoveTracks, id.key(slo.Group{}))
		for _, s := range c.l.tracks[id].groups {
			batch.RemoveSeries = append(batch.RemoveSeries, s.key)
		}
	}
	for _, r := range c.records {
		batch.Tracks = append(batch.Tracks, r)
	}
	for _, d := range c.mended {
		if p, found := packed[d.key]; !found || p.changed[d.day] == nil {
			batch.Pages = append(batch.Pages, PageRecord{Key: d.key, Day: d.day})
		}
	}
	if c.l.store != nil && !batch.Empty() {
		err := c.l.store.Commit(ctx, batch)
		c.l.health.note(ctx, err)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrNotKept, err)
		}
	}
	c.apply(packed, extra)
	return nil
}

func (c *change) addPages(batch *Batch, k Key, e *edit, p packedEdit) {
	if e.since != e.s.since {
		batch.Series = append(batch.Series, SeriesRecord{Key: k, Since: e.since})
	}
	for day := range p.changed {
		batch.Pages = append(batch.Pages, PageRecord{Key: k, Day: day, Data: p.pages[day].data})
	}
}

func (c *change) apply(packed map[Key]packedEdit, extra func()) {
	l := c.l
	l.reading.Lock()
	defer l.reading.Unlock()
	defer l.revision.advance()
	for id := range c.removed {
		delete(l.tracks, id)
	}
	for id, r := range c.records {
		if l.tracks[id] == nil {
			l.tracks[id] = &track{id: id, groups: map[slo.Group]*series{}}
		}
		l.tracks[id].record = r
	}
	for k, p := range packed {
		e := c.edits[k]
		e.s.since = e.since
		e.s.replace(p.changed, p.pages)
		if t := l.tracks[trackOf(k)]; t != nil && t.groups[k.Group] != e.s {
			t.groups[k.Group] = e.s
			e.s.correct(l.corrections[k.SLO])
		}
		l.damaged = slices.DeleteFunc(l.damaged, func(d damage) bool { return d.key == k && p.changed[d.day] != nil })
	}
	l.damaged = slices.DeleteFunc(l.damaged, func(d damage) bool { return slices.Contains(c.mended, d) })
	for i, d := range l.damaged {
		if to, found := c.moved[trackOf(d.key)]; found {
			l.damaged[i].key = to.key(d.key.Group)
		}
	}
	if extra != nil {
		extra()
	}
}

// Add takes slices of one series in by precedence and returns how many it
// took. A slice that overlaps one of the same or a higher source is refused
// whole, so that adding the same slices twice changes nothing; slices of a
// lower source that it overlaps are dropped whole. A slice whose bad count
// exceeds its total or that has no length is refused. When the store does not
// accept the change the ledger stays as it was.
func (l *Ledger) Add(ctx context.Context, k Key, at time.Time, list ...Slice) (int, error) {
	l.writing.Lock()
	defer l.writing.Unlock()
	c := l.begin("added")
	if _, found := c.record(trackOf(k)); !found {
		c.records[trackOf(k)] = TrackRecord{Key: trackOf(k).key(slo.Group{}), FirstSeen: at.UnixMilli()}
	}
	taken := 0
	for _, sl := range list {
		if c.edit(k).add(sl) {
			taken++
		}
	}
	if taken == 0 {
		return 0, nil
	}
	return taken, c.commit(ctx, nil)
}
