package strictyaml

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"headroom/slo/diag"
)

// Node is a place in a document: a key or a value. The zero Node stands for
// the beginning of the document.
type Node struct{ n *yaml.Node }

// IsZero reports whether the node was not in the document.
func (n Node) IsZero() bool { return n.n == nil }

// Text returns a scalar's text and "" for everything else.
func (n Node) Text() string {
	if n.n == nil {
		return ""
	}
	return n.n.Value
}

// Position returns the line in the file and the column of a node, counting
// from 1.
func (d *Document) Position(n Node) (line, column int) {
	if n.n == nil {
		return d.line, 1
	}
	return d.line + n.n.Line - 1, n.n.Column
}

// Report adds an error at a node.
func (d *Document) Report(at Node, check, message, hint string) {
	d.report(diag.Error, at, check, message, hint)
}

func (d *Document) report(severity diag.Severity, at Node, check, message, hint string) {
	if d.full() {
		return
	}
	start, end := d.extent(at.n)
	d.add(severity, start, end, check, message, hint)
}

// Warn adds a warning at a node.
func (d *Document) Warn(at Node, check, message, hint string) {
	d.report(diag.Warning, at, check, message, hint)
}

// ReportRange adds an error at a part of a scalar: the bytes from start to end
// of its text, however it is quoted or folded in the file.
func (d *Document) ReportRange(at Node, start, end int, check, message, hint string) {
	if !at.IsScalar() || strings.TrimSpace(at.n.Value) == "" {
		d.Report(at, check, message, hint)
		return
	}
	if d.full() {
		return
	}
	text := strings.TrimRight(at.n.Value, " \t\r\n")
	start = min(max(start, 0), len(text))
	end = min(max(end, start), len(text))
	from := d.locate(at.n, start)
	to := from
	if end > start {
		to = d.after(at.n, end-1)
	}
	d.add(diag.Error, from, to, check, message, hint)
}

// offset returns where a node begins in the source.
func (d *Document) offset(n *yaml.Node) int { return d.offsetOf(n.Line, n.Column) }

func (d *Document) offsetOf(line, column int) int {
	d.source.index()
	i := min(max(d.line+line-2, 0), len(d.source.lines)-1)
	offset := d.source.lines[i]
	for ; column > 1 && offset < d.end && d.source.data[offset] != '\n'; column-- {
		_, size := utf8.DecodeRune(d.source.data[offset:])
		offset += size
	}
	return min(offset, d.end)
}

// extent returns the part of the source that a caret line shall mark: all of a
// scalar on its first line, the first character of a map or list.
func (d *Document) extent(n *yaml.Node) (start, end int) {
	if n == nil {
		return d.start, d.start
	}
	start = d.offset(n)
	if n.Kind == yaml.AliasNode {
		return start, start + len(n.Value) + 1
	}
	if n.Kind != yaml.ScalarNode || n.Anchor != "" || n.Style&yaml.TaggedStyle != 0 {
		return start, d.wordEnd(start)
	}
	text := strings.TrimRight(n.Value, " \t\r\n")
	switch {
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		if text == "" {
			return start, start + 1
		}
		return d.locate(n, 0), d.lineEnd(d.locate(n, 0))
	case n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0:
		return start, d.locate(n, len(n.Value)) + 1
	}
	return start, d.locate(n, len(text))
}

func (d *Document) lineEnd(from int) int {
	length := bytes.IndexByte(d.source.data[from:d.end], '\n')
	if length < 0 {
		length = d.end - from
	}
	return from + len(bytes.TrimRight(d.source.data[from:from+length], " \t\r"))
}

func (d *Document) wordEnd(from int) int {
	length := bytes.IndexAny(d.source.data[from:d.end], " \t\r\n,:]}")
	return from + max(length, 1)
}

// IsScalar reports whether the node is a single value that is not null, so
// that places inside its text can be reported.
func (n Node) IsScalar() bool {
	return n.n != nil && n.n.Kind == yaml.ScalarNode && (n.n.Tag != "!!null" || n.n.Style != 0)
}

// IsMap reports whether the node is a map.
func (n Node) IsMap() bool { return n.n != nil && n.n.Kind == yaml.MappingNode }
