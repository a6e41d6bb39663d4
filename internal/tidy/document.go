package tidy

import (
	"errors"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"headroom/internal/strictyaml"
)

// errOdd stands for a layout that this package does not rearrange, and
// errChanged for a mistake of this package: the result would not mean the same.
var (
	errOdd     = errors.New("the layout is too unusual")
	errChanged = errors.New("the result would differ in more than its form")
)

// step is the indentation of what is in a map or list.
const step = 2

// layout is a document whose lines are rearranged.
type layout struct {
	doc    *strictyaml.Document
	text   string
	lines  []string // without line breaks
	starts []int    // byte of text at which each line begins
}

// rearrange returns the text of a document in its one form.
func rearrange(d *strictyaml.Document, schemas Schemas) (string, error) {
	l := &layout{doc: d, text: string(d.Text())}
	l.lines = strings.Split(strings.TrimSuffix(l.text, "\n"), "\n")
	at := 0
	for _, line := range l.lines {
		l.starts = append(l.starts, at)
		at += len(line) + 1
	}
	root := d.Tree()
	if root.Kind != yaml.MappingNode || root.Style&yaml.FlowStyle != 0 || len(root.Content) == 0 {
		return "", errOdd
	}
	first, out := 0, []string{}
	if marker, found := strings.CutPrefix(l.lines[0], "---"); found {
		if rest := strings.TrimSpace(marker); rest != "" && rest[0] != '#' {
			return "", errOdd
		}
		out = append(out, strings.TrimRight(l.lines[0], " \t"))
		first = 1
	}
	for _, line := range l.lines {
		if rest, found := strings.CutPrefix(line, "..."); found && strings.TrimSpace(rest) == "" {
			return "", errOdd
		}
	}
	body, err := l.root(root, first, schemaOf(root, schemas))
	if err != nil {
		return "", err
	}
	result := strings.Join(append(out, settle(body)...), "\n") + "\n"
	if !equivalent(l.text, result) {
		return "", errChanged
	}
	return result, nil
}

// root writes the document's map. What stands above its first key stays there.
func (l *layout) root(root *yaml.Node, first int, o order) ([]string, error) {
	key := root.Content[0].Line - 1
	if key < first {
		return nil, errOdd
	}
	head := trimBlank(comments(l.lines[first:key], 0))
	if key > first && strings.TrimSpace(l.lines[key-1]) == "" && len(head) > 0 {
		head = append(head, "")
	}
	body, err := l.mapping(root, key, len(l.lines), 0, o)
	if err != nil {
		return nil, err
	}
	return append(head, trimBlank(body)...), nil
}

// lineOf returns the number of the line in which a byte of the text stands.
func (l *layout) lineOf(offset int) int {
	line, found := slices.BinarySearch(l.starts, offset)
	if !found {
		line--
	}
	return max(line, 0)
}

// trimBlank takes empty lines away at both ends.
func trimBlank(lines []string) []string {
	for len(lines) > 0 && lines[0] == "" {
		lines = lines[1:]
	}
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// Lines that stand for others until all is in its place.
const (
	kept   = "\x00" // an empty line that is a part of a value
	closed = "\x01" // the end of a value that would take empty lines after it
)

// settle puts in what the lines kept and closed stand for.
func settle(lines []string) []string {
	var out []string
	after := false // a line closed, and perhaps empty lines
	for _, line := range lines {
		switch {
		case line == closed:
			after = true
		case line == kept:
			out = append(out, "")
		case line == "" && after:
		default:
			out, after = append(out, line), false
		}
	}
	return out
}

// comments indents lines of comments and joins empty ones.
func comments(lines []string, indent int) []string {
	var out []string
	for _, line := range lines {
		line = strings.TrimSpace(line)
		switch {
		case line != "":
			out = append(out, strings.Repeat(" ", indent)+line)
		case len(out) == 0 || out[len(out)-1] != "":
			out = append(out, "")
		}
	}
	return out
}

func indentOf(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }
