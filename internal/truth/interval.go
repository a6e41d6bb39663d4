package truth

import "math"

// Interval is a number that is known to lie between two others, both included.
// What cannot be told from what was scraped makes it wide; what can makes Lo
// and Hi equal.
type Interval struct{ Lo, Hi float64 }

// Exactly is an interval of one number.
func Exactly(v float64) Interval { return Interval{v, v} }

// IsExact reports whether an interval is one number.
func (i Interval) IsExact() bool { return i.Lo == i.Hi }

// Plus adds two independent numbers.
func (i Interval) Plus(o Interval) Interval { return Interval{i.Lo + o.Lo, i.Hi + o.Hi} }

// Minus subtracts an independent number.
func (i Interval) Minus(o Interval) Interval { return Interval{i.Lo - o.Hi, i.Hi - o.Lo} }

// AtLeastZero puts 0 in the place of negative numbers.
func (i Interval) AtLeastZero() Interval { return Interval{math.Max(i.Lo, 0), math.Max(i.Hi, 0)} }

// AtLeast is the larger of two numbers.
func (i Interval) AtLeast(o Interval) Interval {
	return Interval{math.Max(i.Lo, o.Lo), math.Max(i.Hi, o.Hi)}
}

// Over divides numbers that are not negative. The upper bound is infinite where
// the divisor may be 0.
func (i Interval) Over(o Interval) Interval {
	q := Interval{0, math.Inf(1)}
	if o.Hi > 0 {
		q.Lo = i.Lo / o.Hi
	}
	if o.Lo > 0 {
		q.Hi = i.Hi / o.Lo
	}
	return q
}

// Hull spans two intervals.
func (i Interval) Hull(o Interval) Interval {
	return Interval{math.Min(i.Lo, o.Lo), math.Max(i.Hi, o.Hi)}
}

// Holds reports whether a number lies in the interval, give or take rounding.
func (i Interval) Holds(v float64) bool {
	return v >= i.Lo-rounding(i.Lo) && v <= i.Hi+rounding(i.Hi)
}

// rounding is how far floating-point arithmetic in another order may be off.
func rounding(v float64) float64 {
	if math.IsInf(v, 0) {
		return 0
	}
	return 1e-9 * (1 + math.Abs(v))
}

// Answer is what can be said to a question: yes, no, or either.
type Answer struct{ Must, May bool }

// The three answers.
func yes() Answer    { return Answer{true, true} }
func no() Answer     { return Answer{} }
func either() Answer { return Answer{May: true} }

// And is yes when both are.
func (a Answer) And(b Answer) Answer { return Answer{a.Must && b.Must, a.May && b.May} }

// Or is yes when one is.
func (a Answer) Or(b Answer) Answer { return Answer{a.Must || b.Must, a.May || b.May} }

// Not is the other answer.
func (a Answer) Not() Answer { return Answer{!a.May, !a.Must} }

// String returns "yes", "no" or "either".
func (a Answer) String() string {
	switch a {
	case yes():
		return "yes"
	case no():
		return "no"
	default:
		return "either"
	}
}

// Above says whether a number is above another one.
func (i Interval) Above(v float64) Answer {
	return Answer{i.Lo > v+rounding(v), i.Hi > v-rounding(v)}
}
