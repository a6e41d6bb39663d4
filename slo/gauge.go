package slo

import "github.com/prometheus/prometheus/promql/parser"

var _ Indicator = Gauge{}

// Gauge counts the samples of a boolean gauge as events: 1 is good, 0 is bad.
type Gauge struct {
	Selector Counter
}

// Kind returns "gauge".
func (Gauge) Kind() string { return "gauge" }

// Canonical returns the selector.
func (g Gauge) Canonical() string { return "gauge " + g.Selector.String() }

// Parts returns the selector, and what makes a sample of it good.
func (g Gauge) Parts() []Part {
	return []Part{{RoleGood, g.Selector.String() + " == 1"}, {RoleTotal, g.Selector.String()}}
}

// Exprs returns the selector.
func (g Gauge) Exprs() []parser.Expr { return exprsOf(g.Selector) }

// Notes says what a sample means.
func (Gauge) Notes() []string {
	return []string{
		"Each sample of the gauge is one event: 1 is good, 0 is bad.",
		"While the gauge is absent nothing is counted: that time is unmeasured, neither good nor bad.",
	}
}
