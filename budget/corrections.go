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

// normal returns corrections with excluded intervals sorted, disjoint and not
// touching, and sound adjustments sorted by time.
func (c Corrections) normal() Corrections {
	n := Corrections{Adjustments: slices.Clone(c.Adjustments)}
	list := slices.SortedFunc(slices.Values(c.Excluded), func(a, b Excluded) int { return cmp.Compare(a.From, b.From) })
	for _, x := range list {
		last := len(n.Excluded) - 1
		switch {
		case x.To <= x.From:
		case last >= 0 && x.From <= n.Excluded[last].To:
			n.Excluded[last].To = max(n.Excluded[last].To, x.To)
		default:
			n.Excluded = append(n.Excluded, x)
		}
	}
	n.Adjustments = slices.DeleteFunc(n.Adjustments, func(a Adjustment) bool { return a.To < a.From })
	slices.SortStableFunc(n.Adjustments, func(a, b Adjustment) int { return cmp.Compare(a.To, b.To) })
	return n
}

func (c Corrections) equal(o Corrections) bool {
	return slices.Equal(c.Excluded, o.Excluded) && slices.Equal(c.Adjustments, o.Adjustments)
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
	for id, c := range corrections {
		if c = c.normal(); !c.empty() {
			next[id] = c
		}
	}
	l.writing.Lock()
	defer l.writing.Unlock()
	anew := map[*series]corrected{}
	for id, t := range l.tracks {
		if next[id.id].equal(l.corrections[id.id]) {
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

// SetCorrectionsKnown sets where StatusesKnown learns what corrections were in
// force at a past time; without it, those of today count.
func (l *Ledger) SetCorrectionsKnown(known func(at time.Time) map[slo.ID]Corrections) {
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
		list = d.appendNow(list, l.tracks[d.track].with(c.normal()), now)
	}
	return list
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
