package slo

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// targetDigits is how many decimals of a percentage a Target keeps.
const targetDigits = 9

// wholeDigits is how many digits a percentage has before the decimals at most.
const wholeDigits = 3

// hundredPercent is 100 % in units of a Target.
const hundredPercent = 100 * 1_000_000_000

// Target is the wanted share of good events, an exact decimal with
// 0 % < target < 100 %. The zero value is not a valid target.
type Target struct {
	units int64 // billionths of a percent
}

// ErrTarget is wrapped by every error of ParseTarget, and ErrTargetRange by
// those of percentages that are none of a target.
var (
	ErrTarget      = errors.New("not a target")
	ErrTargetRange = errors.New("not between 0% and 100%")
)

// ParseTarget reads a percentage such as "99.9%". It refuses a number without
// the percent sign, since 0.999 and 99.9 are too easily taken for one another,
// values outside 0 < target < 100, and more than nine decimals.
func ParseTarget(s string) (Target, error) {
	digits, found := strings.CutSuffix(strings.TrimSpace(s), "%")
	if !found {
		return Target{}, fmt.Errorf("%w: %q has no percent sign", ErrTarget, s)
	}
	digits, negative := strings.CutPrefix(strings.TrimSpace(digits), "-")
	whole, fraction, _ := strings.Cut(digits, ".")
	zeros := len(whole) > wholeDigits && strings.HasPrefix(whole, "0")
	if !isDigits(whole) || zeros || strings.Contains(digits, ".") && !isDigits(fraction) {
		return Target{}, fmt.Errorf("%w: %q is not a decimal percentage", ErrTarget, s)
	}
	if len(fraction) > targetDigits {
		return Target{}, fmt.Errorf("%w: %q has more than %d decimals", ErrTarget, s, targetDigits)
	}
	if negative || len(whole) > wholeDigits {
		return Target{}, outOfRange(s)
	}
	units, err := strconv.ParseInt(whole+fraction+strings.Repeat("0", targetDigits-len(fraction)), 10, 64)
	if err != nil {
		return Target{}, fmt.Errorf("%w: %q: %w", ErrTarget, s, err)
	}
	if units <= 0 || units >= hundredPercent {
		return Target{}, outOfRange(s)
	}
	return Target{units: units}, nil
}

func outOfRange(s string) error { return fmt.Errorf("%w: %q is %w", ErrTarget, s, ErrTargetRange) }

// MustTarget is ParseTarget for constants; it panics on a bad one.
func MustTarget(s string) Target {
	t, err := ParseTarget(s)
	if err != nil {
		panic(err)
	}
	return t
}

// String returns the percentage as short as it can be written: "99.9%".
func (t Target) String() string { return decimal(t.units, targetDigits) + "%" }

// RatioString returns the target as an exact decimal between 0 and 1: "0.999".
func (t Target) RatioString() string { return decimal(t.units, targetDigits+2) }

// BudgetString returns 1 − target as an exact decimal between 0 and 1: "0.001".
func (t Target) BudgetString() string { return decimal(hundredPercent-t.units, targetDigits+2) }

// Ratio returns the float64 nearest to the target, between 0 and 1.
func (t Target) Ratio() float64 { return nearest(t.RatioString()) }

// Budget returns the float64 nearest to 1 − target, the share of events that
// may be bad, between 0 and 1.
func (t Target) Budget() float64 { return nearest(t.BudgetString()) }

// IsZero reports whether the target was never set.
func (t Target) IsZero() bool { return t.units == 0 }

// MarshalText writes the target as String does.
func (t Target) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads what ParseTarget reads.
func (t *Target) UnmarshalText(text []byte) error {
	parsed, err := ParseTarget(string(text))
	if err != nil {
		return err
	}
	*t = parsed
	return nil
}

func decimal(units int64, digits int) string {
	s := fmt.Sprintf("%0*d", digits+1, units)
	whole, fraction := s[:len(s)-digits], strings.TrimRight(s[len(s)-digits:], "0")
	if fraction == "" {
		return whole
	}
	return whole + "." + fraction
}

func nearest(s string) float64 {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		panic("slo: decimal wrote no number: " + s)
	}
	return f
}

func isDigits(s string) bool {
	if s == "" {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
