package budget

import (
	"context"
	"errors"
	"fmt"
	"time"

	"headroom/slo"
)

// inTime is how long after its end a slice may come without the ledger keeping
// note that it was not known before, in milliseconds.
const inTime = int64(time.Hour / time.Millisecond)

// RevisionStep is how exactly the ledger tells what was known when: of several
// changes to a page within one such step of UTC time the state before the first
// is kept.
const RevisionStep = time.Hour

// ErrNoRevisions says that a ledger's store does not keep what was known
// earlier.
var ErrNoRevisions = errors.New("the ledger's store keeps no revisions")

// Revision is what a page, or the begin of a series' life, was before a change.
type Revision struct {
	Key    Key
	Day    int64  // as in PageRecord; NoDay when Since is what changed
	At     int64  // when the change was made, Unix milliseconds
	Before []byte // of the page; empty when there was none
	Since  int64  // of the series; 0 when it had none
	Reason string
}

// NoDay is the day of a revision of a series' since.
const NoDay = -1

// RevisionStore is a Store that keeps the revisions of each Batch, unless it
// has one already of the same series and day in the same RevisionStep
// (k·step, (k+1)·step].
type RevisionStore interface {
	Store
	// EachRevision calls f with the earliest revision after a time of every day
	// of the given series, in any order.
	EachRevision(ctx context.Context, keys []Key, after int64, f func(Revision) error) error
}

// addRevisions puts into the batch what the edit changes of what was known.
func (c *change) addRevisions(batch *Batch, k Key, e *edit, p packedEdit) {
	if !c.l.revises {
		return
	}
	for day := range p.changed {
		if e.altered[day] && !c.l.isDamaged(k, day) {
			batch.Revisions = append(batch.Revisions, Revision{Key: k, Day: day, At: c.now, Before: e.before[day], Reason: c.reason})
		}
	}
	if e.since != e.s.since && !e.inherited {
		batch.Revisions = append(batch.Revisions, Revision{Key: k, Day: NoDay, At: c.now, Since: e.s.since, Reason: c.reason})
	}
}

// inherit says that what the edit has taken in so far was known all along,
// under another id.
func (e *edit) inherit() {
	for day := range e.changed {
		if e.before[day] == nil {
			delete(e.altered, day)
		}
	}
	e.inherited = e.s.since == 0
}

// isDamaged reports whether a page waits to be read again: what it held is not
// known any more.
func (l *Ledger) isDamaged(k Key, day int64) bool {
	for _, d := range l.damaged {
		if d.key == k && d.day == day {
			return true
		}
	}
	return false
}

// StatusesKnown returns what StatusesAt would have said of a time at an earlier
// time: from the slices that the ledger had at known of the indicator
// that counted then, and by the corrections that were in force then, but by
// today's target, window and resolution. Which of the changes
// within one RevisionStep of UTC time were known is not kept: at a whole hour
// it is exact, in between a change of the rest of the hour may show already.
// Slices that came within an hour of their end count as known at once. A time
// after known is cut to it. Without ids it tells of all objectives.
func (l *Ledger) StatusesKnown(ctx context.Context, at, known time.Time, ids ...slo.ID) ([]Status, error) {
	store, ok := l.store.(RevisionStore)
	if !ok {
		return nil, fmt.Errorf("tell what was known at %s: %w", known, ErrNoRevisions)
	}
	if at.After(known) {
		at = known
	}
	wanted := map[slo.ID]bool{}
	for _, id := range ids {
		wanted[id] = true
	}
	l.reading.RLock()
	defer l.reading.RUnlock()
	corrections := l.corrections
	if l.correctionsKnown != nil {
		corrections = l.correctionsKnown(known, ids...)
	}
	var keys []Key
	chosen := make([]*declared, 0, len(l.declared))
	for _, d := range l.declared {
		if len(ids) > 0 && !wanted[d.o.ID] {
			continue
		}
		chosen = append(chosen, d)
	}
	counted := l.countedAt(chosen, known.UnixMilli())
	for _, t := range counted {
		for _, s := range t.groups {
			keys = append(keys, s.key)
		}
	}
	past := map[Key][]Revision{}
	err := store.EachRevision(ctx, keys, known.UnixMilli(), func(r Revision) error {
		past[r.Key] = append(past[r.Key], r)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read what was known at %s: %w", known, err)
	}
	list := make([]Status, 0, len(chosen))
	for i, d := range chosen {
		t, err := counted[i].known(past, corrections[d.o.ID].Normal())
		if err != nil {
			return nil, fmt.Errorf("read what was known of %s at %s: %w", d.o.ID, known, err)
		}
		list = d.appendPast(list, t, at)
	}
	return list, nil
}

// known returns a track as it was before revisions.
func (t *track) known(past map[Key][]Revision, c Corrections) (*track, error) {
	other := *t
	other.groups = make(map[slo.Group]*series, len(t.groups))
	for g, s := range t.groups {
		copied, err := s.known(past[s.key])
		if err != nil {
			return nil, err
		}
		copied.correct(c)
		other.groups[g] = copied
	}
	return &other, nil
}

// known returns a series as it was before revisions, one of a day at most.
func (s *series) known(past []Revision) (*series, error) {
	copied := *s
	copied.corrected = corrected{}
	earlier := map[int64]page{}
	for _, r := range past {
		if r.Day == NoDay {
			copied.since = r.Since
			continue
		}
		earlier[r.Day] = page{}
		if len(r.Before) == 0 {
			continue
		}
		p, err := loadPage(r.Day, r.Before)
		if err != nil {
			return nil, err
		}
		earlier[r.Day] = p
	}
	copied.pages = nil
	for _, p := range s.pages {
		then, changed := earlier[p.day]
		switch {
		case !changed:
			copied.pages = append(copied.pages, p)
		case then.data != nil:
			copied.pages = append(copied.pages, then)
		}
		delete(earlier, p.day)
	}
	for _, p := range earlier {
		if p.data != nil {
			copied.pages = append(copied.pages, p)
		}
	}
	copied.sortPages()
	return &copied, nil
}
