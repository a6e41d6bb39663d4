package strictyaml

import (
	"bytes"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// aligner walks over a scalar's text and its source at the same time. Quotes,
// escapes, indentation and folded lines are in the source only; everything
// else is the same in both, apart from the amount of white space.
type aligner struct {
	source []byte
	text   string
	style  yaml.Style
	pos    int // in source
	i      int // in text
}

// locate returns where the byte with number at of a scalar's text stands in
// the source.
func (d *Document) locate(n *yaml.Node, at int) int {
	a := d.align(n)
	a.walk(at)
	return a.pos
}

// after returns where the source goes on after the byte with number at.
func (d *Document) after(n *yaml.Node, at int) int {
	a := d.align(n)
	for a.i <= at && a.pos < len(a.source) {
		a.step()
	}
	return a.pos
}

func (d *Document) align(n *yaml.Node) *aligner {
	a := &aligner{source: d.source.data[:d.end], text: n.Value, style: n.Style, pos: d.offset(n)}
	switch {
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		a.pos += bytes.IndexByte(a.source[a.pos:], '\n') + 1
	case n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0:
		a.pos++
	}
	return a
}

func (a *aligner) walk(at int) {
	for a.i < at && a.pos < len(a.source) {
		a.step()
	}
	if at < len(a.text) && isSpace(a.text[at]) {
		return
	}
	for at < len(a.text) && a.pos < len(a.source) && (isSpace(a.source[a.pos]) || a.escapedBreak()) {
		a.pos++
	}
}

func (a *aligner) step() {
	if a.i >= len(a.text) || a.pos >= len(a.source) {
		return
	}
	c := a.text[a.i]
	switch s := a.source[a.pos]; {
	case a.escapedBreak():
		a.pos++
	case a.style&yaml.DoubleQuotedStyle != 0 && s == '\\':
		a.escape()
	case a.style&yaml.SingleQuotedStyle != 0 && s == '\'':
		a.pos += 2
		a.i++
	case isSpace(c) && s != c:
		if c == '\n' && s == '\r' {
			a.pos++
			return
		}
		a.i++
	case isSpace(s) && s != c:
		a.pos++
	default:
		a.pos++
		a.i++
	}
}

// escapedBreak reports whether the source stands at a backslash that only
// joins two lines.
func (a *aligner) escapedBreak() bool {
	return a.style&yaml.DoubleQuotedStyle != 0 && a.source[a.pos] == '\\' && a.pos+1 < len(a.source) &&
		(a.source[a.pos+1] == '\n' || a.source[a.pos+1] == '\r')
}

// escape steps over one escape sequence and the character that it stands for.
func (a *aligner) escape() {
	length := 2
	if a.pos+1 < len(a.source) {
		switch a.source[a.pos+1] {
		case 'x':
			length = 4
		case 'u':
			length = 6
		case 'U':
			length = 10
		}
	}
	_, size := utf8.DecodeRuneInString(a.text[a.i:])
	a.pos = min(a.pos+length, len(a.source))
	a.i += size
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }
