package report

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// durationWords writes a duration in one unit, rounded up.
func durationWords(d time.Duration) string {
	switch {
	case d > 48*time.Hour:
		return count(int(math.Ceil(d.Hours()/24)), "day")
	case d > 2*time.Hour:
		return count(int(math.Ceil(d.Hours())), "hour")
	default:
		return count(int(math.Ceil(d.Minutes())), "minute")
	}
}

// spent writes a share of a budget that is gone, in percent, rounded up: the
// least that is not nothing is 0.1%.
func spent(share float64) string {
	const slack = 1e-6
	percent := math.Ceil(share*1000-slack) / 10
	if percent >= 100 {
		return strconv.FormatFloat(math.Ceil(percent), 'f', 0, 64) + "%"
	}
	return strconv.FormatFloat(percent, 'f', 1, 64) + "%"
}

// floor rounds a ratio down to tenths of a percent.
func floor(ratio *float64) *float64 {
	if ratio == nil {
		return nil
	}
	down := math.Floor(*ratio*1000) / 1000
	return &down
}

// maxText is the longest text of a user that a report shows, in characters.
const maxText = 160

// clean makes one printable line of a text that a user chose.
func clean(s string) string {
	if utf8.RuneCountInString(s) > 8*maxText {
		s = string([]rune(s)[:8*maxText])
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "�"))
	return shorten(strings.Join(strings.Fields(s), " "))
}

func shorten(s string) string {
	if utf8.RuneCountInString(s) <= maxText {
		return s
	}
	return string([]rune(s)[:maxText-1]) + "…"
}

// quietMention makes what begins with an @ mention nobody.
func quietMention(s string) string {
	// A word joiner is not seen, and no chat takes what it divides for a mention.
	return strings.ReplaceAll(s, "@", "@\u2060")
}
