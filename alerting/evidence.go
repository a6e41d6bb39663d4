package alerting

import "math"

// Arithmetic computes with numbers, or writes down how to. A T may also be
// nothing, as a PromQL vector without a sample is; what is computed from nothing
// is nothing.
type Arithmetic[T any] interface {
	Number(decimal string) T
	Add(a, b T) T
	Sub(a, b T) T
	Mul(a, b T) T
	Div(a, b T) T
	Ln(a T) T
	Above(a, b T) T // a where it is above b, otherwise nothing
	Or(a, b T) T    // a where it is something, otherwise b
}

// minFailures is how many bad events prove anything: a single one is two at
// times, since the counts that PromQL extrapolates are no whole numbers.
const minFailures = "1.5"

// Evidence is how much the events of a window, k of them bad, speak against an
// error ratio of at most b, in nats, divided by dispersion:
//
//	E = k·(ln(ratio/b) − 1 + b/ratio)  where ratio > b and k > 1.5, otherwise 0,
//
// which is k·ln(k/(b·n)) − k + b·n for n events, the logarithm of the likelihood
// ratio of two Poisson rates. By Chernoff's bound a service that is on its
// budget shows E or more with a probability of at most e^−E, when its failures
// are independent. Dispersion is the variance of the failures over their mean:
// 1 for independent ones, larger for bursts. The same formula computes in Go
// and writes the rules.
func Evidence[T any](a Arithmetic[T], bad, ratio, budget, dispersion T) T {
	over := a.Div(a.Above(ratio, budget), budget)
	each := a.Add(a.Sub(a.Ln(over), a.Number("1")), a.Div(a.Number("1"), over)) // per bad event
	some := a.Above(bad, a.Number(minFailures))
	return a.Or(a.Div(a.Mul(some, each), dispersion), a.Mul(a.Number("0"), ratio))
}

// Nats is Evidence in numbers. Without events it is 0.
func Nats(bad, total, budget, dispersion float64) float64 {
	if !(total > 0) {
		return 0
	}
	some := func(v float64) maybe { return maybe{v, true} }
	return Evidence(floats{}, some(bad), some(bad/total), some(budget), some(dispersion)).v
}

// maybe is a number or nothing.
type maybe struct {
	v  float64
	is bool
}

// floats is Arithmetic on numbers.
type floats struct{}

var _ Arithmetic[maybe] = floats{}

func (floats) Number(decimal string) maybe { return maybe{float(rat(decimal)), true} }
func (floats) Add(a, b maybe) maybe        { return maybe{a.v + b.v, a.is && b.is} }
func (floats) Sub(a, b maybe) maybe        { return maybe{a.v - b.v, a.is && b.is} }
func (floats) Mul(a, b maybe) maybe        { return maybe{a.v * b.v, a.is && b.is} }
func (floats) Div(a, b maybe) maybe        { return maybe{a.v / b.v, a.is && b.is} }
func (floats) Ln(a maybe) maybe            { return maybe{math.Log(a.v), a.is} }
func (floats) Above(a, b maybe) maybe      { return maybe{a.v, a.is && b.is && a.v > b.v} }

func (floats) Or(a, b maybe) maybe {
	if a.is {
		return a
	}
	return b
}
