// Package table prints statuses as a table for a terminal.
package table

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"headroom/api/figure"
	"headroom/api/v1"
)

// Options say what the reader's terminal can do; For finds them out.
type Options struct {
	Color bool // whether to use ANSI colours; no meaning depends on them
	Width int  // columns of the terminal; 0: as wide as needed
}

// separator stands between columns.
const separator = "  "

// Names are shortened to goodName to keep all burn rates, and to minName
// before the table becomes wider than the terminal.
const (
	goodName = 24
	minName  = 16
)

// Write prints one line a status, in their order, and under them the reasons
// of those whose data is not ok, and the raw numbers of those that are
// corrected. To fit the width it leaves out what can be left out, least
// important first, and then shortens names in their middle.
// Its error is the writer's.
func Write(w io.Writer, slos []v1.SLO, o Options) error {
	var b strings.Builder
	if len(slos) == 0 {
		b.WriteString("No objectives.\n")
	} else {
		columns := layout(slos, o.Width)
		writeLine(&b, columns, -1, o)
		for i := range slos {
			writeLine(&b, columns, i, o)
		}
		writeReasons(&b, slos, columns)
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	return nil
}

// placed is a column with its cells made and its width decided.
type placed struct {
	column
	cells []cell
	width int
}

func layout(slos []v1.SLO, width int) []placed {
	columns := make([]placed, 0, len(allColumns())+1)
	for _, c := range columnsFor(slos) {
		p := placed{column: c, width: len(c.title)}
		for _, s := range slos {
			made := c.cell(s)
			p.cells = append(p.cells, made)
			p.width = max(p.width, utf8.RuneCountInString(made.text))
		}
		columns = append(columns, p)
	}
	if width > 0 {
		columns = fit(columns, width)
	}
	return columns
}

// fit leaves out columns, least important first, and then shortens names.
func fit(columns []placed, width int) []placed {
	for {
		least := leastImportant(columns)
		if least < 0 {
			break
		}
		spared := 0
		if columns[least].spare == lastSpare {
			spared = max(0, columns[0].width-goodName)
		}
		if total(columns)-spared <= width {
			break
		}
		columns = slices.Delete(columns, least, least+1)
	}
	over := max(0, total(columns)-width)
	columns[0].width = max(columns[0].width-over, min(minName, columns[0].width))
	return columns
}

func total(columns []placed) int {
	sum := len(separator) * (len(columns) - 1)
	for _, c := range columns {
		sum += c.width
	}
	return sum
}

// leastImportant returns the index of the column to leave out next, or -1.
func leastImportant(columns []placed) int {
	least := -1
	for i, c := range columns {
		if c.spare > 0 && (least < 0 || c.spare > columns[least].spare) {
			least = i
		}
	}
	return least
}

// writeLine prints line i, or the titles for -1. Nothing is padded at the end.
func writeLine(b *strings.Builder, columns []placed, i int, o Options) {
	var line strings.Builder
	for n, c := range columns {
		made := cell{text: c.title, style: faint}
		if i >= 0 {
			made = c.cells[i]
		}
		text := shorten(made.text, c.width)
		pad := strings.Repeat(" ", c.width-utf8.RuneCountInString(text))
		if n > 0 {
			line.WriteString(separator)
		}
		switch {
		case c.right:
			line.WriteString(pad + paint(text, made.style, o.Color))
		case n == len(columns)-1:
			line.WriteString(paint(text, made.style, o.Color))
		default:
			line.WriteString(paint(text, made.style, o.Color) + pad)
		}
	}
	b.WriteString(strings.TrimRight(line.String(), " "))
	b.WriteByte('\n')
}

// uncorrected says what the numbers are without corrections, "" when none
// touch the window.
func uncorrected(s v1.SLO) string {
	if !s.Corrected || s.Raw == nil {
		return ""
	}
	return fmt.Sprintf("Corrected; without corrections %s of the budget is left: %s of %s events bad.",
		figure.Remaining(s.Raw.Budget.Remaining), figure.Count(s.Raw.Bad), figure.Count(s.Raw.Total))
}

// shorten cuts the middle out of a text that is too long: both its service and
// its objective stay recognisable.
func shorten(s string, width int) string {
	runes := []rune(s)
	if len(runes) <= width {
		return s
	}
	head := (width - 1) / 2
	tail := width - 1 - head
	return string(runes[:head]) + "…" + string(runes[len(runes)-tail:])
}
