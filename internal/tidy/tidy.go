// Package tidy writes YAML in one form: keys in the order of a schema, two
// spaces of indentation, one kind of quotes. Every comment is kept.
package tidy

import (
	"bytes"
	"strings"

	"github.com/invopop/jsonschema"

	"headroom/internal/strictyaml"
	"headroom/slo/diag"
)

// Schemas returns the schema of documents of a kind, which is their second
// key; nil when the order of their keys is not known and stays.
type Schemas func(kind string) *jsonschema.Schema

// unixLines ends lines as Unix does. YAML takes a carriage return alone for the
// end of a line, too.
func unixLines(text []byte) []byte {
	return bytes.ReplaceAll(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
}

// Format returns a text in its one form. Formatting that again changes
// nothing, and both mean the same. A text that cannot be read is left alone:
// the problems say why. So is a document whose layout is too unusual to be
// rearranged safely.
func Format(name string, text []byte, schemas Schemas) ([]byte, []diag.Problem) {
	text = unixLines(bytes.TrimPrefix(text, []byte("\uFEFF")))
	source, problems := strictyaml.NewSource(name, text)
	if source == nil {
		return nil, problems
	}
	all := strings.SplitAfter(string(text), "\n")
	var out strings.Builder
	next := 0 // line that was not written yet
	for d := range source.Documents() {
		problems = append(problems, d.Problems()...)
		if !d.Parsed() || len(problems) > 0 {
			continue
		}
		writeBetween(&out, all[next:d.Line()-1])
		document := string(d.Text())
		next = d.Line() - 1 + strings.Count(document, "\n")
		if !strings.HasSuffix(document, "\n") {
			next++
		}
		if tidied, err := rearrange(d, schemas); err == nil {
			document = tidied
		}
		out.WriteString(document)
	}
	if len(problems) > 0 {
		return nil, problems
	}
	writeBetween(&out, all[min(next, len(all)):])
	return []byte(out.String()), nil
}

// writeBetween writes lines that belong to no document: markers, comments and
// empty lines.
func writeBetween(out *strings.Builder, lines []string) {
	for _, line := range lines {
		if line != "" {
			out.WriteString(strings.TrimRight(line, " \t\n") + "\n")
		}
	}
}
