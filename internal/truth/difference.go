package truth

import "slices"

// Differences counts what one sample says beyond another one, as rules do where
// increase is not anchored, over ranges of up to Longest; longer ones are
// extrapolated. Resets are looked for in Margin more than the range. Times are
// milliseconds.
type Differences struct {
	Extrapolated

	Longest, Margin int64
}

var _ Reader = (*Differences)(nil)

// Count implements Reader.
func (d *Differences) Count(from, to int64) Tally {
	if to-from > d.Longest {
		return d.Extrapolated.Count(from, to)
	}
	t := Tally{Bad: d.sum(d.Bad, from, to), Total: d.sum(d.Total, from, to)}
	if len(d.Good) > 0 {
		t.Bad = t.Total.Minus(d.sum(d.Good, from, to)).AtLeastZero()
	}
	return t
}

// Present implements Reader.
func (d *Differences) Present(from, to int64) bool {
	if to-from > d.Longest {
		return d.Extrapolated.Present(from, to)
	}
	return slices.ContainsFunc(d.Total, func(s Series) bool {
		_, differs := s.difference(from, to, d.Margin)
		return differs || s.until(to)-s.until(from) > 1
	})
}

func (d *Differences) sum(list []Series, from, to int64) Interval {
	var sum Interval
	for _, s := range list {
		if value, differs := s.difference(from, to, d.Margin); differs {
			sum = sum.Plus(Exactly(value))
		} else {
			sum = sum.Plus(s.over(from, to))
		}
	}
	return sum
}

// difference is what the last scrape in (from, to] shows beyond the last one by
// from. There is none where either cannot be read, and where the series fell.
func (s Series) difference(from, to, margin int64) (float64, bool) {
	a, b := s.until(from)-1, s.until(to)-1
	if b == a || !s.visible(a, from) || !s.visible(b, to) {
		return 0, false
	}
	for i := s.until(from - margin); i < b; i++ {
		if s.Values[i+1] < s.Values[i] {
			return 0, false
		}
	}
	rise := s.Values[b] - s.Values[a]
	return rise, rise >= 0
}

// visible reports whether a scrape is what can be read at a time.
func (s Series) visible(i int, at int64) bool {
	if i < 0 || at-s.At[i] >= lookback {
		return false
	}
	return !slices.ContainsFunc(s.Ends, func(end int64) bool { return end > s.At[i] && end <= at })
}
