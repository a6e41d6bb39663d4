package report

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"headroom/api/figure"
	"headroom/slo"
)

// page is a report in words, before it takes the form of a medium.
type page struct {
	title    string
	subtitle string
	totals   string
	sections []section
}

// section is a list of lines under a heading. One without lines has only its
// remark.
type section struct {
	heading string
	remark  string
	lines   []line
	more    int
}

// line is a run of texts.
type line []text

// text is what a writer escapes for its medium.
type text struct {
	text string
	bold bool
	url  string // "" when it is no link
}

func plain(format string, args ...any) text { return text{text: fmt.Sprintf(format, args...)} }

// newPage puts a report into words.
func newPage(r Report) page {
	zone := r.Period.location()
	p := page{
		title:    "Error budgets, " + r.Period.Title(),
		subtitle: fmt.Sprintf("%s. As of %s, %s.", r.Scope.words(), r.At.In(zone).Format("Mon 2 January 2006 15:04"), zone),
		totals:   r.Totals.Line(),
	}
	if r.Totals.Budgets == 0 {
		return p
	}
	decide := section{heading: "Decide", lines: r.lines(r.Decide, r.decideWords), more: r.Decide.More}
	if r.Decide.Len() == 0 {
		decide.remark = "Nothing is over or soon over."
		if r.NotMeasured.Len() > 0 {
			decide.remark = "Nothing of what was measured is over or soon over."
		}
	}
	p.sections = append(p.sections, decide)
	for _, s := range []section{
		{heading: "Better", lines: r.lines(r.Better, betterWords), more: r.Better.More},
		{heading: "Not measured", remark: "Nobody knows how these are; they are not fine.", lines: r.lines(r.NotMeasured, reasonWords), more: r.NotMeasured.More},
		{heading: "Gaps", remark: "Measured in part of the period only.", lines: r.lines(r.Gaps, gapWords), more: r.Gaps.More},
		{heading: "Young", lines: r.lines(r.Young, youngWords), more: r.Young.More},
		{heading: "Corrected", remark: "These numbers count corrections; without them it would be:", lines: r.lines(r.Corrected, correctedWords), more: r.Corrected.More},
		{heading: "Corrections", lines: r.correctionLines(), more: r.Corrections.More},
	} {
		if len(s.lines) > 0 {
			p.sections = append(p.sections, s)
		}
	}
	return p
}

// words names a scope.
func (s Scope) words() string {
	var parts []string
	if s.Owner != "" {
		parts = append(parts, "owner "+clean(s.Owner))
	}
	if s.Namespace != "" {
		parts = append(parts, "namespace "+clean(s.Namespace))
	}
	if s.Channel != "" {
		parts = append(parts, "channel "+clean(s.Channel))
	}
	if len(parts) == 0 {
		return "All objectives"
	}
	return "Objectives of " + strings.Join(parts, ", ")
}

// Line says the totals in one line. Its numbers add up to the budgets.
func (t Totals) Line() string {
	if t.Budgets == 0 {
		return "No objectives."
	}
	what := count(t.Budgets, "budget")
	if t.Objectives != t.Budgets {
		what += " of " + count(t.Objectives, "objective")
	}
	var parts []string
	for _, part := range []struct {
		n    int
		what string
	}{
		{t.Over, "over"},
		{t.Soon, "soon over"},
		{t.Caution, "in caution"},
		{t.Healthy, "healthy"},
		{t.Young, "young"},
		{t.NoTraffic, "without traffic"},
		{t.NotMeasured, "not measured"},
	} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", part.n, part.what))
		}
	}
	return what + ": " + strings.Join(parts, ", ") + "."
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// lines writes each item of a list: its name, and what words says of it.
func (r Report) lines(list List, words func(Item) string) []line {
	lines := make([]line, len(list.Items))
	for i, item := range list.Items {
		name := text{text: figure.Objective(item.ID), bold: true}
		if r.URL != "" {
			name.url = strings.TrimSuffix(r.URL, "/") + "/slos/" + item.ID.String()
		}
		l := line{name}
		if !item.Group.IsZero() {
			l = append(l, plain(" %s", groupWords(item.Group)))
		}
		if item.Owner != "" && r.Scope.Owner == "" {
			l = append(l, plain(" (%s)", clean(item.Owner)))
		}
		lines[i] = append(l, plain(": %s", words(item)))
	}
	return lines
}

func groupWords(g slo.Group) string {
	labels := g.Labels()
	pairs := make([]string, 0, len(labels))
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		pairs = append(pairs, name+"="+strconv.Quote(clean(labels[name])))
	}
	return shorten("{" + strings.Join(pairs, ", ") + "}")
}

// decideWords says how far over a budget is, or when it will be, and why.
func (r Report) decideWords(i Item) string {
	var b strings.Builder
	if i.Standing == Over {
		fmt.Fprintf(&b, "over, %s left%s (%s over %s).", figure.Remaining(i.Remaining), rawWords(i), i.Target, clean(i.Window))
	} else {
		fmt.Fprintf(&b, "soon over, %s left%s", figure.Remaining(i.Remaining), rawWords(i))
		if i.Gone != nil {
			fmt.Fprintf(&b, ", gone by %s at the pace of the last %s, a burn of %s", i.Gone.Format("Mon 2 January"), clean(i.Lookback), figure.Burn(i.Burn))
		}
		b.WriteString(".")
	}
	if i.Spent != nil && *i.Spent > 0 {
		fmt.Fprintf(&b, " The period spent %s of the budget", spent(*i.Spent))
		if i.Cause != nil {
			b.WriteString(", " + causeWords(*i.Cause))
		}
		b.WriteString(".")
	}
	if i.Reason != "" {
		fmt.Fprintf(&b, " %s", clean(i.Reason))
	}
	return b.String()
}

// evenShare is the share of a period's bad events below which its worst day is
// not the cause.
const evenShare = 1.0 / 3

func causeWords(c Cause) string {
	const day = "Mon 2 January"
	switch {
	case c.Share < evenShare:
		return "spread over its days"
	case c.End.Sub(c.Start) > time.Hour:
		return spent(c.Spent) + " on " + c.Start.Format(day)
	default:
		return spent(c.Spent) + " on " + c.Start.Format(day+" from 15:04") + " to " + c.End.Format("15:04")
	}
}

func betterWords(i Item) string {
	now := "healthy again"
	if i.Standing == Caution {
		now = "no longer over"
	}
	return fmt.Sprintf("%s, %s left%s, %s at the start.", now, figure.Remaining(i.Remaining), rawWords(i), figure.Remaining(i.Before))
}

func reasonWords(i Item) string {
	state := strings.ReplaceAll(string(i.Data), "_", " ")
	if i.Reason == "" {
		return state + "."
	}
	return state + ". " + clean(i.Reason)
}

func gapWords(i Item) string {
	missing := time.Duration(i.Missing * float64(time.Second))
	return fmt.Sprintf("%s measured, %s missing.", figure.Share(floor(i.Coverage)), durationWords(missing))
}

func youngWords(i Item) string {
	left := ""
	if i.Remaining != nil {
		left = " So far " + figure.Remaining(i.Remaining) + " is left" + rawWords(i) + "."
	}
	if i.Reason == "" {
		return "younger than its window." + left
	}
	return clean(i.Reason) + left
}
