package slo

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"
)

var _ Indicator = Gauge{}

// Gauge counts the samples of a gauge as events. Without a comparison the gauge
// is boolean: 1 is good, 0 is bad.
type Gauge struct {
	Selector Counter
	Good     Comparison // that a sample must satisfy to be good; zero for a boolean gauge
}

// Comparison is an operator with the number on its right.
type Comparison struct {
	Op    string // one of Comparisons, "" when it was never set
	Value float64
}

// Comparisons returns the operators that a Comparison can have.
func Comparisons() []string { return []string{"<=", ">=", "==", "!=", "<", ">"} }

// IsZero reports whether the comparison was never set.
func (c Comparison) IsZero() bool { return c.Op == "" }

// String returns "<= 100", "" for the zero value.
func (c Comparison) String() string {
	if c.IsZero() {
		return ""
	}
	return c.Op + " " + strconv.FormatFloat(c.Value, 'f', -1, 64)
}

// ParseComparison reads an operator and a decimal number, such as "<= 100". Its
// error is an *ExprError.
func ParseComparison(s string) (Comparison, error) {
	const hint = `write an operator and a number, such as "<= 100"; the operators are <, <=, >, >=, == and !=`
	fault := func(message string) error {
		return &ExprError{Check: CheckComparison, End: len(s), Message: message, Hint: hint}
	}
	rest := strings.TrimSpace(s)
	ops := Comparisons()
	at := slices.IndexFunc(ops, func(op string) bool { return strings.HasPrefix(rest, op) })
	if at < 0 {
		return Comparison{}, fault(fmt.Sprintf("%q does not begin with an operator", s))
	}
	number := strings.TrimSpace(rest[len(ops[at]):])
	v, err := strconv.ParseFloat(number, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) || strings.ContainsAny(number, "xXpP_") {
		return Comparison{}, fault(fmt.Sprintf("%q is not a number", number))
	}
	return Comparison{Op: ops[at], Value: v + 0}, nil
}

// Kind returns "gauge".
func (Gauge) Kind() string { return "gauge" }

// Canonical returns the selector and the comparison.
func (g Gauge) Canonical() string {
	return strings.TrimSpace("gauge " + g.Selector.String() + " " + g.Good.String())
}

// Parts returns the selector, and what makes a sample of it good.
func (g Gauge) Parts() []Part {
	good := g.Good
	if good.IsZero() {
		good = Comparison{Op: "==", Value: 1}
	}
	return []Part{{RoleGood, g.Selector.String() + " " + good.String()}, {RoleTotal, g.Selector.String()}}
}

// Exprs returns the selector.
func (g Gauge) Exprs() []parser.Expr { return exprsOf(g.Selector) }

// Notes says what a sample means.
func (g Gauge) Notes() []string {
	first := "Each sample of the gauge is one event: 1 is good, 0 is bad."
	if !g.Good.IsZero() {
		first = "Each sample of the gauge is one event, and good when it is " + g.Good.String() + "; of samples that are closer together than a thirtieth of the resolution only the last is seen."
	}
	return []string{first, "While the gauge is absent nothing is counted: that time is unmeasured, neither good nor bad."}
}
