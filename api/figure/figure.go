// Package figure writes the numbers of a status for people: the same on the
// web page and in the terminal. What is not known is "–", and rounding never
// makes a number look better than it is.
package figure

import (
	"math"
	"strconv"
	"strings"

	"headroom/slo"
)

// Unknown stands for a number that is not known.
const Unknown = "–"

// slack absorbs what float64 loses below the digits that are shown: 57 % must
// not be rounded down to 56.9 %.
const slack = 1e-6

// Remaining writes the share of a budget that is left, in percent with one
// decimal and rounded down: "71.2%", "-34.6%", "100%" only for all of it.
func Remaining(share *float64) string {
	if share == nil {
		return Unknown
	}
	percent := math.Floor(*share*1000+slack) / 10
	switch {
	case percent <= -10000:
		return "<-9999%"
	case percent <= -1000, percent >= 100, percent == 0:
		return strconv.FormatFloat(percent, 'f', 0, 64) + "%"
	default:
		return strconv.FormatFloat(percent, 'f', 1, 64) + "%"
	}
}

// Share writes a ratio from 0 to 1 in percent with three significant digits:
// "0.0288%". Only 0 is "0%" and only 1 is "100%".
func Share(ratio *float64) string {
	switch {
	case ratio == nil:
		return Unknown
	case *ratio <= 0:
		return "0%"
	case *ratio >= 1:
		return "100%"
	case *ratio < 0.000001:
		return "<0.0001%"
	case *ratio > 0.9994:
		return ">99.9%"
	}
	return significant(*ratio*100) + "%"
}

// Spent writes the share of a budget that is gone as Share does, but where it
// is more than all of it says how much, in whole percents rounded up: "140%".
func Spent(share *float64) string {
	if share == nil || *share <= 1 {
		return Share(share)
	}
	return strconv.FormatFloat(math.Ceil(*share*100-slack), 'f', 0, 64) + "%"
}

// Burn writes a burn rate: "0.42", "14.4", "144". Only 0 is "0".
func Burn(rate *float64) string {
	switch {
	case rate == nil:
		return Unknown
	case *rate <= 0:
		return "0"
	case *rate < 0.01:
		return "<0.01"
	case *rate < 9.995:
		return strconv.FormatFloat(*rate, 'f', 2, 64)
	case *rate < 99.95:
		return strconv.FormatFloat(*rate, 'f', 1, 64)
	default:
		return strconv.FormatFloat(*rate, 'f', 0, 64)
	}
}

// Count writes a number of events: "0.33", "12.5", "1,234", "1.23M".
func Count(events *float64) string {
	if events == nil {
		return Unknown
	}
	n := *events
	for _, scale := range []struct {
		from, by float64
		suffix   string
	}{{999.5e9, 1e12, "T"}, {999.5e6, 1e9, "G"}, {999_950, 1e6, "M"}} {
		if n >= scale.from {
			return significant(n/scale.by) + scale.suffix
		}
	}
	switch {
	case n <= 0:
		return "0"
	case n < 0.01:
		return "<0.01"
	case n < 9.995:
		return trimZeros(strconv.FormatFloat(n, 'f', 2, 64))
	case n < 99.95:
		return trimZeros(strconv.FormatFloat(n, 'f', 1, 64))
	default:
		return thousands(strconv.FormatFloat(n, 'f', 0, 64))
	}
}

// Objective writes an id as a spec does: without the default namespace.
func Objective(id slo.ID) string {
	if id.Namespace == slo.DefaultNamespace {
		return id.Service + "/" + id.Objective
	}
	return id.String()
}

func significant(n float64) string {
	const digits = 3
	magnitude := int(math.Floor(math.Log10(n))) + 1
	return trimZeros(strconv.FormatFloat(n, 'f', max(0, digits-magnitude), 64))
}

func trimZeros(s string) string {
	if !strings.Contains(s, ".") {
		return s
	}
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

func thousands(digits string) string {
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}
