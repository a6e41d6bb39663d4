package diag

import (
	"fmt"
	"io"
	"strings"
)

// Write prints problems for a person:
//
//	slo.yaml:6:13: error: target "0.999" has no percent sign [target-format]
//	    target: "0.999"
//	            ^^^^^^^
//	help: write target: 99.9%
//
// Its error is the writer's.
func Write(w io.Writer, problems []Problem) error {
	var b strings.Builder
	for _, p := range problems {
		b.Reset()
		p.format(&b)
		if _, err := io.WriteString(w, b.String()); err != nil {
			return fmt.Errorf("write problems: %w", err)
		}
	}
	return nil
}

// String returns the problem's first line as Write prints it. What has no place
// in a file begins with its severity.
func (p Problem) String() string {
	place := ""
	switch {
	case p.File != "" && p.Line > 0:
		place = fmt.Sprintf("%s:%d:%d: ", printable(p.File), p.Line, p.Column)
	case p.File != "":
		place = printable(p.File) + ": "
	}
	return fmt.Sprintf("%s%s: %s [%s]", place, p.Severity, printable(p.Message), p.Check)
}

func (p Problem) format(b *strings.Builder) {
	b.WriteString(p.String())
	b.WriteByte('\n')
	if strings.TrimSpace(p.Excerpt) != "" {
		p.formatExcerpt(b)
	}
	if p.Hint != "" {
		fmt.Fprintf(b, "help: %s\n", printable(p.Hint))
	}
}

func (p Problem) formatExcerpt(b *strings.Builder) {
	const margin = "    "
	offset := max(p.ExcerptColumn, 1)
	before, pad := "", ""
	if offset > 1 {
		before, pad = "…", " "
	}
	line := []rune(p.Excerpt)
	fmt.Fprintf(b, "%s%s%s\n%s%s", margin, before, p.Excerpt, margin, pad)
	at := min(max(p.Column-offset, 0), len(line))
	for _, r := range line[:at] {
		if r != '\t' {
			r = ' '
		}
		b.WriteRune(r)
	}
	carets := min(max(p.EndColumn-p.Column, 1), max(len(line)-at, 1))
	b.WriteString(strings.Repeat("^", carets))
	b.WriteByte('\n')
}
