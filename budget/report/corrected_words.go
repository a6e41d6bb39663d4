package report

import (
	"fmt"
	"strings"
	"time"

	"headroom/api/figure"
	"headroom/budget/correction"
)

// rawWords says what would be left without corrections, "" where that is the
// same.
func rawWords(i Item) string {
	if i.Raw == nil || figure.Remaining(i.Raw.Remaining) == figure.Remaining(i.Remaining) {
		return ""
	}
	return " (" + figure.Remaining(i.Raw.Remaining) + " without corrections)"
}

// correctedWords says what corrections made of a budget, and which they are.
func correctedWords(i Item) string {
	var b strings.Builder
	if with, without := figure.Remaining(i.Remaining), figure.Remaining(i.Raw.Remaining); with == without {
		fmt.Fprintf(&b, "%s left with and without corrections", with)
	} else {
		fmt.Fprintf(&b, "%s left, %s without corrections", with, without)
	}
	if i.Raw.Spent != nil && i.Spent != nil && spent(*i.Raw.Spent) != spent(*i.Spent) {
		fmt.Fprintf(&b, "; the period spent %s, %s without", spent(*i.Spent), spent(*i.Raw.Spent))
	}
	b.WriteString(".")
	if n := len(i.Corrected); n > 0 {
		shown := i.Corrected[:min(n, maxIntervals)]
		fmt.Fprintf(&b, " By correction %s", strings.Join(shown, ", "))
		if n > len(shown) {
			fmt.Fprintf(&b, " and %d more", n-len(shown))
		}
		b.WriteString(".")
	}
	return b.String()
}

// correctionLines writes each correction that counts: what, when, why and who.
func (r Report) correctionLines() []line {
	lines := make([]line, len(r.Corrections.Items))
	for i, c := range r.Corrections.Items {
		name := c.ID
		if c.Name != "" {
			name += " " + clean(c.Name)
		}
		lines[i] = line{{text: name, bold: true}, plain(": %s", r.correctionWords(c))}
	}
	return lines
}

func (r Report) correctionWords(c Correction) string {
	what := "excludes "
	if c.Kind == correction.Adjust {
		what = "adjusts "
	}
	zone := r.Period.location()
	times := make([]string, len(c.Intervals))
	for i, interval := range c.Intervals {
		times[i] = intervalWords(interval.From.In(zone), interval.To.In(zone))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s “%s” %s%s", strings.ReplaceAll(string(c.Category), "-", " "), clean(c.Reason), what, strings.Join(times, ", "))
	if more := c.Count - len(c.Intervals); more > 0 {
		fmt.Fprintf(&b, " and %d times before that", more)
	}
	fmt.Fprintf(&b, ", in %s. By %s", count(c.Budgets, "budget"), clean(c.Author))
	if c.ApprovedBy != "" {
		b.WriteString(", approved by " + clean(c.ApprovedBy))
	}
	b.WriteString(".")
	return b.String()
}

func intervalWords(from, to time.Time) string {
	const full = "Mon 2 January 15:04"
	switch {
	case from.Equal(to):
		return from.Format(full)
	case from.Format(time.DateOnly) == to.Format(time.DateOnly):
		return from.Format(full) + " to " + to.Format("15:04")
	default:
		return from.Format(full) + " to " + to.Format(full)
	}
}
