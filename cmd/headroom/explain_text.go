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
		fmt.Fprintln(b, e.Description)
	}
	section(b, "", e.settings())
	section(b, "Counting", e.counting())
	paragraphs(b, e.Counting.Notes)
	section(b, "Budget", nil)
	paragraphs(b, e.budget())
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
		_, _ = fmt.Fprintln(w, "  "+strings.Join(row, "\t")) // a strings.Builder has no errors
	}
	_ = w.Flush()
	for line := range strings.Lines(aligned.String()) {
		fmt.Fprintln(b, strings.TrimRight(line, " \n"))
	}
}

func paragraphs(b *strings.Builder, sentences []string) {
	for _, s := range sentences {
		fmt.Fprintln(b, "  "+s)
	}
}

// settings lists what may be set, and which of it is the default.
func (e explanation) settings() [][]string {
	values := [][2]string{
		{"namespace", e.ID.Namespace},
		{"target", e.Target.String()},
		{"window", e.Window},
		{"resolution", e.Resolution},
		{"owner", e.Owner},
		{"channel", e.Channel},
		{"runbook", e.Runbook},
		{"labels", labelText(e.Labels)},
		{"group", strings.Join(e.GroupBy, ", ")},
		{"formerly", joined(e.Formerly)},
	}
	rows := make([][]string, 0, len(values))
	for _, v := range values {
		note := ""
		if slices.Contains(e.Defaults, v[0]) {
			note = "the default"
		}
		if v[1] == "" {
			v[1], note = "none", "the default"
		}
		rows = append(rows, []string{v[0], v[1], note})
	}
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
		lines = append(lines, fmt.Sprintf("At %s events per second these are %s of %s events.",
			strconv.FormatFloat(*e.Budget.EventsPerSecond, 'f', -1, 64), whole(*e.Budget.Events), whole(*e.Budget.WindowEvents)))
	}
	return lines
}

func labelText(labels map[string]string) string {
	pairs := make([]string, 0, len(labels))
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		pairs = append(pairs, name+"="+strconv.Quote(labels[name]))
	}
	return strings.Join(pairs, ", ")
}

func joined(ids []slo.ID) string {
	texts := make([]string, 0, len(ids))
	for _, id := range ids {
		texts = append(texts, id.String())
	}
	return strings.Join(texts, ", ")
}

// percent writes a ratio with as many digits as it needs, nine at most.
func percent(ratio float64) string {
	return strings.TrimRight(strings.TrimRight(strconv.FormatFloat(100*ratio, 'f', 9, 64), "0"), ".") + "%"
}

// span writes seconds as a duration.
func span(seconds float64) string {
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
