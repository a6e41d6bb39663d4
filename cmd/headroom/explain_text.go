package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"headroom/slo"
)

// writeExplanations prints explanations for a person, with an empty line
// between two of them. Its error is the writer's.
func writeExplanations(w io.Writer, explanations []explanation) error {
	for i, e := range explanations {
		var b strings.Builder
		if i > 0 {
			b.WriteByte('\n')
		}
		e.writeText(&b)
		if _, err := io.WriteString(w, b.String()); err != nil {
			return fmt.Errorf("write explanation: %w", err)
		}
	}
	return nil
}

func (e explanation) writeText(b *strings.Builder) {
	fmt.Fprintf(b, "%s  (%s:%d)\n", e.ID, e.Place.File, e.Place.Line)
	if e.Description != "" {
		fmt.Fprintln(b, printable(e.Description))
	}
	section(b, "", e.settings())
	section(b, "Counting", e.counting())
	paragraphs(b, e.Counting.Notes)
	section(b, "Budget", nil)
	paragraphs(b, e.budget())
	for _, a := range e.Advice {
		paragraphs(b, []string{"Warning: " + a.Message})
	}
	e.writeAlerts(b)
	e.writeRules(b)
}

// section prints rows of cells in columns under a title.
func section(b *strings.Builder, title string, rows [][]string) {
	b.WriteByte('\n')
	if title != "" {
		fmt.Fprintln(b, title)
	}
	columns(b, rows)
}

func columns(b *strings.Builder, rows [][]string) {
	var aligned strings.Builder
	w := tabwriter.NewWriter(&aligned, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		_, _ = fmt.Fprint(w, "  ") // a strings.Builder has no errors
		for i, cell := range row {
			if i > 0 {
				_, _ = fmt.Fprint(w, "\t")
			}
			_, _ = fmt.Fprint(w, strings.ReplaceAll(printable(cell), "\t", " "))
		}
		_, _ = fmt.Fprintln(w)
	}
	_ = w.Flush()
	for line := range strings.Lines(aligned.String()) {
		fmt.Fprintln(b, strings.TrimRight(line, " \n"))
	}
}

func paragraphs(b *strings.Builder, sentences []string) {
	for _, s := range sentences {
		fmt.Fprintln(b, "  "+printable(s))
	}
}

// settings lists what may be set, and where its value comes from.
func (e explanation) settings() [][]string {
	values := [][2]string{
		{"namespace", e.ID.Namespace},
		{"target", e.Target.String()},
		{"window", e.Window},
		{"resolution", e.Resolution},
		{"owner", e.Owner},
		{"channel", e.Channel},
		{"runbook", e.Runbook},
	}
	rows := make([][]string, 0, len(values))
	add := func(name, value, key string) {
		if value == "" {
			value = "none"
		}
		rows = append(rows, []string{name, value, e.Sources[key]})
	}
	for _, v := range values {
		add(v[0], v[1], v[0])
	}
	if e.Plan != "" {
		add("plan", e.Plan, "plan")
	}
	for _, label := range slices.Sorted(maps.Keys(e.Labels)) {
		add("label "+label, strconv.Quote(e.Labels[label]), "labels."+label)
	}
	if len(e.Labels) == 0 {
		add("labels", "", "labels")
	}
	add("group", strings.Join(e.GroupBy, ", "), "group")
	add("formerly", joined(e.Formerly), "formerly")
	return rows
}

func (e explanation) counting() [][]string {
	rows := [][]string{{"kind", e.Counting.Kind}}
	if e.Counting.Template != nil {
		rows = append(rows, []string{"template", e.Counting.Template.text()})
	}
	for _, v := range [][2]string{{"bad", e.Counting.Bad}, {"good", e.Counting.Good}, {"total", e.Counting.Total}} {
		if v[1] != "" {
			rows = append(rows, v[:])
		}
	}
	return rows
}

func (e explanation) budget() []string {
	lines := []string{fmt.Sprintf("%s of the events in any %s may be bad. A full outage uses that up in %s.",
		percent(e.Target.Budget()), e.Window, span(e.Budget.OutageExhausts))}
	if e.Budget.Events != nil {
		at := "At"
		if e.Budget.Observed {
			at = "At the observed"
		}
		lines = append(lines, fmt.Sprintf("%s %s events per second these are %s of %s events.",
			at, plain(*e.Budget.EventsPerSecond), few(*e.Budget.Events), few(*e.Budget.WindowEvents)))
	}
	return lines
}

func joined(ids []slo.ID) string {
	texts := make([]string, 0, len(ids))
	for _, id := range ids {
		texts = append(texts, id.String())
	}
	return strings.Join(texts, ", ")
}

// percent writes a ratio with as many digits as it needs, six at most.
func percent(ratio float64) string { return plain(100*ratio) + "%" }

// plain writes a number with as many digits as it needs, six that count at most.
func plain(v float64) string {
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 6, 64), 64) // what was just written
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}

// span writes seconds as a duration.
func span(seconds float64) string {
	if seconds < 1 {
		return "less than 1s"
	}
	return slo.FormatDuration(time.Duration(seconds * float64(time.Second)))
}

// whole writes a count with thousands apart: "241,920".
func whole(n float64) string {
	digits := strconv.FormatFloat(n, 'f', 0, 64)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
