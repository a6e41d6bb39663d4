package registry

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"headroom/slo/diag"
	"headroom/slo/manifest"
)

// merge puts together what is found and what is kept.
type merge struct {
	registry  *Registry
	documents []goodDocument
	problems  []diag.Problem
	files     map[string]bool // real paths of the files that a source brought
	paths     map[string]bool
}

// source adds what one source brought. A file that an earlier source brought
// already belongs to that one.
func (m *merge) source(source Source, result manifest.Result) {
	if m.paths == nil {
		m.paths = map[string]bool{}
	}
	own := map[string]bool{}
	for _, file := range result.Files {
		if !m.files[file.Real] {
			m.files[file.Real], m.paths[file.Path], own[file.Path] = true, true, true
		}
	}
	byFile := map[string][]manifest.Document{}
	for _, document := range result.Documents {
		byFile[document.File] = append(byFile[document.File], document)
	}
	for _, file := range result.Files {
		if own[file.Path] {
			m.file(source, file, byFile[file.Path])
		}
	}
	files := map[string]bool{}
	for _, file := range result.Files {
		files[file.Path] = true
	}
	for _, p := range result.Problems {
		switch {
		case files[p.File] && !own[p.File]: // the other source reports it
		case slices.Contains(result.Missing, p.File) && m.registry.o.AllowEmpty:
		case slices.Contains(result.Missing, p.File):
			p.Hint += "; to remove what was there, start with --allow-empty"
			m.problems = append(m.problems, p)
		default:
			m.problems = append(m.problems, p)
		}
	}
}

// file adds the sound documents of a file, and for the broken ones what was
// good before.
func (m *merge) file(source Source, file manifest.File, documents []manifest.Document) {
	opaque := file.Opaque
	sound, broken := map[string]bool{}, map[string]bool{}
	var usable []goodDocument
	for _, d := range documents {
		service := d.Namespace + "/" + d.Service
		switch {
		case d.Broken && d.Service != "" && source.allows(d.Namespace):
			broken[service] = true
		case d.Broken:
			opaque = true
		case !source.allows(d.Namespace):
			opaque = true
			m.problems = append(m.problems, notAllowed(source, &d))
		default:
			sound[service] = true
			usable = append(usable, goodDocument{Document: d})
		}
	}
	for _, d := range usable {
		if !broken[d.service()] {
			m.documents = append(m.documents, d)
		}
	}
	for _, g := range m.registry.good {
		service := g.service()
		if g.File == file.Path && source.allows(g.Namespace) && (broken[service] || opaque && !sound[service]) {
			m.keep(g, "the document is broken")
			delete(sound, service)
		}
	}
	// A service with one broken document and no good version before starts
	// with its sound documents.
	for _, d := range usable {
		if broken[d.service()] && sound[d.service()] {
			m.documents = append(m.documents, d)
		}
	}
}

// keepUnseen keeps the documents of files that were not found although nobody
// can tell that they are gone.
func (m *merge) keepUnseen(found []manifest.Result) {
	for _, g := range m.registry.good {
		if m.paths[g.File] {
			continue
		}
		for i, source := range m.registry.sources {
			if under(g.File, source.Path) && source.allows(g.Namespace) && m.blind(g.File, found[i]) {
				m.keep(g, "its file cannot be seen")
				break
			}
		}
	}
}

// blind reports whether a file could be there without having been found.
func (m *merge) blind(file string, result manifest.Result) bool {
	for _, path := range result.Unread {
		if under(file, path) {
			return true
		}
	}
	return len(result.Missing) > 0 && !m.registry.o.AllowEmpty
}

func (m *merge) keep(g goodDocument, why string) {
	m.documents = append(m.documents, g)
	p := diag.Problem{
		Check: "last-good-used", Severity: diag.Warning, File: g.File, Line: 1, Column: 1, EndColumn: 1,
		Message: fmt.Sprintf("the last good version of %s stays in force, since %s", g.service(), why),
		Hint:    "mend the other problems of this file or directory",
	}
	if !slices.Contains(m.problems, p) {
		m.problems = append(m.problems, p)
	}
}

// under reports whether a file is a path or below it.
func under(file, path string) bool {
	relative, err := filepath.Rel(path, file)
	return err == nil && relative != ".." && !strings.HasPrefix(relative, ".."+string(filepath.Separator))
}

func notAllowed(source Source, d *manifest.Document) diag.Problem {
	p := diag.Problem{
		Check: "namespace-not-allowed", Severity: diag.Error, File: d.File, Line: d.Place.Line, Column: d.Place.Column,
		Message: fmt.Sprintf("namespace %s is not allowed in %s", d.Namespace, source.Path),
		Hint:    fmt.Sprintf("use one of its namespaces (%s), or allow it in the configuration of headroom", strings.Join(source.Namespaces, ", ")),
	}
	line := strings.SplitN(string(d.Text), "\n", d.Place.Line-d.Line+2)[d.Place.Line-d.Line]
	p.EndColumn = p.Column + max(utf8.RuneCountInString(d.Service), 1)
	p.SetExcerpt(line)
	return p
}
