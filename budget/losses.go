package budget

import (
	"math"
	"slices"
	"sort"
)

// corrected is what corrections make of a series: the excluded intervals, the
// adjustments of its group, and what the slices lose by the exclusions, page by
// page with running sums, so that a corrected sum costs as much as a raw one.
type corrected struct {
	excluded    []Excluded // sorted, disjoint
	adjustments []Adjustment
	losses      []loss // sorted by day; only pages that lose something
	incomplete  bool   // a body could not be had: the losses are to be computed again
}

// loss is what the slices of one page lose.
type loss struct {
	day         int64
	end         int64 // of the page
	own, before sums  // of this page, and of all pages before it
}

// correct gives the series other corrections, which are normal.
func (s *series) correct(c Corrections) {
	before := s.corrected
	s.corrected = corrected{excluded: c.Excluded}
	if !before.incomplete {
		differs := firstDifference(before.excluded, c.Excluded)
		s.losses = before.losses[:sort.Search(len(before.losses), func(i int) bool { return before.losses[i].end > differs })]
	}
	for _, a := range c.Adjustments {
		if a.Group == s.key.Group {
			s.adjustments = append(s.adjustments, a)
		}
	}
	s.lose(nil)
}

// firstDifference returns up to when two lists exclude the same.
func firstDifference(a, b []Excluded) int64 {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	at := int64(math.MaxInt64)
	if n < len(a) {
		at = a[n].From
	}
	if n < len(b) {
		at = min(at, b[n].From)
	}
	return at
}

// lose brings the losses up to date after the pages of some days changed.
func (s *series) lose(changed map[int64][]Slice) {
	if len(s.excluded) == 0 {
		s.losses, s.incomplete = nil, false
		return
	}
	known := s.losses
	if s.incomplete {
		known = nil
	}
	s.losses, s.incomplete = nil, false
	first := sort.Search(len(s.pages), func(i int) bool { return s.pages[i].end > s.excluded[0].From })
	for i := first; i < len(s.pages); i++ {
		l := loss{day: s.pages[i].day, end: s.pages[i].end}
		for len(known) > 0 && known[0].day < l.day {
			known = known[1:]
		}
		if _, anew := changed[l.day]; !anew && len(known) > 0 && known[0].day == l.day {
			l.own = known[0].own
		} else {
			l.own = s.lost(i)
		}
		if l.own == (sums{}) {
			continue
		}
		if n := len(s.losses); n > 0 {
			l.before = s.losses[n-1].before.plus(s.losses[n-1].own)
		}
		s.losses = append(s.losses, l)
	}
}

// lost adds up what the slices of the i-th page lose.
func (s *series) lost(i int) sums {
	p := s.pages[i]
	switch excludedIn(s.excluded, p.start, p.end) {
	case 0:
		return sums{}
	case p.end - p.start:
		return p.own
	}
	p = s.open(i)
	s.incomplete = s.incomplete || len(p.data) == 0
	var sum sums
	for sl := range p.slices {
		sum = sum.plus(sumOf(sl).minus(kept(sl, sl.Start, s.excluded)))
	}
	return sum
}

// kept returns the part of a slice that lies after from and is not excluded,
// its counts pro-rated by time and rounded to the nearest hundredth.
func kept(s Slice, from int64, excluded []Excluded) sums {
	from = max(from, s.Start)
	whole := s.End - s.Start
	part := s.End - from - excludedIn(excluded, from, s.End)
	if part == whole {
		return sumOf(s)
	}
	return sums{scale(s.Bad, part, whole), scale(s.Total, part, whole), part}
}

// lostBy adds up what the slices that end by at lose.
func (s *series) lostBy(at int64) sums {
	i := sort.Search(len(s.losses), func(i int) bool { return s.losses[i].end > at })
	total := sums{}
	if i > 0 {
		total = s.losses[i-1].before.plus(s.losses[i-1].own)
	}
	if i == len(s.losses) {
		return total
	}
	n := s.pageAfter(at)
	if n == len(s.pages) || s.pages[n].day != s.losses[i].day || s.pages[n].start >= at {
		return total
	}
	for sl := range s.open(n).slices {
		if sl.End > at {
			break
		}
		total = total.plus(sumOf(sl).minus(kept(sl, sl.Start, s.excluded)))
	}
	return total
}

// account adds up the slices that end in (from, to] as corrected.
func (s *series) account(from, to int64) sums {
	total, cut := s.cutSum(from, to)
	return s.amend(total, cut, from, to)
}

// amend corrects what cutSum says of (from, to].
func (s *series) amend(total sums, cut Slice, from, to int64) sums {
	isCut := cut.End > cut.Start
	first := from
	if isCut {
		first = cut.Start
	}
	if excludedIn(s.excluded, first, to) > 0 {
		total = total.minus(s.lostBy(to).minus(s.lostBy(from)))
		if isCut {
			lost := sumOf(cut).minus(kept(cut, cut.Start, s.excluded))
			total = total.plus(lost).minus(share(cut, from)).plus(kept(cut, from, s.excluded))
		}
	}
	if len(s.adjustments) > 0 {
		total = s.adjust(total, from, to)
	}
	return total
}

// adjust adds what (from, to] holds of the adjustments.
func (s *series) adjust(total sums, from, to int64) sums {
	first := sort.Search(len(s.adjustments), func(i int) bool { return s.adjustments[i].To > from })
	for _, a := range s.adjustments[first:] {
		part, whole := a.counted(from, to, s.excluded)
		total.bad += spread(a.Bad, part, whole)
		total.total += spread(a.Total, part, whole)
	}
	total.total = max(total.total, 0)
	total.bad = min(max(total.bad, 0), total.total)
	return total
}

// interval is the time (from, to] over which an adjustment counts. A moment
// counts as the millisecond that it ends.
func (a Adjustment) interval() (from, to int64) { return min(a.From, a.To-1), a.To }

// counted returns how much of an adjustment's time lies in (from, to] and is
// not excluded, and how long all of it is.
func (a Adjustment) counted(from, to int64, excluded []Excluded) (part, whole int64) {
	begin, end := a.interval()
	whole = end - begin
	begin, end = max(begin, from), min(end, to)
	if begin >= end {
		return 0, whole
	}
	return end - begin - excludedIn(excluded, begin, end), whole
}

// spread returns c·part/whole, rounded half away from zero.
func spread(c Count, part, whole int64) Count {
	if c < 0 {
		return -scale(-c, part, whole)
	}
	return scale(c, part, whole)
}

// touched reports whether corrections change anything in (from, to].
func (s *series) touched(from, to int64) bool {
	if s == nil {
		return false
	}
	if excludedIn(s.excluded, from, to) > 0 {
		return true
	}
	first := sort.Search(len(s.adjustments), func(i int) bool { return s.adjustments[i].To > from })
	return slices.ContainsFunc(s.adjustments[first:], func(a Adjustment) bool {
		begin, _ := a.interval()
		return begin < to
	})
}

// lived returns how much of (from, to] is life of the series: after since, and
// not excluded.
func (s *series) lived(from, to int64) int64 {
	from = max(from, s.since)
	if from >= to {
		return 0
	}
	return to - from - excludedIn(s.excluded, from, to)
}
