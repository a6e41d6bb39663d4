package tidy

import (
	"strings"

	"go.yaml.in/yaml/v4"
)

// empty reports whether a value was not written at all.
func empty(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Value == "" && n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0
}

// last returns the number of the last line of a value; key is its key, or the
// value itself in a list.
func (l *layout) last(key, value *yaml.Node) (int, error) {
	switch {
	case value.Kind == yaml.AliasNode:
		return 0, errOdd
	case empty(value):
		return key.Line - 1, nil
	case value.Kind == yaml.ScalarNode && value.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return l.lastOfLiteral(value), nil
	case value.Kind == yaml.ScalarNode || value.Style&yaml.FlowStyle != 0:
		end, err := l.end(value)
		if err != nil {
			return 0, err
		}
		return l.lineOf(end - 1), nil
	case len(value.Content) == 0:
		return 0, errOdd
	case value.Kind == yaml.MappingNode:
		return l.last(value.Content[len(value.Content)-2], value.Content[len(value.Content)-1])
	default:
		return l.last(value.Content[len(value.Content)-1], value.Content[len(value.Content)-1])
	}
}

// lastOfLiteral returns the last line of a scalar in the style of | or >. Empty
// lines at its end count only when the scalar keeps them.
func (l *layout) lastOfLiteral(n *yaml.Node) int {
	header := n.Line - 1
	keeps := strings.Contains(l.header(n), "+")
	indent, last := -1, header
	for line := header + 1; line < len(l.lines); line++ {
		text := l.lines[line]
		switch blank := strings.TrimSpace(text) == ""; {
		case blank && keeps:
			last = line
		case blank:
		case indent < 0 && n.Value != "" && strings.TrimSpace(n.Value) != "":
			indent, last = indentOf(text), line
		case indent >= 0 && indentOf(text) >= indent:
			last = line
		default:
			return last
		}
	}
	return last
}

// end returns the byte after a scalar or flow collection.
func (l *layout) end(n *yaml.Node) (int, error) {
	if n.Kind == yaml.ScalarNode {
		return l.doc.End(n), nil
	}
	start := l.doc.Start(n)
	if start >= len(l.text) {
		return 0, errOdd
	}
	if l.text[start] != '{' && l.text[start] != '[' { // a pair in a list: [key: value]
		last := n.Content[len(n.Content)-1]
		if empty(last) || last.Kind == yaml.AliasNode {
			return 0, errOdd
		}
		return l.end(last)
	}
	at := start + 1
	for _, child := range n.Content {
		if child.Kind == yaml.AliasNode {
			return 0, errOdd
		}
		if empty(child) {
			continue
		}
		end, err := l.end(child)
		if err != nil {
			return 0, err
		}
		at = max(at, end)
	}
	for ; at < len(l.text); at++ {
		switch c := l.text[at]; c {
		case '}', ']':
			return at + 1, nil
		case ' ', '\n', ',', ':':
		case '#':
			for at+1 < len(l.text) && l.text[at+1] != '\n' {
				at++
			}
		default:
			return 0, errOdd
		}
	}
	return 0, errOdd
}

// trailing reads what follows a value on its line: nothing, or a comment,
// whose distance is kept.
func trailing(s string) (string, bool) {
	text := strings.TrimSpace(s)
	if text == "" {
		return "", true
	}
	if text[0] != '#' || s[0] != ' ' {
		return "", false
	}
	return strings.TrimRight(s, " "), true
}

// header returns what begins a scalar in the style of | or >, such as "|2+".
func (l *layout) header(n *yaml.Node) string {
	line := n.Line - 1
	text, _, _ := strings.Cut(l.lines[line][l.doc.Start(n)-l.starts[line]:], " ")
	return text
}

// literalShift returns by how much a scalar in the style of | or > moves, so
// that it is indented by a step; by as much as its key when its header says how
// far it is indented.
func (l *layout) literalShift(n *yaml.Node, p part, indent, otherwise int) int {
	if strings.ContainsAny(l.header(n), "123456789") {
		return otherwise
	}
	for _, line := range l.lines[p.first+1 : p.last+1] {
		if strings.TrimSpace(line) != "" {
			return indent + step - indentOf(line)
		}
	}
	return otherwise
}

// moved indents a line by more or less. Of a literal, spaces at the end of a
// line stay.
func moved(line string, by int, literal bool) string {
	if !literal {
		line = strings.TrimRight(line, " ")
	}
	if line == "" && literal {
		return kept
	}
	if line == "" {
		return line
	}
	if by >= 0 {
		return strings.Repeat(" ", by) + line
	}
	return line[min(-by, indentOf(line)):]
}
