package tidy

import (
	"strings"

	"go.yaml.in/yaml/v4"
)

// part is one entry of a map, or item of a list, in the lines from head up to
// end: comments, what it says, and comments that are indented below it.
type part struct {
	head, first, last, end int
}

// divide finds the lines of each part of a block that begins on the line from
// and, with the comments after it, ends before to. It also returns where the
// comments begin that belong to the block and to none of its parts.
func (l *layout) divide(firsts, lasts []int, from, to, indent int) (parts []part, foot int) {
	head := from
	for i := range firsts {
		next := to
		if i+1 < len(firsts) {
			next = firsts[i+1]
		}
		p := part{head: head, first: firsts[i], last: lasts[i], end: lasts[i] + 1}
		for line := p.end; line < next; line++ {
			text := strings.TrimSpace(l.lines[line])
			if text != "" && indentOf(l.lines[line]) <= indent {
				break
			}
			if text != "" {
				p.end = line + 1
			}
		}
		head = p.end
		parts = append(parts, p)
	}
	return parts, head
}

// mapping writes the entries of a block map whose first key is on the line
// from.
func (l *layout) mapping(n *yaml.Node, from, to, indent int, o order) ([]string, error) {
	var firsts, lasts []int
	column := n.Content[0].Column
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		last, err := l.last(key, value)
		if err != nil || key.Column != column || key.Kind != yaml.ScalarNode {
			return nil, errOdd
		}
		firsts, lasts = append(firsts, key.Line-1), append(lasts, last)
	}
	parts, foot := l.divide(firsts, lasts, from, to, column-1)
	var out []string
	for _, i := range o.sorted(n) {
		entry, err := l.entry(n.Content[i], n.Content[i+1], parts[i/2], indent, o.under(n.Content[i].Value))
		if err != nil {
			return nil, err
		}
		head := comments(l.lines[parts[i/2].head:parts[i/2].first], indent)
		if len(out) == 0 {
			for len(head) > 0 && head[0] == "" {
				head = head[1:]
			}
		}
		out = append(append(out, head...), entry...)
	}
	return append(out, comments(l.lines[foot:to], indent)...), nil
}

// entry writes a key with its value.
func (l *layout) entry(key, value *yaml.Node, p part, indent int, o order) ([]string, error) {
	keyEnd := l.doc.End(key)
	if l.lineOf(keyEnd-1) != p.first {
		return nil, errOdd
	}
	before := l.text[l.starts[p.first]:l.doc.Start(key)]
	if strings.Trim(before, " -") != "" || strings.Count(before, "-") > 1 {
		return nil, errOdd
	}
	after := strings.TrimLeft(l.text[keyEnd:l.starts[p.first]+len(l.lines[p.first])], " ")
	after, colon := strings.CutPrefix(after, ":")
	if !colon {
		return nil, errOdd
	}
	prefix := strings.Repeat(" ", indent) + l.scalar(key) + ":"
	return l.value(prefix, after, value, p, key.Column-1, indent, o)
}

// value writes what stands after prefix, "key:" or "-"; after is the rest of
// its line. What is not single values and blocks is moved as it is.
func (l *layout) value(prefix, after string, value *yaml.Node, p part, was, indent int, o order) ([]string, error) {
	tail := p.last + 1
	block := value.Kind != yaml.ScalarNode && value.Style&yaml.FlowStyle == 0
	var out []string
	switch {
	case value.Kind == yaml.AliasNode:
		return nil, errOdd
	case block && value.Line-1 > p.first:
		rest, ok := trailing(after)
		if !ok {
			return nil, errOdd
		}
		nested, err := l.block(value, p.first+1, p.end, indent+step, o)
		if err != nil {
			return nil, err
		}
		return append([]string{prefix + rest}, nested...), nil
	case block:
		return nil, errOdd
	case empty(value):
		rest, ok := trailing(after)
		if !ok || p.last != p.first {
			return nil, errOdd
		}
		out = []string{prefix + rest}
	case p.last == p.first && value.Style&(yaml.LiteralStyle|yaml.FoldedStyle) == 0:
		end, err := l.end(value)
		if err != nil {
			return nil, err
		}
		rest, ok := trailing(l.text[end : l.starts[p.first]+len(l.lines[p.first])])
		if !ok {
			return nil, errOdd
		}
		out = []string{prefix + " " + l.inline(value, o) + rest}
	default:
		literal := value.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0
		out = []string{strings.TrimRight(prefix+" "+strings.TrimLeft(after, " "), " ")}
		by := indent - was
		if literal {
			by = l.literalShift(value, p, indent, by)
		}
		for _, line := range l.lines[p.first+1 : tail] {
			out = append(out, moved(line, by, literal))
		}
	}
	below := indent + step
	if value.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		below = indent // further in it would be a part of the value
		if strings.Contains(l.header(value), "+") {
			out = append(out, closed)
		}
	}
	return append(out, comments(l.lines[tail:p.end], below)...), nil
}

// block writes a block map or list that begins on a line of its own.
func (l *layout) block(n *yaml.Node, from, to, indent int, o order) ([]string, error) {
	if n.Kind == yaml.MappingNode {
		return l.mapping(n, from, to, indent, o)
	}
	return l.sequence(n, from, to, indent, o.items())
}

// sequence writes the items of a block list.
func (l *layout) sequence(n *yaml.Node, from, to, indent int, o order) ([]string, error) {
	var firsts, lasts []int
	for _, item := range n.Content {
		last, err := l.last(item, item)
		if err != nil || empty(item) {
			return nil, errOdd
		}
		line := l.lines[item.Line-1]
		start := l.doc.Start(item) - l.starts[item.Line-1]
		if strings.TrimSpace(line[:start]) != "-" || indentOf(line) != n.Column-1 {
			return nil, errOdd
		}
		firsts, lasts = append(firsts, item.Line-1), append(lasts, last)
	}
	parts, foot := l.divide(firsts, lasts, from, to, n.Column-1)
	var out []string
	for i, item := range n.Content {
		head := comments(l.lines[parts[i].head:parts[i].first], indent)
		if i == 0 {
			head = trimFirst(head)
		}
		lines, err := l.item(item, parts[i], n.Column-1, indent, o)
		if err != nil {
			return nil, err
		}
		out = append(append(out, head...), lines...)
	}
	return append(out, comments(l.lines[foot:to], indent)...), nil
}

func trimFirst(lines []string) []string {
	for len(lines) > 0 && lines[0] == "" {
		lines = lines[1:]
	}
	return lines
}

// item writes one item of a list.
func (l *layout) item(item *yaml.Node, p part, was, indent int, o order) ([]string, error) {
	dash := strings.Repeat(" ", indent) + "-"
	if item.Kind == yaml.ScalarNode || item.Style&yaml.FlowStyle != 0 {
		return l.value(dash, l.lines[p.first][l.doc.Start(item)-l.starts[p.first]:], item, p, was, indent, o)
	}
	if item.Kind != yaml.MappingNode {
		return nil, errOdd
	}
	lines, err := l.mapping(item, p.first, p.end, indent+step, o)
	if err != nil {
		return nil, err
	}
	// Comments of what is now the first key stand above the dash.
	var out []string
	for i, line := range lines {
		text := strings.TrimLeft(line, " ")
		if text != "" && text[0] != '#' {
			return append(append(out, dash+" "+text), lines[i+1:]...), nil
		}
		out = append(out, strings.Repeat(" ", indent)+text)
	}
	return nil, errOdd
}
