package tidy

import (
	"strings"
	"unicode"

	"go.yaml.in/yaml/v4"
)

// inline writes a scalar or a flow collection that stands on one line.
func (l *layout) inline(n *yaml.Node, o order) string {
	if n.Kind == yaml.ScalarNode {
		return l.scalar(n)
	}
	var parts []string
	switch {
	case !l.plainFlow(n):
		end, err := l.end(n)
		if err != nil {
			panic("tidy: a flow collection had an end before: " + err.Error())
		}
		return l.text[l.doc.Start(n):end]
	case n.Kind == yaml.MappingNode:
		for _, i := range o.sorted(n) {
			key, value := n.Content[i], n.Content[i+1]
			parts = append(parts, l.scalar(key)+": "+l.inline(value, o.under(key.Value)))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	default:
		for _, item := range n.Content {
			parts = append(parts, l.inline(item, o.items()))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
}

// plainFlow reports whether a flow collection consists of nothing but keys and
// values that were written out.
func (l *layout) plainFlow(n *yaml.Node) bool {
	for i, child := range n.Content {
		switch isKey := n.Kind == yaml.MappingNode && i%2 == 0; {
		case isKey && child.Kind != yaml.ScalarNode, empty(child):
			return false
		case child.Kind != yaml.ScalarNode:
			if c := l.text[l.doc.Start(child)]; c != '{' && c != '[' || !l.plainFlow(child) {
				return false
			}
		}
	}
	return true
}

// scalar writes a scalar that stands on one line: plain ones as they are,
// quoted ones in double quotes unless they hold a double quote or a backslash.
func (l *layout) scalar(n *yaml.Node) string {
	source := l.text[l.doc.Start(n):l.doc.End(n)]
	quoted := n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0
	if !quoted || strings.ContainsFunc(n.Value, func(r rune) bool { return !unicode.IsPrint(r) }) || escapes(source) {
		return source
	}
	if strings.ContainsAny(n.Value, `"\`) {
		return "'" + strings.ReplaceAll(n.Value, "'", "''") + "'"
	}
	return `"` + n.Value + `"`
}

// escapes reports whether a text in double quotes writes characters by their
// names or numbers.
func escapes(source string) bool {
	if source[0] != '"' {
		return false
	}
	for i := 0; i+1 < len(source); i++ {
		if source[i] == '\\' {
			i++
			if source[i] != '"' && source[i] != '\\' {
				return true
			}
		}
	}
	return false
}
