package truth

import "sort"

// Recorded is what a series of counts must hold at one of its times.
type Recorded struct {
	At int64 // Unix milliseconds
	Tally
}

// Records is a series of counts in order of time.
type Records []Recorded

// Sum adds up what was recorded in (from, to], and returns how many there are.
func (r Records) Sum(from, to int64) (Tally, int) {
	var sum Tally
	n := 0
	for i := r.after(from); i < len(r) && r[i].At <= to; i++ {
		sum = sum.Plus(r[i].Tally)
		n++
	}
	return sum, n
}

// Times is the records with all counts multiplied: of counts that overlap, what
// makes each event count once.
func (r Records) Times(f float64) Records {
	list := make(Records, len(r))
	for i, one := range r {
		of := func(i Interval) Interval { return Interval{f * i.Lo, f * i.Hi} }
		list[i] = Recorded{one.At, Tally{of(one.Bad), of(one.Total)}}
	}
	return list
}

func (r Records) after(at int64) int {
	return sort.Search(len(r), func(i int) bool { return r[i].At > at })
}

// Counts are the counts over a span that ends at each of some times.
func Counts(reader Reader, times []int64, span int64) Records {
	var list Records
	for _, at := range times {
		if reader.Present(at-span, at) {
			list = append(list, Recorded{at, reader.Count(at-span, at)})
		}
	}
	return list
}

// Tiles are counts that leave nothing out and count nothing twice: each holds
// what happened since the one before it, but at most since catchUp steps ago. A
// tile that comes after two missed ones or more may lack what earlier tiles in
// those steps hold from before them, but nothing of the last two steps.
func Tiles(reader Reader, times []int64, step, catchUp int64) Records {
	var list Records
	for _, at := range times {
		if !reader.Present(at-step, at) {
			continue
		}
		oldest := at - catchUp*step
		last := oldest
		if n := len(list); n > 0 {
			last = max(last, list[n-1].At)
		}
		if near(at-step, last, step) || near(at-2*step, last, step) {
			steps := (at - last + step/2) / step
			list = append(list, Recorded{at, reader.Count(at-steps*step, at)})
			continue
		}
		tally, ideal := reader.Count(oldest, at).Minus(list.held(oldest, at, step)), reader.Count(last, at)
		two := reader.Count(at-2*step, at)
		tally.Bad, tally.Total = tally.Bad.AtLeast(two.Bad), tally.Total.AtLeast(two.Total)
		tally.Bad.Hi, tally.Total.Hi = max(tally.Bad.Hi, ideal.Bad.Hi), max(tally.Total.Hi, ideal.Total.Hi)
		list = append(list, Recorded{at, tally})
	}
	return list
}

// held is what tiles hold of the time since oldest. The first of them may have
// begun before, where there is none at oldest: it is taken for one of two steps.
func (r Records) held(oldest, at, step int64) Tally {
	held, _ := r.Sum(oldest+step/2, at)
	if _, begins := r.Sum(oldest-step/5, oldest+step/5); begins > 0 {
		return held
	}
	first, _ := r.Sum(oldest+step-step/5, oldest+step+step/5)
	half := func(i, of Interval) Interval { return Interval{i.Lo - of.Lo/2, i.Hi - of.Hi/2}.AtLeastZero() }
	return Tally{half(held.Bad, first.Bad), half(held.Total, first.Total)}
}

// near reports whether two times are the same one of a grid.
func near(a, b, step int64) bool { return a-b < step/5 && b-a < step/5 }

// Figure is what a recorded number must be at one of its times. Known says
// whether it must, may or must not be there.
type Figure struct {
	At    int64 // Unix milliseconds
	Value Interval
	Known Answer
}

// Figures is a series of figures in order of time.
type Figures []Figure

// Windows are the figures of a window of records at some times: f of the sum of
// those in the window, which is rounded to whole steps. They are there while
// there are events.
func Windows(r Records, times []int64, window, step int64, f func(at int64, t Tally) Interval) Figures {
	var list Figures
	window = max((window+step/2)/step, 1) * step
	for _, at := range times {
		sum, _ := r.Sum(at-window+step/2, at)
		if known := sum.Total.Above(0); sum.Total.Hi > 0 {
			known.Must = known.Must && sum.Total.Lo > 0
			list = append(list, Figure{at, f(at, sum), known})
		}
	}
	return list
}

// Totals are all events of a window of records at some times, 0 where there are
// records without any.
func Totals(r Records, times []int64, window, step int64) Figures {
	var list Figures
	for _, at := range times {
		if sum, n := r.Sum(at-window+step/2, at); n > 0 {
			list = append(list, Figure{at, sum.Total, yes()})
		}
	}
	return list
}

// Ratios is the error ratio as a figure of Windows.
func Ratios(_ int64, t Tally) Interval { return t.Ratio() }

// Latest is the newest figure in (at−span, at]. Where one of the same time may
// not be recorded yet, or none for certain, it spans all that it may be.
func (f Figures) Latest(at, span int64, sameTick bool) Figure {
	latest := Figure{At: at}
	for i := sort.Search(len(f), func(i int) bool { return f[i].At > at }) - 1; i >= 0 && f[i].At > at-span; i-- {
		known := f[i].Known
		if f[i].At == at && !sameTick {
			known.Must = false
		}
		if latest.Known.May {
			latest.Value = latest.Value.Hull(f[i].Value)
		} else {
			latest.Value = f[i].Value
		}
		latest.Known = latest.Known.Or(known)
		if known.Must {
			break
		}
	}
	return latest
}

// At returns the figure of a time.
func (f Figures) At(at int64) Figure {
	i := sort.Search(len(f), func(i int) bool { return f[i].At >= at })
	if i < len(f) && f[i].At == at {
		return f[i]
	}
	return Figure{At: at}
}
