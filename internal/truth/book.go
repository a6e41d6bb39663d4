package truth

import (
	"math"
	"slices"
)

// Span is the time (From, To], in Unix milliseconds.
type Span struct{ From, To int64 }

// Length returns how long the span is.
func (s Span) Length() int64 { return max(s.To-s.From, 0) }

// Within returns the part of the span that lies in another one.
func (s Span) Within(o Span) Span { return Span{max(s.From, o.From), min(s.To, o.To)} }

// Piece is a span that was measured as a whole, and what happened in it.
type Piece struct {
	Span
	Tally
}

// Addition is what somebody declared to have happened over a span, evenly.
type Addition struct {
	Span

	Bad, Total float64 // may be negative
}

// Book is all that is known of one group: what was measured, what of its time
// does not count, and what was declared beside it.
type Book struct {
	Since   int64 // when its life begins
	Pieces  []Piece
	Without []Span // in any order; may overlap
	Added   []Addition
}

// Account is what a book comes to over a span.
type Account struct {
	Tally

	Measured int64 // milliseconds that count, of pieces
	OfLife   int64 // the part of them since the book begins
	Life     int64 // milliseconds that count, since the book begins
}

// roundoff is how far a number may be off that was rounded to a hundredth.
const roundoff = 0.005

// left returns how much of a span counts: it looks at each stretch between two
// times at which anything begins or ends.
func (b *Book) left(s Span) int64 {
	if s.Length() == 0 || len(b.Without) == 0 {
		return s.Length()
	}
	edges := []int64{s.From, s.To}
	for _, w := range b.Without {
		for _, at := range []int64{w.From, w.To} {
			if at > s.From && at < s.To {
				edges = append(edges, at)
			}
		}
	}
	slices.Sort(edges)
	sum := int64(0)
	for i := 1; i < len(edges); i++ {
		out := slices.ContainsFunc(b.Without, func(w Span) bool { return w.From <= edges[i-1] && edges[i] <= w.To })
		if !out {
			sum += edges[i] - edges[i-1]
		}
	}
	return sum
}

// Account adds up the pieces that end in a span. Of a piece that lies partly
// before it, or partly in time that does not count, as much counts as of its
// time.
func (b *Book) Account(s Span) Account {
	var a Account
	for _, p := range b.Pieces {
		if p.To <= s.From || p.To > s.To {
			continue
		}
		inside := b.left(p.Within(s))
		a.Tally = a.Plus(p.share(inside))
		a.Measured += inside
		a.OfLife += b.left(p.Within(Span{max(s.From, b.Since), s.To}))
	}
	a.Life = b.left(Span{max(s.From, b.Since), s.To})
	if len(b.Added) == 0 {
		return a
	}
	for _, add := range b.Added {
		a.Tally = a.Plus(b.portion(add, s))
	}
	a.Total = a.Total.AtLeastZero()
	bad := a.Bad.AtLeastZero()
	a.Bad = Interval{math.Min(bad.Lo, a.Total.Lo), math.Min(bad.Hi, a.Total.Hi)}
	return a
}

// share is the part of a piece that holds so much of its time.
func (p Piece) share(inside int64) Tally {
	if inside == p.Length() {
		return Tally{rounded(p.Bad), rounded(p.Total)}
	}
	part := float64(inside) / float64(p.Length())
	of := func(i Interval) Interval {
		return Interval{i.Lo*part - 2*roundoff, i.Hi*part + 2*roundoff}.AtLeastZero()
	}
	return Tally{of(p.Bad), of(p.Total)}
}

// rounded allows for rounding to a hundredth, which whole numbers do not need.
func rounded(i Interval) Interval {
	down, up := func(v float64) float64 { return v - roundoff }, func(v float64) float64 { return v + roundoff }
	if math.Round(i.Lo) == i.Lo {
		down = func(v float64) float64 { return v }
	}
	if math.Round(i.Hi) == i.Hi {
		up = func(v float64) float64 { return v }
	}
	return Interval{down(i.Lo), up(i.Hi)}.AtLeastZero()
}

// portion is what counts of an addition in a span: as much as of its time.
func (b *Book) portion(add Addition, s Span) Tally {
	if add.To <= add.From { // a moment
		if add.To <= s.From || add.To > s.To || b.left(Span{add.To - 1, add.To}) == 0 {
			return Tally{}
		}
		return Tally{Exactly(add.Bad), Exactly(add.Total)}
	}
	part := float64(b.left(add.Within(s))) / float64(add.Length())
	of := func(v float64) Interval { return Interval{v*part - 2*roundoff, v*part + 2*roundoff} }
	return Tally{of(add.Bad), of(add.Total)}
}

// Last returns the end of the last piece that ends by a time, 0 without one.
func (b *Book) Last(by int64) int64 {
	last := int64(0)
	for _, p := range b.Pieces {
		if p.To <= by {
			last = max(last, p.To)
		}
	}
	return last
}
