package catalog

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"path/filepath"

	"headroom/internal/strictyaml"
	"headroom/slo/diag"
)

//go:embed library/*.yaml
var library embed.FS

// Builtin returns headroom's own templates. It panics when one is not sound,
// which a test keeps from happening.
func Builtin(decode Decoder) *Catalog {
	templates, problems := builtin(decode, true)
	if diag.HasErrors(problems) {
		panic("catalog: " + problems[0].File + ": " + problems[0].Message)
	}
	return New(decode, templates)
}

// builtin reads the library; trusted leaves out the trials that its tests make.
func builtin(decode Decoder, trusted bool) ([]*Template, []diag.Problem) {
	l := loader{decode: decode, holders: map[string]*Template{}}
	files, err := fs.Glob(library, "library/*.yaml")
	if err != nil {
		panic("catalog: pattern of the library: " + err.Error())
	}
	for _, file := range files {
		data, err := library.ReadFile(file)
		if err != nil {
			panic("catalog: read what is embedded: " + err.Error())
		}
		source, problems := strictyaml.NewSource(filepath.Base(file), data)
		if source == nil {
			l.problems = append(l.problems, problems...)
			continue
		}
		templates, problems := parseSource(source, reader{decode: decode, trusted: trusted})
		for _, t := range templates {
			t.Builtin = true
		}
		l.problems = append(l.problems, problems...)
		l.add(templates)
	}
	return l.templates, l.problems
}

// File is one file of templates with its text.
type File struct {
	Path string `json:"path"`
	Text string `json:"text"`
}

// Load returns headroom's own templates and those of the given files and, in
// the given directories and below them, of template.yaml and *.template.yaml.
// Hidden directories and links to directories are not entered. Templates that
// are not sound are left out and reported; so are those whose name is taken.
func Load(decode Decoder, paths ...string) (*Catalog, []diag.Problem) {
	files, problems := Files(paths...)
	c, more := Read(decode, files...)
	problems = append(problems, more...)
	diag.Sort(problems)
	return c, problems
}

// Read is Load for files that were read before.
func Read(decode Decoder, files ...File) (*Catalog, []diag.Problem) {
	own, _ := builtin(decode, true)
	l := loader{decode: decode, holders: map[string]*Template{}}
	l.add(own)
	for _, f := range files {
		templates, problems := Parse(f.Path, []byte(f.Text), decode)
		l.problems = append(l.problems, problems...)
		l.add(templates)
	}
	diag.Sort(l.problems)
	return New(decode, l.templates), l.problems
}

// Files reads the files that Load would read templates from, sorted by path
// within each of the given paths.
func Files(paths ...string) ([]File, []diag.Problem) {
	found := strictyaml.Files{Base: "template", Plural: "templates", Empty: "no-templates"}.Find(context.Background(), paths...)
	var files []File
	problems := found.Problems
	for _, path := range found.Files {
		source, faults := strictyaml.ReadFile(path, 0)
		problems = append(problems, faults...)
		if source != nil {
			files = append(files, File{Path: path, Text: string(source.Text())})
		}
	}
	return files, problems
}

// loader collects templates.
type loader struct {
	decode    Decoder
	templates []*Template
	holders   map[string]*Template // by name
	problems  []diag.Problem
}

// add keeps the templates whose names are free.
func (l *loader) add(templates []*Template) {
	for _, t := range templates {
		holder, taken := l.holders[t.Name]
		if !taken {
			l.holders[t.Name] = t
			l.templates = append(l.templates, t)
			continue
		}
		message := fmt.Sprintf("template %s is already declared in %s on line %d", t.Name, holder.Place.File, holder.Place.Line)
		if holder.Builtin {
			message = fmt.Sprintf("template %s is one of headroom's own, which no other replaces", t.Name)
		}
		p := diag.Problem{
			Check: checkName, Severity: diag.Error, File: t.Place.File, Line: t.Place.Line, Column: t.Place.Column,
			EndColumn: t.Place.Column + len(t.Name), Message: message, Hint: "choose another name",
		}
		p.SetExcerpt("template: " + t.Name)
		l.problems = append(l.problems, p)
	}
}

// CheckLibrary reports what is wrong with headroom's own templates, trying them
// as Load tries those of others. It is for tests.
func CheckLibrary(decode Decoder) []diag.Problem {
	_, problems := builtin(decode, false)
	return problems
}
