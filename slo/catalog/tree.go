package catalog

import (
	"fmt"
	"strings"

	"headroom/internal/strictyaml"
)

// tree is a value of an indicator: a scalar, a list or a map.
type tree struct {
	key   strictyaml.Node // zero for items of lists
	at    strictyaml.Node
	name  string // of the key
	text  string // of a scalar
	kind  treeKind
	below []*tree
}

type treeKind int

const (
	scalarTree treeKind = iota
	mapTree
	listTree
)

// grow copies a part of a document. Values that are empty are left out:
// decoding the document reports them.
func grow(key, at strictyaml.Node) *tree {
	t := &tree{key: key, at: at, name: key.Text()}
	switch {
	case at.IsMap():
		t.kind = mapTree
		for k, v := range at.Pairs() {
			t.below = append(t.below, grow(k, v))
		}
	case at.IsList():
		t.kind = listTree
		for v := range at.Items() {
			t.below = append(t.below, grow(strictyaml.Node{}, v))
		}
	default:
		t.text = at.Text()
	}
	return t
}

// child returns the value of a key of a map.
func (t *tree) child(name string) *tree {
	for _, b := range t.below {
		if t.kind == mapTree && b.name == name {
			return b
		}
	}
	return nil
}

// walk calls f for every scalar with its path, such as "ratio.bad".
func (t *tree) walk(path string, f func(path string, scalar *tree)) {
	if t.kind == scalarTree {
		f(path, t)
		return
	}
	for _, b := range t.below {
		below := path
		if b.name != "" {
			below = strings.TrimPrefix(path+"."+b.name, ".")
		}
		b.walk(below, f)
	}
}

// writer writes trees as YAML with one scalar on each line, and remembers which
// node each line came from.
type writer struct {
	b     strings.Builder
	lines []*tree
}

func (w *writer) line(t *tree, indent int, text string) {
	w.b.WriteString(strings.Repeat("  ", indent))
	w.b.WriteString(text)
	w.b.WriteByte('\n')
	w.lines = append(w.lines, t)
}

// write writes what is below a map or a list.
func (w *writer) write(t *tree, indent int) {
	for _, b := range t.below {
		lead := "-"
		if t.kind == mapTree {
			lead = scalar(b.name) + ":"
		}
		switch {
		case b.kind == scalarTree:
			w.line(b, indent, lead+" "+scalar(b.text))
		case len(b.below) == 0 && b.kind == mapTree:
			w.line(b, indent, lead+" {}")
		case len(b.below) == 0:
			w.line(b, indent, lead+" []")
		default:
			w.line(b, indent, lead)
			w.write(b, indent+1)
		}
	}
}

// scalar writes a text so that YAML reads it back: plain where it is a word,
// in single quotes where that is enough, otherwise in double quotes.
func scalar(s string) string {
	switch {
	case isWord(s):
		return s
	case !strings.ContainsFunc(s, needsEscape):
		return "'" + strings.ReplaceAll(s, "'", "''") + "'"
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case needsEscape(r) && r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		case needsEscape(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// isWord reports whether YAML reads a text as it is and as text: a word that
// is neither a number nor one that means something else.
func isWord(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
		inner := c >= '0' && c <= '9' || c == '-' || c == '.' || c == '/'
		if !letter && (i == 0 || !inner) {
			return false
		}
	}
	switch strings.ToLower(s) {
	case "", "y", "n", "yes", "no", "on", "off", "true", "false", "null":
		return false
	}
	return true
}

// needsEscape reports whether a character may not stand in YAML as it is, or
// not in a value on one line.
func needsEscape(r rune) bool {
	return r < ' ' || r >= 0x7F && r <= 0x9F || r == 0x2028 || r == 0x2029 || r == 0xFEFF || r == 0xFFFE || r == 0xFFFF
}
