package diag

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Characters of context that an excerpt of a long line keeps.
const (
	excerptBefore = 60
	excerptAfter  = 100
)

// SetExcerpt fills Excerpt and ExcerptColumn from the source line at
// p.Line. Of a line that is too long to be shown only the part around p.Column
// is kept; control characters, which could steer a terminal, are replaced.
func (p *Problem) SetExcerpt(line string) {
	line = strings.TrimRight(line, "\r\n")
	start, end, tail := 0, len(line), ""
	if utf8.RuneCountInString(line) > excerptBefore+excerptAfter {
		start = byteOffset(line, p.Column-1-excerptBefore)
		end = start + byteOffset(line[start:], excerptBefore+excerptAfter)
		if end < len(line) {
			tail = "…"
		}
	}
	p.Excerpt = printable(line[start:end]) + tail
	p.ExcerptColumn = 0
	if start > 0 {
		p.ExcerptColumn = utf8.RuneCountInString(line[:start]) + 1
	}
}

// byteOffset returns where the character with the given number begins, within s.
func byteOffset(s string, runes int) int {
	for i := range s {
		if runes <= 0 {
			return i
		}
		runes--
	}
	return len(s)
}

func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' || !unicode.IsControl(r) && !unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) {
			return r
		}
		return utf8.RuneError
	}, s)
}
