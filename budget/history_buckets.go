package budget

import (
	"cmp"
	"time"
)

// MaxBuckets is the largest number of buckets that History gives.
const MaxBuckets = 2000

// Bucket is what one part of an interval adds up to, as corrected.
type Bucket struct {
	Start, End time.Time // it holds the slices that end in (Start, End]
	Bad, Total Count
	Measured   time.Duration // of Life
	Life       time.Duration // of the bucket: what lies in the objective's life by now, and is not excluded
	Remaining  *float64      // share of the budget of the window that ends with the bucket; nil when it is not known
}

// History is how one group of an objective fared over an interval.
type History struct {
	Step    time.Duration // of each bucket: a multiple of the objective's resolution
	Since   time.Time     // when its life begins; zero when it has none
	Buckets []Bucket      // in order of time, without gaps
}

// History sums the slices of one group of a declared objective up, of its present
// indicator unless the key names another, in at most points buckets, which lie on multiples of their step, so that a later call
// with the same interval has the same edges. The first begins at or before
// from, the last ends at or after to; an empty or backward interval has none.
// It reports false for an objective that is not declared. Its cost does not
// depend on the length of the interval but on the number of points, which is at
// most MaxBuckets and at least 2.
func (l *Ledger) History(k Key, from, to, now time.Time, points int) (History, bool) {
	l.reading.RLock()
	defer l.reading.RUnlock()
	d := l.find(k.SLO)
	if d == nil {
		return History{}, false
	}
	start, end, step := grid(from.UnixMilli(), to.UnixMilli(), millis(d.o.Resolution), int64(min(max(points, 2), MaxBuckets)))
	h := History{Step: time.Duration(step) * time.Millisecond}
	k.SLI = cmp.Or(k.SLI, d.track.sli)
	s := l.series(k)
	if s != nil && s.since > 0 {
		h.Since = instant(s.since)
	}
	for at := start; at < end; at += step {
		h.Buckets = append(h.Buckets, d.bucket(s, at, at+step, now.UnixMilli()))
	}
	return h, true
}

// grid finds a small step, a multiple of the resolution, whose multiples cover
// an interval with at most so many buckets.
func grid(from, to, resolution, points int64) (start, end, step int64) {
	if to <= from {
		return 0, 0, resolution
	}
	for spare := range int64(2) { // an interval that begins off the grid takes one more
		least := (to - from + points - spare - 1) / (points - spare)
		step = -floorDiv(-least, resolution) * resolution
		start, end = floorDiv(from, step)*step, -floorDiv(-to, step)*step
		if (end-start)/step <= points {
			break
		}
	}
	return start, end, step
}

func (d *declared) bucket(s *series, start, end, now int64) Bucket {
	b := Bucket{Start: instant(start), End: instant(end)}
	if s == nil || s.since == 0 || s.since >= min(end, now) || start >= now {
		return b
	}
	sum, measured := s.accounted(start, end)
	b.Bad, b.Total = sum.bad, sum.total
	b.Life = time.Duration(s.lived(start, min(end, now))) * time.Millisecond
	b.Measured = min(time.Duration(measured)*time.Millisecond, b.Life)
	balance := d.balance(s, min(end, now))
	balance.decide()
	b.Remaining = balance.Remaining
	return b
}
