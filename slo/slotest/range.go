package slotest

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"headroom/slo"
)

// Unit is what a range is about, and how it is written.
type Unit int

// The units.
const (
	Number  Unit = iota // 3.2
	Percent             // 78%; values are in percent
	Time                // 34m; values are in seconds, and may be negative
)

// Range is what a number shall be.
type Range struct {
	Text     string // as the test has it
	Unit     Unit
	None     bool // there shall be no number
	Min, Max float64
	// OpenMin and OpenMax leave the bound itself out.
	OpenMin, OpenMax bool
	// Digits is how many decimals the test's numbers have.
	Digits int
}

// slack forgives the last bits of floating point at a bound.
const slack = 1e-9

// Holds reports whether a number is in the range.
func (r Range) Holds(v float64) bool {
	if r.None || math.IsNaN(v) {
		return false
	}
	eps := slack * max(1, math.Abs(v))
	low, high := v >= r.Min-eps, v <= r.Max+eps
	if r.OpenMin {
		low = v > r.Min+eps
	}
	if r.OpenMax {
		high = v < r.Max-eps
	}
	return low && high
}

// Format writes a number as the range's unit is written, with two decimals more
// than the range has, so that a near miss is seen.
func (r Range) Format(v float64) string {
	if r.Unit == Time {
		return FormatTime(time.Duration(v * float64(time.Second)).Round(time.Millisecond))
	}
	s := strconv.FormatFloat(v, 'f', r.Digits+2, 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	if s == "-0" {
		s = "0"
	}
	if r.Unit == Percent {
		s += "%"
	}
	return s
}

// FormatTime writes a time of a test, which may be before its start.
func FormatTime(d time.Duration) string {
	if d < 0 {
		return "-" + FormatTime(-d)
	}
	if d == 0 {
		return "0s"
	}
	return slo.FormatDuration(d)
}

// quantity is one number as written.
type quantity struct {
	value  float64
	digits int
	step   float64 // of its last digit
}

const rangeHint = "write a number, or one with its tolerance (%[1]s ± %[2]s), a bound (< %[1]s, \">= %[1]s\") or a range (%[1]s .. %[3]s)"

func rangeHelp(u Unit) string {
	switch u {
	case Percent:
		return fmt.Sprintf(rangeHint, "78%", "1%", "80%")
	case Time:
		return fmt.Sprintf(rangeHint, "34m", "2m", "40m")
	default:
		return fmt.Sprintf(rangeHint, "3.2", "0.1", "4")
	}
}

// parseRange reads a range: "78%" is met by what rounds to it, "78% ± 1",
// "78% +- 1%", "< 80%", ">= 3", "3 .. 4", "none". A time alone is met within
// step.
func parseRange(s string, u Unit, step time.Duration) (Range, error) {
	r := Range{Text: strings.TrimSpace(s), Unit: u}
	if r.Text == "none" {
		r.None = true
		return r, nil
	}
	for _, sign := range []string{"±", "+/-", "+-"} {
		if mid, tolerance, found := strings.Cut(r.Text, sign); found {
			return r.around(mid, tolerance)
		}
	}
	for _, sign := range []string{"..", " to "} {
		if low, high, found := strings.Cut(r.Text, sign); found {
			return r.between(low, high)
		}
	}
	for _, sign := range []string{"<=", ">=", "<", ">"} {
		if bound, found := strings.CutPrefix(r.Text, sign); found {
			return r.bounded(sign, bound)
		}
	}
	q, err := parseQuantity(r.Text, u, true)
	if err != nil {
		return r, err
	}
	r.Digits, r.Min, r.Max = q.digits, q.value-q.step/2, q.value+q.step/2
	if u == Time {
		r.Min, r.Max = q.value-step.Seconds(), q.value+step.Seconds()
	}
	return r, nil
}

func (r Range) around(mid, tolerance string) (Range, error) {
	m, err := parseQuantity(mid, r.Unit, true)
	if err != nil {
		return r, err
	}
	t, err := parseQuantity(tolerance, r.Unit, false)
	if err != nil {
		return r, err
	}
	if t.value < 0 {
		return r, errors.New("the tolerance is negative")
	}
	r.Digits, r.Min, r.Max = max(m.digits, t.digits), m.value-t.value, m.value+t.value
	return r, nil
}

func (r Range) between(low, high string) (Range, error) {
	a, err := parseQuantity(low, r.Unit, false)
	if err != nil {
		return r, err
	}
	b, err := parseQuantity(high, r.Unit, true)
	if err != nil {
		return r, err
	}
	if a.value > b.value {
		return r, errors.New("the range begins above its end")
	}
	r.Digits, r.Min, r.Max = max(a.digits, b.digits), a.value, b.value
	return r, nil
}

func (r Range) bounded(sign, bound string) (Range, error) {
	q, err := parseQuantity(bound, r.Unit, true)
	if err != nil {
		return r, err
	}
	r.Digits, r.Min, r.Max = q.digits, math.Inf(-1), math.Inf(1)
	if strings.HasPrefix(sign, "<") {
		r.Max, r.OpenMax = q.value, sign == "<"
	} else {
		r.Min, r.OpenMin = q.value, sign == ">"
	}
	return r, nil
}

// parseQuantity reads one number of a unit. The sign of percent may be left out
// where another number of the range bears it.
func parseQuantity(s string, u Unit, needsSign bool) (quantity, error) {
	s = strings.TrimSpace(s)
	if u == Time {
		d, err := parseTime(s)
		return quantity{value: d.Seconds()}, err
	}
	digits := s
	if u == Percent {
		var found bool
		if digits, found = strings.CutSuffix(s, "%"); !found && needsSign {
			return quantity{}, fmt.Errorf("%q has no percent sign", s)
		}
		digits = strings.TrimSpace(digits)
	}
	whole, fraction, dotted := strings.Cut(strings.TrimPrefix(digits, "-"), ".")
	if !isDecimal(whole) || dotted && !isDecimal(fraction) || len(digits) > 24 {
		return quantity{}, fmt.Errorf("%q is not a number", s)
	}
	v, err := strconv.ParseFloat(digits, 64)
	if err != nil {
		return quantity{}, fmt.Errorf("%q is not a number", s)
	}
	return quantity{value: v, digits: len(fraction), step: math.Pow10(-len(fraction))}, nil
}

func isDecimal(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// parseTime reads a time since the start of a test, such as 34m or -3d.
func parseTime(s string) (time.Duration, error) {
	text, negative := strings.CutPrefix(strings.TrimSpace(s), "-")
	if text == "0" {
		return 0, nil
	}
	d, err := slo.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("%q is not a duration", s)
	}
	if negative {
		d = -d
	}
	return d, nil
}
