package manifest

import (
	"headroom/internal/strictyaml"
	"headroom/slo"
	"headroom/slo/diag"
)

// Site is where an objective is written, for problems that are found after
// reading.
type Site struct {
	place slo.Place
	name  string
	line  int // of the document in its file
	doc   *strictyaml.Document
}

// Site finds where an objective of the result is written.
func (r Result) Site(o *slo.Objective) *Site {
	site := &Site{place: o.Place, name: o.ID.Objective}
	var document *Document
	for i, d := range r.Documents {
		if d.File == o.Place.File && d.Line <= o.Place.Line && (document == nil || d.Line > document.Line) {
			document = &r.Documents[i]
		}
	}
	if document == nil {
		return site
	}
	source, _ := strictyaml.NewSource(document.File, document.Text)
	if source == nil {
		return site
	}
	for d := range source.Documents() {
		site.doc, site.line = d, document.Line
	}
	return site
}

// Text returns the text of a value by the keys that lead to it from the
// objective, "" when it is not written there.
func (s *Site) Text(path ...string) string {
	_, value := s.find(path)
	return value.Text()
}

// Problem places a problem at a value of the objective, or at a part of its
// text: the bytes from start to end, all of it when end is not after start. A
// value that is not written leads to the nearest key above it.
func (s *Site) Problem(p diag.Problem, start, end int, path ...string) diag.Problem {
	if s.doc == nil {
		p.File, p.Line, p.Column = s.place.File, s.place.Line, s.place.Column
		return p
	}
	key, value := s.find(path)
	for key.IsZero() && len(path) > 0 {
		path, start, end = path[:len(path)-1], 0, 0
		key, value = s.find(path)
	}
	if !value.IsScalar() || key.IsZero() {
		value = key
	}
	placed := s.doc.ProblemAt(value, start, end, p)
	placed.Line += s.line - 1
	return placed
}

func (s *Site) find(path []string) (key, value strictyaml.Node) {
	if s.doc == nil {
		return strictyaml.Node{}, strictyaml.Node{}
	}
	return s.doc.Find(append([]string{"objectives", s.name}, path...)...)
}
