package budget

import (
	"cmp"
	"slices"
	"sort"
	"time"

	"headroom/slo"
)

// Excluded is an interval (From, To] in Unix milliseconds that a balance leaves
// out, as if the time had never been: no event in it counts, and it is neither
// life nor measured. Of a slice that lies partly in it, the share of its time
// that lies outside counts, rounded once to the nearest hundredth.
type Excluded struct{ From, To int64 }

// Adjustment adds signed counts to the account of one group, spread evenly over
// (From, To]: what is counted has the share of them that its time has of the
// interval, without excluded time, rounded once to the nearest hundredth; or
// all with their moment where From = To. It measures nothing. A sum is never adjusted below 0, nor its bad events above its total.
type Adjustment struct {
	Group      slo.Group
	From, To   int64 // Unix milliseconds, From <= To
	Bad, Total Count // may be negative
}

// Corrections are what the accounts of one objective leave out and add.
type Corrections struct {
	Excluded    []Excluded // in any order, may overlap
	Adjustments []Adjustment
}

func (c Corrections) empty() bool { return len(c.Excluded)+len(c.Adjustments) == 0 }

// Normal returns corrections with excluded intervals sorted, disjoint and not
// touching, and sound adjustments sorted by time. Lists that are so already are
// not copied.
func (c Corrections) Normal() Corrections {
	return Corrections{Excluded: normalExcluded(c.Excluded), Adjustments: normalAdjustments(c.Adjustments)}
}

func normalExcluded(list []Excluded) []Excluded {
	is := true
	for i, x := range list {
		is = is && x.From < x.To && (i == 0 || list[i-1].To < x.From)
	}
	if is {
		return list
	}
	var n []Excluded
	for _, x := range slices.SortedFunc(slices.Values(list), func(a, b Excluded) int { return cmp.Compare(a.From, b.From) }) {
		last := len(n) - 1
		switch {
		case x.To <= x.From:
		case last >= 0 && x.From <= n[last].To:
			n[last].To = max(n[last].To, x.To)
		default:
			n = append(n, x)
		}
	}
	return slices.Clip(n)
}

func normalAdjustments(list []Adjustment) []Adjustment {
	byEnd := func(a, b Adjustment) int { return cmp.Compare(a.To, b.To) }
	unsound := func(a Adjustment) bool { return a.To < a.From }
	if slices.IsSortedFunc(list, byEnd) && !slices.ContainsFunc(list, unsound) {
		return list
	}
	n := slices.DeleteFunc(slices.Clone(list), unsound)
	slices.SortStableFunc(n, byEnd)
	return n
}

// lists compares and normalises lists that many objectives share, each once.
type lists struct {
	normal map[listID][]Excluded
	same   map[[2]listID]bool
}

type listID struct {
	first *Excluded
	n     int
}

func idOf(list []Excluded) listID {
	if len(list) == 0 {
		return listID{}
	}
	return listID{&list[0], len(list)}
}

func (l *lists) normalised(c Corrections) Corrections {
	id := idOf(c.Excluded)
	n, found := l.normal[id]
	if !found {
		n = normalExcluded(c.Excluded)
		l.normal[id] = n
	}
	return Corrections{Excluded: n, Adjustments: normalAdjustments(c.Adjustments)}
}

func (l *lists) equal(a, b Corrections) bool {
	pair := [2]listID{idOf(a.Excluded), idOf(b.Excluded)}
	same, found := l.same[pair]
	if !found {
		same = pair[0] == pair[1] || slices.Equal(a.Excluded, b.Excluded)
		l.same[pair] = same
	}
	return same && slices.Equal(a.Adjustments, b.Adjustments)
}

// excludedIn returns how much of (from, to] is excluded, in milliseconds.
func excludedIn(list []Excluded, from, to int64) int64 {
	sum := int64(0)
	for _, x := range list[sort.Search(len(list), func(i int) bool { return list[i].To > from }):] {
		if x.From >= to {
			break
		}
		sum += min(x.To, to) - max(x.From, from)
	}
	return sum
}

// SetCorrections replaces the corrections of every objective; one that the map
// does not name has none. They are not stored here: whoever keeps them gives
// them again after a restart, and before the time they were expanded for is
// over. All balances, burn rates, coverages and sums follow at once, back to
// the earliest slice.
func (l *Ledger) SetCorrections(corrections map[slo.ID]Corrections) {
	next := make(map[slo.ID]Corrections, len(corrections))
	lists := lists{normal: map[listID][]Excluded{}, same: map[[2]listID]bool{}}
	for id, c := range corrections {
		if c = lists.normalised(c); !c.empty() {
			next[id] = c
		}
	}
	l.writing.Lock()
	defer l.writing.Unlock()
	changed := len(next) != len(l.corrections)
	for id, c := range next {
		if before := l.corrections[id]; lists.equal(c, before) {
			next[id] = before // the list that series hold
		} else {
			changed = true
		}
	}
	if !changed {
		return
	}
	anew := map[*series]corrected{}
	for id, t := range l.tracks {
		if lists.equal(next[id.id], l.corrections[id.id]) {
			continue
		}
		for _, s := range t.groups {
			copied := *s
			copied.correct(next[id.id])
			anew[s] = copied.corrected
		}
	}
	l.reading.Lock()
	defer l.reading.Unlock()
	for s, c := range anew {
		s.corrected = c
	}
	l.corrections = next
	l.revision.advance()
}

// SetCorrectionsKnown sets where StatusesKnown and Trace learn what corrections
// of objectives were in force at a past time, of all without ids; without it,
// those of today count. It is called while the ledger is held.
func (l *Ledger) SetCorrectionsKnown(known func(at time.Time, ids ...slo.ID) map[slo.ID]Corrections) {
	l.reading.Lock()
	defer l.reading.Unlock()
	l.correctionsKnown = known
}

// StatusesWith returns what Statuses would say if the corrections of the given
// objectives were these: the effect of a correction before it is accepted. Only
// the objectives that the map names are returned, sorted by id and group.
func (l *Ledger) StatusesWith(now time.Time, corrections map[slo.ID]Corrections) []Status {
	l.reading.RLock()
	defer l.reading.RUnlock()
	var list []Status
	for _, d := range l.declared {
		c, found := corrections[d.o.ID]
		if !found {
			continue
		}
		list = d.appendNow(list, l.tracks[d.track].with(c.Normal()), now)
	}
	return list
}

// Earliest returns the begin of the earliest slice ever, of all series; the zero
// time without slices.
func (l *Ledger) Earliest() time.Time {
	l.reading.RLock()
	defer l.reading.RUnlock()
	earliest := int64(0)
	for _, t := range l.tracks {
		for _, s := range t.groups {
			if s.since > 0 && (earliest == 0 || s.since < earliest) {
				earliest = s.since
			}
		}
	}
	if earliest == 0 {
		return time.Time{}
	}
	return instant(earliest)
}

// with returns a track as it would be under other corrections.
func (t *track) with(c Corrections) *track {
	other := *t
	other.groups = make(map[slo.Group]*series, len(t.groups))
	for g, s := range t.groups {
		copied := *s
		copied.correct(c)
		other.groups[g] = &copied
	}
	return &other
}
