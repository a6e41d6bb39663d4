package budget

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"headroom/slo"
)

// LedgerOptions are what a ledger needs.
type LedgerOptions struct {
	Store  Store        // nil keeps the ledger in memory alone
	Logger *slog.Logger // nil discards
	// Clock tells when changes are made; nil is time.Now.
	Clock func() time.Time
	// CacheBytes is how much of the slices of a PageStore stays in memory; 0
	// means DefaultCacheBytes. What is not there is read when it is needed.
	CacheBytes int
}

// Ledger holds the slices of every objective and computes balances from them.
// It is safe for concurrent use: readers are never held up by the store.
type Ledger struct {
	store   Store
	log     *slog.Logger
	clock   func() time.Time
	vault   *vault // nil without a PageStore
	revises bool   // the store keeps revisions
	last    uint32 // id given to a series
	health  health

	writing sync.Mutex   // held by whoever changes the ledger, over commit and apply
	reading sync.RWMutex // guards what follows; taken for writing only to apply

	declared []*declared // sorted by id
	tracks   map[trackID]*track
	damaged  []damage
	revision revision

	corrections      map[slo.ID]Corrections // normal, none empty
	correctionsKnown func(at time.Time, ids ...slo.ID) map[slo.ID]Corrections
}

// declared is an objective as SetObjectives was last given it.
type declared struct {
	o      *slo.Objective
	track  trackID
	hash   string // SpecHash
	loaded int64  // when this spec was first given, Unix milliseconds
	budget fraction
}

// trackID names one indicator of one objective, over all its groups.
type trackID struct {
	id  slo.ID
	sli string
}

func (t trackID) key(g slo.Group) Key { return Key{SLO: t.id, SLI: t.sli, Group: g} }

func trackOf(k Key) trackID { return trackID{k.SLO, k.SLI} }

// track is one indicator of one objective.
type track struct {
	id       trackID
	record   TrackRecord
	groups   map[slo.Group]*series
	presence presence
}

// damage is a page that was found corrupt and waits to be read again from the
// source.
type damage struct {
	key Key
	day int64
}

// OpenLedger loads a ledger from its store. A corrupt page is logged and left
// out; a Reader reads its time again from the source.
func OpenLedger(ctx context.Context, o LedgerOptions) (*Ledger, error) {
	l := &Ledger{store: o.Store, log: o.Logger, clock: o.Clock, tracks: map[trackID]*track{}}
	if l.clock == nil {
		l.clock = time.Now
	}
	if l.log == nil {
		l.log = slog.New(slog.DiscardHandler)
	}
	if l.store == nil {
		return l, nil
	}
	_, l.revises = l.store.(RevisionStore)
	if err := l.load(ctx, o.CacheBytes); err != nil {
		return nil, fmt.Errorf("load ledger: %w", err)
	}
	return l, nil
}

func (l *Ledger) load(ctx context.Context, cache int) error {
	store, ok := l.store.(PageStore)
	if !ok {
		content, err := l.store.Load(ctx)
		if err == nil {
			l.fill(content)
		}
		return err
	}
	l.vault = newVault(store, cache)
	content, err := store.LoadRecords(ctx)
	if err != nil {
		return err
	}
	l.fill(content)
	var filled *series
	err = store.EachPage(ctx, func(r PageRecord) error {
		if filled == nil || filled.key != r.Key {
			filled.trim()
			filled = l.series(r.Key)
		}
		if filled != nil {
			l.fillPage(filled, r)
		}
		return nil
	})
	filled.trim()
	return err
}

// trim gives back the room that the growing list of pages took, but for the
// next days.
func (s *series) trim() {
	if s != nil && cap(s.pages) > len(s.pages)+8 {
		s.pages = append(make([]page, 0, len(s.pages)+8), s.pages...)
	}
}

// newSeries returns an empty series of a key.
func (l *Ledger) newSeries(k Key) *series {
	l.last++
	return &series{key: k, id: l.last, vault: l.vault}
}

func (l *Ledger) fill(content Content) {
	for _, r := range content.Tracks {
		l.tracks[trackOf(r.Key)] = &track{id: trackOf(r.Key), record: r, groups: map[slo.Group]*series{}}
	}
	for _, r := range content.Series {
		if t := l.tracks[trackOf(r.Key)]; t != nil {
			s := l.newSeries(r.Key)
			s.since = r.Since
			t.groups[r.Key.Group] = s
		}
	}
	slices.SortFunc(content.Pages, func(a, b PageRecord) int { return int(a.Day - b.Day) })
	for _, r := range content.Pages {
		if s := l.series(r.Key); s != nil {
			l.fillPage(s, r)
		}
	}
}

func (l *Ledger) fillPage(s *series, r PageRecord) {
	p, err := loadPage(r.Day, r.Data)
	if err == nil && p.start < s.end() {
		err = fmt.Errorf("%w: it overlaps the page before it", ErrCorruptPage)
	}
	if err == nil {
		if n := len(s.pages); n > 0 {
			p.before = s.pages[n-1].before.plus(s.pages[n-1].own)
		}
		if n := len(s.pages); p.isCoarse() && (n == 0 || s.coarse == s.pages[n-1].day) {
			s.coarse = p.day
		}
		if s.vault != nil {
			p.data = nil
		}
		s.pages = append(s.pages, p)
		return
	}
	l.spoiled(r.Key, r.Day, err)
}

// spoiled notes that a page is corrupt.
func (l *Ledger) spoiled(k Key, day int64, err error) {
	l.damaged = append(l.damaged, damage{k, day})
	l.health.corrupt.Add(1)
	l.log.Error("dropped a corrupt page of the ledger; its time is read again from the source",
		"slo", k.SLO, "group", k.Group, "day", instant(day*dayMillis).Format(time.DateOnly), "err", err)
}

// series returns the series of a key, or nil.
func (l *Ledger) series(k Key) *series {
	if t := l.tracks[trackOf(k)]; t != nil {
		return t.groups[k.Group]
	}
	return nil
}

// Damaged returns how many pages were found corrupt and are not yet read again.
func (l *Ledger) Damaged() int {
	l.reading.RLock()
	defer l.reading.RUnlock()
	return len(l.damaged)
}

// Objectives returns the objectives that SetObjectives was last given, sorted
// by id.
func (l *Ledger) Objectives() []*slo.Objective {
	l.reading.RLock()
	defer l.reading.RUnlock()
	list := make([]*slo.Objective, len(l.declared))
	for i, d := range l.declared {
		list[i] = d.o
	}
	return list
}

// Slices returns the slices of a series that end in (from, to].
func (l *Ledger) Slices(k Key, from, to time.Time) []Slice {
	l.reading.RLock()
	defer l.reading.RUnlock()
	if s := l.series(k); s != nil {
		return s.between(from.UnixMilli(), to.UnixMilli())
	}
	return nil
}

// Groups returns the groups of an objective's current indicator that the
// ledger has slices of, sorted.
func (l *Ledger) Groups(id slo.ID) []slo.Group {
	l.reading.RLock()
	defer l.reading.RUnlock()
	d := l.find(id)
	if d == nil {
		return nil
	}
	return sortedGroups(l.tracks[d.track])
}

func (l *Ledger) find(id slo.ID) *declared {
	i, found := slices.BinarySearchFunc(l.declared, id, func(d *declared, id slo.ID) int { return d.o.ID.Compare(id) })
	if !found {
		return nil
	}
	return l.declared[i]
}
