package budget

import (
	"slices"
	"sort"
)

// edit collects changes to one series until they are committed. The series
// itself stays as it is, so that a transaction that does not succeed leaves no
// trace.
type edit struct {
	s       *series
	since   int64
	settled bool              // since does not follow the slices
	end     int64             // of the last slice, with the changes
	open    map[int64][]Slice // unpacked days
	changed map[int64]bool
	days    []int64 // of s and open, sorted; nil until needed

	now     int64            // when the change is made
	before  map[int64][]byte // bodies of opened pages
	altered map[int64]bool   // days that changed otherwise than by new slices that came in time
	failed  error            // a page could not be opened

	inherited bool // its first since was known under another id
}

func newEdit(s *series, now int64) *edit {
	return &edit{
		s: s, since: s.since, end: s.end(), now: now, open: map[int64][]Slice{}, changed: map[int64]bool{},
		before: map[int64][]byte{}, altered: map[int64]bool{},
	}
}

// add takes a slice in by precedence and reports whether it did. A slice that
// overlaps one of the same or a higher source is refused whole. Slices of a
// lower source that it overlaps are dropped whole: nothing is counted twice
// and nothing is estimated; what they held outside the new slice becomes
// unmeasured, so a reader aligns its slices to those that are there. Between
// two sources the outcome does not depend on the order of arrival.
func (e *edit) add(sl Slice) bool { return e.insert(sl, sl.Source) }

// fill takes slices in where nothing is yet.
func (e *edit) fill(list ...Slice) {
	for _, sl := range list {
		e.insert(sl, 0)
	}
}

// insert takes a slice in unless it overlaps one whose source is at least keep.
func (e *edit) insert(sl Slice, keep Source) bool {
	if sl.End <= 0 || sl.End <= sl.Start || sl.Bad < 0 || sl.Bad > sl.Total {
		return false
	}
	if e.end == 0 || sl.Start >= e.end {
		e.put(sl)
		return true
	}
	over := e.overlapping(sl)
	for _, o := range over {
		if o.Source >= keep {
			return false
		}
	}
	for _, o := range over {
		e.drop(o)
	}
	e.put(sl)
	e.end = e.lastEnd()
	return true
}

func (e *edit) lastEnd() int64 {
	for _, day := range slices.Backward(e.days) {
		if list := e.day(day); len(list) > 0 {
			return list[len(list)-1].End
		}
	}
	return 0
}

// overlapping returns the slices that share time with sl.
func (e *edit) overlapping(sl Slice) []Slice {
	if e.days == nil {
		e.days = e.allDays()
	}
	var over []Slice
	from := sort.Search(len(e.days), func(i int) bool { return e.days[i] >= floorDiv(sl.Start, dayMillis) })
	for _, day := range e.days[from:] {
		list := e.day(day)
		for _, o := range list[after(list, sl.Start):] {
			if o.Start >= sl.End {
				return over
			}
			over = append(over, o)
		}
	}
	return over
}

func (e *edit) allDays() []int64 {
	days := make([]int64, 0, len(e.s.pages)+len(e.open))
	for _, p := range e.s.pages {
		days = append(days, p.day)
	}
	for day := range e.open {
		days = append(days, day)
	}
	slices.Sort(days)
	return slices.Compact(days)
}

// after returns the index of the first slice that ends after at.
func after(list []Slice, at int64) int {
	return sort.Search(len(list), func(i int) bool { return list[i].End > at })
}

// day unpacks a day.
func (e *edit) day(day int64) []Slice {
	list, found := e.open[day]
	if found {
		return list
	}
	i := sort.Search(len(e.s.pages), func(i int) bool { return e.s.pages[i].day >= day })
	if i < len(e.s.pages) && e.s.pages[i].day == day {
		p := e.s.open(i)
		if len(p.data) == 0 {
			e.failed = e.s.vault.failure(e.s.id)
		}
		e.before[day] = p.data
		list = slices.AppendSeq(make([]Slice, 0, 289), p.slices)
	}
	e.open[day] = list
	return list
}

func (e *edit) put(sl Slice) {
	day := dayOf(sl.End)
	list := e.day(day)
	i := after(list, sl.Start)
	e.altered[day] = e.altered[day] || i < len(list) || sl.End <= e.now-inTime
	e.open[day] = slices.Insert(list, i, sl)
	e.changed[day] = true
	if n, found := slices.BinarySearch(e.days, day); e.days != nil && !found {
		e.days = slices.Insert(e.days, n, day)
	}
	e.end = max(e.end, sl.End)
	if !e.settled {
		e.live(sl.Start)
	}
}

// live begins the life of the series at a time, unless it began before.
func (e *edit) live(since int64) {
	if e.since == 0 || since < e.since {
		e.since = since
	}
}

func (e *edit) drop(sl Slice) {
	day := dayOf(sl.End)
	list := e.day(day)
	i := after(list, sl.Start)
	e.open[day] = slices.Delete(list, i, i+1)
	e.changed[day], e.altered[day] = true, true
}

// pinned returns the bodies of the pages that the edit replaces.
func (e *edit) pinned() map[pageID][]byte {
	bodies := make(map[pageID][]byte, len(e.changed))
	for day := range e.changed {
		if data := e.before[day]; data != nil {
			bodies[e.s.page(day)] = data
		}
	}
	return bodies
}

// pack encodes the changed days.
func (e *edit) pack() (changed map[int64][]Slice, packed map[int64]page) {
	changed, packed = map[int64][]Slice{}, map[int64]page{}
	for day := range e.changed {
		list := e.open[day]
		changed[day] = list
		if len(list) > 0 {
			packed[day] = newPage(day, list)
		}
	}
	return changed, packed
}
