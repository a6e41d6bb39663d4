package budget

import (
	"cmp"
	"math/bits"
	"slices"
	"sort"
	"time"
)

// sums are what slices add up to.
type sums struct {
	bad, total Count
	measured   int64 // milliseconds
}

func (a sums) plus(b sums) sums {
	return sums{a.bad + b.bad, a.total + b.total, a.measured + b.measured}
}

func (a sums) minus(b sums) sums {
	return sums{a.bad - b.bad, a.total - b.total, a.measured - b.measured}
}

func sumOf(s Slice) sums { return sums{s.Bad, s.Total, s.End - s.Start} }

// share returns the part of a slice that lies after the time at, its counts
// pro-rated by time and rounded to the nearest hundredth.
func share(s Slice, at int64) sums {
	if at <= s.Start {
		return sumOf(s)
	}
	part, whole := s.End-at, s.End-s.Start
	return sums{scale(s.Bad, part, whole), scale(s.Total, part, whole), part}
}

// scale returns c·part/whole, rounded half up, for 0 <= part <= whole.
func scale(c Count, part, whole int64) Count {
	hi, lo := bits.Mul64(uint64(c), uint64(part))
	lo, carry := bits.Add64(lo, uint64(whole)/2, 0)
	q, _ := bits.Div64(hi+carry, lo, uint64(whole))
	return Count(q)
}

// series is the slices of one key: disjoint, sorted, in pages by day.
type series struct {
	key   Key
	id    uint32 // of the series in its ledger
	since int64
	pages []page // sorted, none empty
	vault *vault // nil when pages have their bodies

	coarse int64 // days up to here have no more slices than hours, or were looked at
	corrected
}

// open returns a page with its body. When that cannot be had the page has no
// slices, and the vault knows why.
func (s *series) open(i int) page {
	p := s.pages[i]
	if p.data == nil && s.vault != nil {
		p.data = s.vault.get(s.page(p.day), s.key, p)
	}
	return p
}

func (s *series) page(day int64) pageID { return pageID{s.id, int32(day)} }

// end returns the end of the last slice, 0 without slices.
func (s *series) end() int64 {
	if len(s.pages) == 0 {
		return 0
	}
	return s.pages[len(s.pages)-1].end
}

// endBy returns the end of the last slice that ends by at, 0 without one.
func (s *series) endBy(at int64) int64 {
	if end := s.end(); end <= at {
		return end
	}
	last := int64(0)
	i := s.pageAfter(at)
	if i > 0 {
		last = s.pages[i-1].end
	}
	for sl := range s.open(i).slices {
		if sl.End > at {
			break
		}
		last = sl.End
	}
	return last
}

// reach is endBy as a time, zero without a slice. A nil series has none.
func (s *series) reach(at int64) time.Time {
	if s == nil || s.endBy(at) == 0 {
		return time.Time{}
	}
	return instant(s.endBy(at))
}

// pageAfter returns the index of the first page with a slice that ends after at.
func (s *series) pageAfter(at int64) int {
	return sort.Search(len(s.pages), func(i int) bool { return s.pages[i].end > at })
}

// sum adds up the slices that end in (from, to]. Of a slice that begins before
// from, the part after from counts, pro-rated by time: the error is at most
// what that one slice holds.
func (s *series) sum(from, to int64) sums {
	total, _ := s.cutSum(from, to)
	return total
}

// cutSum is sum, with the slice that it has a part of; none has length 0.
func (s *series) cutSum(from, to int64) (sums, Slice) {
	lower, cut := s.upTo(from)
	upper, _ := s.upTo(to)
	total := upper.minus(lower)
	if cut.End > from && cut.End <= to && cut.Start < from {
		return total.minus(sumOf(cut)).plus(share(cut, from)), cut
	}
	return total, Slice{}
}

// accounted returns account, and how much of the life of the series in (from,
// to] was measured, as corrected.
func (s *series) accounted(from, to int64) (sum sums, measured int64) {
	sum = s.account(from, to)
	return sum, s.measuredOf(sum, from, to)
}

// measuredOf is how much of the life of the series in (from, to] was measured,
// where the account of all of it is known.
func (s *series) measuredOf(account sums, from, to int64) int64 {
	if s.since > from {
		return s.account(s.since, to).measured
	}
	return account.measured
}

// measured returns how much of the life of the series in (from, to] was
// measured, as corrected.
func (s *series) measured(from, to int64) int64 {
	_, measured := s.accounted(from, to)
	return measured
}

// upTo adds up the slices that end by at, and returns the next one after them.
func (s *series) upTo(at int64) (sums, Slice) {
	i := s.pageAfter(at)
	if i == len(s.pages) {
		if i == 0 {
			return sums{}, Slice{}
		}
		last := s.pages[i-1]
		return last.before.plus(last.own), Slice{}
	}
	total := s.pages[i].before
	for sl := range s.open(i).slices {
		if sl.End > at {
			return total, sl
		}
		total = total.plus(sumOf(sl))
	}
	return total, Slice{}
}

// between returns the slices that end in (from, to].
func (s *series) between(from, to int64) []Slice {
	var list []Slice
	for i := s.pageAfter(from); i < len(s.pages); i++ {
		for sl := range s.open(i).slices {
			if sl.End > to {
				return list
			}
			if sl.End > from {
				list = append(list, sl)
			}
		}
	}
	return list
}

// replace puts new pages in the place of those of the same days, an empty list
// of slices removes the day, and brings the running sums up to date.
func (s *series) replace(changed map[int64][]Slice, packed map[int64]page) {
	lowest := len(s.pages)
	for day, list := range changed {
		if s.vault != nil {
			p := packed[day]
			s.vault.put(s.page(day), p.data)
			p.data = nil
			packed[day] = p
		}
		i, found := slices.BinarySearchFunc(s.pages, day, func(p page, day int64) int { return int(p.day - day) })
		switch {
		case len(list) == 0 && found:
			s.pages = slices.Delete(s.pages, i, i+1)
		case len(list) == 0:
			continue
		case found:
			s.pages[i] = packed[day]
		default:
			s.pages = slices.Insert(s.pages, i, packed[day])
		}
		lowest = min(lowest, i)
	}
	s.run(lowest)
	s.lose(changed)
}

// run brings the running sums from the i-th page on up to date.
func (s *series) run(i int) {
	for ; i < len(s.pages); i++ {
		s.pages[i].before = sums{}
		if i > 0 {
			s.pages[i].before = s.pages[i-1].before.plus(s.pages[i-1].own)
		}
	}
}

// sortPages puts pages in order and brings the running sums up to date.
func (s *series) sortPages() {
	slices.SortFunc(s.pages, func(a, b page) int { return cmp.Compare(a.day, b.day) })
	s.run(0)
}

// sortSlices sorts slices by time.
func sortSlices(list []Slice) {
	slices.SortFunc(list, func(a, b Slice) int { return cmp.Compare(a.End, b.End) })
}

// millis returns a duration in milliseconds.
func millis(d time.Duration) int64 { return d.Milliseconds() }

// instant returns the UTC time of Unix milliseconds.
func instant(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
