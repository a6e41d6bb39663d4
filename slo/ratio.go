package slo

import "github.com/prometheus/prometheus/promql/parser"

var _ Indicator = Ratio{}

// Ratio counts events from counters: bad of total, or good of total. Exactly
// one of Bad and Good is set.
type Ratio struct {
	Bad, Good Counter
	Total     Counter
}

// Kind returns "ratio".
func (Ratio) Kind() string { return "ratio" }

// Canonical returns the two expressions with their roles.
func (r Ratio) Canonical() string {
	if r.Good.IsZero() {
		return "ratio bad " + r.Bad.String() + " total " + r.Total.String()
	}
	return "ratio good " + r.Good.String() + " total " + r.Total.String()
}

// Parts returns the two expressions.
func (r Ratio) Parts() []Part {
	if r.Good.IsZero() {
		return []Part{{RoleBad, r.Bad.String()}, {RoleTotal, r.Total.String()}}
	}
	return []Part{{RoleGood, r.Good.String()}, {RoleTotal, r.Total.String()}}
}

// Exprs returns the two expressions.
func (r Ratio) Exprs() []parser.Expr { return exprsOf(r.Bad, r.Good, r.Total) }

// Notes says what an absent series means.
func (r Ratio) Notes() []string {
	first := "Where there is traffic and no series of bad events, nothing was bad."
	if !r.Good.IsZero() {
		first = "Every event that is not good is bad: where there is traffic and no series of good events, all of it was bad."
	}
	return append([]string{first}, counterNotes()...)
}

// counterNotes hold for everything that is counted by increases of counters.
func counterNotes() []string {
	return []string{
		"A series counts from its first scrape on: what happened before is not seen, unless the service initialises its counters at 0.",
		"Without traffic nothing is judged.",
	}
}
