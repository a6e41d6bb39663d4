package api

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"sort"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"headroom/api/v1"
	"headroom/budget"
	"headroom/slo"
)

// snapshot is what the API says of all objectives at one moment, rendered once
// for all who ask. It does not change.
type snapshot struct {
	revision uint64
	built    time.Time
	cost     time.Duration // of making it
	tag      string        // of everything that is read from it, as an ETag
	slos     []v1.SLO
	sources  []budget.Status   // of slos, by the same index
	texts    []json.RawMessage // likewise: the JSON of each
	answers  answers
	gauges   func() (rendered, error)
}

// snapshots keeps the current one. Making it takes a while with thousands of
// objectives, so that one request does it while the others are served with the
// one before.
type snapshots struct {
	o        Options
	freezes  func(budget.Status) []v1.Freeze
	boot     string // makes tags of one process differ from another's
	making   sync.Mutex
	count    uint64 // guarded by making
	current  atomic.Pointer[snapshot]
	outdated atomic.Bool // something was changed through the API

	scraped   atomic.Pointer[time.Time] // when gauges were last asked for
	rendering sync.Mutex
	gauges    *renderer // guarded by rendering
}

func newSnapshots(o Options, freezes func(budget.Status) []v1.Freeze) *snapshots {
	var boot [6]byte
	_, _ = rand.Read(boot[:]) // never returns an error
	return &snapshots{o: o, freezes: freezes, boot: hex.EncodeToString(boot[:]), gauges: newRenderer()}
}

// pause is the shortest time between two snapshots that are made since the
// ledger has changed: while it reads history, it changes all the time.
const pause = time.Second

// get returns a snapshot that is not older than Options.SnapshotAge allows, and
// that has what was changed through the API before.
func (s *snapshots) get() (*snapshot, error) {
	last := s.current.Load()
	must := last == nil || s.outdated.Load()
	if !must {
		age := s.o.Now().Sub(last.built)
		must = s.o.SnapshotAge <= 0 || age < 0 || age > 2*s.o.SnapshotAge
		if !must && age <= s.o.SnapshotAge && (age < pause || last.revision == s.o.Revision()) {
			return last, nil
		}
	}
	switch {
	case must:
		s.making.Lock()
	case !s.making.TryLock():
		return last, nil // somebody makes it
	case last.cost > patience:
		go s.makeAside()
		return last, nil
	}
	defer s.making.Unlock()
	if now := s.current.Load(); now != last && s.o.SnapshotAge > 0 && !s.outdated.Load() {
		return now, nil // somebody has made it
	}
	return s.make()
}

// patience is how long making a snapshot may hold up the request that finds the
// last one outdated. What takes longer is made aside.
const patience = 50 * time.Millisecond

// scraping is how long after a scrape another is expected.
const scraping = 5 * time.Minute

// scrape returns the gauges of the current snapshot.
func (s *snapshots) scrape() (rendered, error) {
	now := s.o.Now()
	s.scraped.Store(&now)
	current, err := s.get()
	if err != nil {
		return rendered{}, err
	}
	return current.gauges()
}

// makeAside makes the next snapshot for who asks later, and its gauges where
// somebody scrapes them.
func (s *snapshots) makeAside() {
	defer s.making.Unlock()
	defer func() {
		if p := recover(); p != nil {
			s.o.Logger.Error("recover from panic", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
		}
	}()
	made, err := s.make()
	if err != nil {
		s.o.Logger.Error("make a snapshot of statuses", "error", err)
		return
	}
	if last := s.scraped.Load(); last != nil && s.o.Now().Sub(*last) < scraping {
		_, _ = made.gauges() // who asks for them gets the error, too
	}
}

// expire makes the next one who asks see what was changed.
func (s *snapshots) expire() { s.outdated.Store(true) }

func (s *snapshots) make() (made *snapshot, err error) {
	s.outdated.Store(false) // before anything is read: what changes from now on is seen next time
	defer func() {
		if made == nil { // an error, or a panic
			s.outdated.Store(true)
		}
	}()
	s.count++
	began := time.Now()
	next := &snapshot{
		revision: s.o.Revision(), built: s.o.Now(),
		tag:     `W/"` + s.boot + "-" + strconv.FormatUint(s.count, 36) + `"`,
		sources: s.o.Statuses(),
	}
	sort.SliceStable(next.sources, func(i, j int) bool {
		a, b := next.sources[i], next.sources[j]
		if c := a.Objective.ID.Compare(b.Objective.ID); c != 0 {
			return c < 0
		}
		return a.Group.String() < b.Group.String()
	})
	next.slos = make([]v1.SLO, len(next.sources))
	next.texts = make([]json.RawMessage, len(next.sources))
	for i, status := range next.sources {
		next.slos[i] = v1.NewSLO(status)
		next.slos[i].Freezes = s.freezes(status)
		next.slos[i].Datasource = s.o.Datasource(status.Objective)
		if next.texts[i], err = json.Marshal(next.slos[i]); err != nil {
			return nil, fmt.Errorf("write the status of %s: %w", status.Objective.ID, err)
		}
	}
	next.gauges = sync.OnceValues(func() (rendered, error) { return s.renderGauges(next) })
	next.cost = time.Since(began)
	s.current.Store(next)
	return next, nil
}

// renderGauges renders those of a snapshot.
func (s *snapshots) renderGauges(of *snapshot) (rendered, error) {
	s.rendering.Lock()
	defer s.rendering.Unlock()
	return s.gauges.render(s.o.gauged(of.sources, of.built))
}

// of returns the statuses of one objective and its declaration, nil when it is
// not declared.
func (s *snapshot) of(id slo.ID) (*slo.Objective, []v1.SLO) {
	from := sort.Search(len(s.slos), func(i int) bool { return s.slos[i].ID.Compare(id) >= 0 })
	to := from
	for to < len(s.slos) && s.slos[to].ID == id {
		to++
	}
	if from == to {
		return nil, nil
	}
	return s.sources[from].Objective, s.slos[from:to:to]
}
