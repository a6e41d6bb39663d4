package budget

import (
	"time"

	"headroom/slo"
)

// CountedSlice is a slice, and how much of its time counts.
type CountedSlice struct {
	Slice

	Counted time.Duration
}

// CountedSlices returns the slices of a series that end in (from, to] as
// corrections leave them: without those whose time is excluded, and with the
// share of the counts of a slice that lies partly in excluded time. Adjustments
// are not in it, since they belong to no slice.
func (l *Ledger) CountedSlices(k Key, from, to time.Time) []CountedSlice {
	var list []CountedSlice
	l.eachKept(k, from, to, func(sl Slice, counted int64) {
		list = append(list, CountedSlice{sl, time.Duration(counted) * time.Millisecond})
	})
	return list
}

// CorrectedSlices is CountedSlices without how much of each counts.
func (l *Ledger) CorrectedSlices(k Key, from, to time.Time) []Slice {
	var list []Slice
	l.eachKept(k, from, to, func(sl Slice, _ int64) { list = append(list, sl) })
	return list
}

// eachKept gives what corrections leave of slices, and how many milliseconds of
// each.
func (l *Ledger) eachKept(k Key, from, to time.Time, use func(sl Slice, counted int64)) {
	l.reading.RLock()
	defer l.reading.RUnlock()
	s := l.series(k)
	if s == nil {
		return
	}
	for _, sl := range s.between(from.UnixMilli(), to.UnixMilli()) {
		sum := kept(sl, sl.Start, s.excluded)
		if sum.measured > 0 {
			sl.Bad, sl.Total = min(sum.bad, sum.total), sum.total
			use(sl, sum.measured)
		}
	}
}

// Remainder is what a window that ends at a fixed time still holds when it
// begins at At.
type Remainder struct {
	At         time.Time
	Bad, Total Count
}

// Remainders says how the window (from, to] of a series empties as its begin
// moves on: what is left in it, as corrected, from each end and begin of a slice
// on, in order of time. Between two of them the counts fall linearly, as slices
// are pro-rated by time. It is nil for a series without a life.
func (l *Ledger) Remainders(k Key, from, to time.Time) []Remainder {
	return l.RemaindersUntil(k, from, to, to)
}

// RemaindersUntil is Remainders as far as the window's begin has moved on until
// a time, or to the first end of a slice after it.
func (l *Ledger) RemaindersUntil(k Key, from, until, to time.Time) []Remainder {
	l.reading.RLock()
	defer l.reading.RUnlock()
	s := l.series(k)
	if s == nil || s.since == 0 {
		return nil
	}
	return s.remainders(from.UnixMilli(), until.UnixMilli(), to.UnixMilli())
}

func (s *series) remainders(from, until, to int64) []Remainder {
	left := s.account(from, to)
	var list []Remainder
	add := func(at int64) {
		if len(s.adjustments) > 0 { // they go on through gaps
			left = s.account(at, to)
		}
		list = append(list, Remainder{At: instant(at), Bad: left.bad, Total: left.total})
	}
	add(from)
	last := from
	for _, sl := range s.through(from, until, to) {
		if sl.Start > last {
			add(sl.Start)
		}
		left = left.minus(kept(sl, from, s.excluded))
		add(sl.End)
		last = sl.End
	}
	if last < to && until >= to {
		add(to)
	}
	return list
}

// through returns the slices that end in (from, to], as far as the first that ends
// at until or later.
func (s *series) through(from, until, to int64) []Slice {
	list := s.between(from, min(until, to))
	if until >= to || len(list) > 0 && list[len(list)-1].End == until {
		return list
	}
	for i := s.pageAfter(until); i < len(s.pages); i++ {
		for sl := range s.open(i).slices {
			if sl.End > until {
				if sl.End <= to {
					list = append(list, sl)
				}
				return list
			}
		}
	}
	return list
}

// Life is what the ledger knows about one interval of a group's life.
type Life struct {
	Account

	Since     time.Time // when its life begins; zero when it has none
	Corrected bool      // whether corrections touch the interval
}

// Account returns the account of any interval (from, to] of a group of a
// declared objective, by today's target and indicator and as corrected. The
// zero Life stands for a group that the ledger does not know.
func (l *Ledger) Account(id slo.ID, g slo.Group, from, to time.Time) Life {
	l.reading.RLock()
	defer l.reading.RUnlock()
	d := l.find(id)
	if d == nil || l.tracks[d.track] == nil {
		return Life{}
	}
	s := l.tracks[d.track].groups[g]
	if s == nil || s.since == 0 {
		return Life{}
	}
	start, end := from.UnixMilli(), to.UnixMilli()
	sum, measured := s.accounted(start, end)
	account := d.account(sum, measured, s.lived(start, end))
	return Life{Account: account, Since: instant(s.since), Corrected: s.touched(start, end)}
}
