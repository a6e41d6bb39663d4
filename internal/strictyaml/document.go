package strictyaml

import (
	"bytes"
	"errors"
	"io"
	"iter"

	"go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"

	"headroom/slo/diag"
)

// maxDepth is how deep maps and lists may nest.
const maxDepth = 64

// Document is one document of a source, between two lines of "---".
type Document struct {
	source     *Source
	start, end int // in the source's data
	line       int // number of its first line
	root       *yaml.Node
	problems   []diag.Problem
	reported   map[string]bool // names of aliases
}

// maxProblems is how many problems of one document are kept, so that a hostile
// one cannot fill the memory.
const maxProblems = 200

// add adds a problem of the bytes from start to end, or says that there are
// too many already. Only the last one allowed may be of another severity than
// said, since a document with an error must not look sound.
func (d *Document) add(severity diag.Severity, start, end int, check, message, hint string) {
	if len(d.problems) == maxProblems-1 {
		severity, check, message, hint = diag.Error, "too-many-problems", "more problems follow, which are not shown", "mend those before this one first"
	}
	p := d.source.problem(check, start, end, message, hint)
	p.Severity = severity
	d.problems = append(d.problems, p)
}

// full reports whether further problems are not worth looking for.
func (d *Document) full() bool { return len(d.problems) >= maxProblems }

// Documents parses one document after the other, so that no more than one tree
// is held. Documents without any content are left out. A document whose syntax
// is wrong yields its problems and does not keep the next from being read.
func (s *Source) Documents() iter.Seq[*Document] {
	return func(yield func(*Document) bool) {
		for start, line := 0, 1; start < len(s.data); {
			end, lines := nextDocument(s.data, start)
			d := &Document{source: s, start: start, end: end, line: line}
			if !blank(d.Text()) {
				d.parse()
			}
			if (d.root != nil || d.problems != nil) && !yield(d) {
				return
			}
			start, line = end, line+lines
		}
	}
}

// nextDocument returns where the document that begins at start ends, and how
// many lines it has. YAML allows "---" at the beginning of a line nowhere but
// between documents, so no scalar can be cut.
func nextDocument(data []byte, start int) (end, lines int) {
	for end = start; end < len(data); {
		if lines > 0 && isMarker(data[end:]) {
			return end, lines
		}
		length := bytes.IndexByte(data[end:], '\n') + 1
		if length == 0 {
			length = len(data) - end
		}
		end += length
		lines++
	}
	return end, lines
}

// blank reports whether a document is surely empty: its marker, white space and
// comments only.
func blank(text []byte) bool {
	if isMarker(text) {
		text = text[len("---"):]
	}
	for len(text) > 0 {
		var line []byte
		line, text, _ = bytes.Cut(text, []byte("\n"))
		if line = bytes.TrimLeft(line, " \r"); len(line) > 0 && line[0] != '#' {
			return false
		}
	}
	return true
}

func isMarker(line []byte) bool {
	rest, found := bytes.CutPrefix(line, []byte("---"))
	return found && (len(rest) == 0 || bytes.IndexByte([]byte(" \t\r\n"), rest[0]) >= 0)
}

func (d *Document) parse() {
	loader, err := yaml.NewLoader(bytes.NewReader(d.Text()), yaml.WithPlugin(loaderlimits.New(loaderlimits.DepthValue(maxDepth))))
	if err != nil {
		panic("strictyaml: options of the loader: " + err.Error())
	}
	var node yaml.Node
	if err := loader.Load(&node); err != nil {
		if !errors.Is(err, io.EOF) {
			d.syntaxProblem(err)
		}
		return
	}
	if len(node.Content) == 1 && !isNull(node.Content[0]) {
		d.root = node.Content[0]
		d.check(d.root)
	}
	var next yaml.Node
	switch err := loader.Load(&next); {
	case err == nil:
		at := d.offsetOf(next.Line, next.Column)
		d.add(diag.Error, at, at+1, "yaml-syntax", "text after the end of the document", `begin every document with a line of "---"`)
	case !errors.Is(err, io.EOF):
		d.syntaxProblem(err)
	}
}

// Text returns the document's own text, which the caller must not change.
func (d *Document) Text() []byte { return d.source.data[d.start:d.end:d.end] }

// Line returns the number of the document's first line in its file.
func (d *Document) Line() int { return d.line }

// Problems returns what was found wrong so far.
func (d *Document) Problems() []diag.Problem { return d.problems }

// Parsed reports whether the document's syntax could be read, so that it can
// be decoded.
func (d *Document) Parsed() bool { return d.root != nil }

// Keys returns the keys of the document's map in their order, empty when the
// document is no map.
func (d *Document) Keys() []Node {
	if d.root == nil || d.root.Kind != yaml.MappingNode {
		return nil
	}
	var keys []Node
	for i := 0; i+1 < len(d.root.Content); i += 2 {
		keys = append(keys, Node{d.root.Content[i]})
	}
	return keys
}

// Get returns the value of a key of the document's map, the zero Node when it
// is not given.
func (d *Document) Get(key string) Node {
	for i, k := range d.Keys() {
		if k.Text() == key {
			return Node{d.root.Content[2*i+1]}
		}
	}
	return Node{}
}

// Rename gives a key another name, so that decoding goes on as if it had been
// written that way. The caller reports the wrong name.
func (d *Document) Rename(key Node, name string) {
	if key.n != nil {
		key.n.Value = name
	}
}
