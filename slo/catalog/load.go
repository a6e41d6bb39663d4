package catalog

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

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
	l := finder{seen: map[string]bool{}}
	for _, path := range paths {
		info, err := os.Stat(path)
		switch {
		case err != nil:
			l.unreadable(path, err)
		case info.IsDir():
			l.directory(path)
		default:
			l.file(path)
		}
	}
	return l.files, l.problems
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

// finder collects files.
type finder struct {
	files    []File
	seen     map[string]bool // paths
	problems []diag.Problem
}

func (l *finder) directory(root string) {
	files, before := 0, len(l.problems)
	// The dot makes WalkDir enter a root that is a link.
	err := filepath.WalkDir(root+string(filepath.Separator)+".", func(path string, entry fs.DirEntry, err error) error {
		path = filepath.Clean(path)
		switch name := filepath.Base(path); {
		case err != nil:
			l.unreadable(path, err)
			return fs.SkipDir
		case entry.IsDir() && strings.HasPrefix(name, ".") && path != filepath.Clean(root):
			return fs.SkipDir
		case !entry.IsDir() && isTemplateFile(name):
			files++
			l.file(path)
		}
		return nil
	})
	if err == nil && files == 0 && len(l.problems) == before {
		l.report(root, "no-templates", "no template files in this directory", "name them template.yaml or *.template.yaml, or name the right directory")
	}
}

func isTemplateFile(name string) bool {
	return name == "template.yaml" || strings.HasSuffix(name, ".template.yaml") && !strings.HasPrefix(name, ".")
}

func (l *finder) file(path string) {
	resolved, err := filepath.EvalSymlinks(path)
	if err != nil {
		resolved = path // reading it says so
	}
	if absolute, err := filepath.Abs(resolved); err == nil {
		resolved = absolute
	}
	if l.seen[resolved] {
		return
	}
	l.seen[resolved] = true
	source, problems := strictyaml.ReadFile(path, 0)
	l.problems = append(l.problems, problems...)
	if source != nil {
		l.files = append(l.files, File{Path: path, Text: string(source.Text())})
	}
}

func (l *finder) unreadable(path string, err error) {
	var fault *fs.PathError
	if errors.As(err, &fault) {
		err = fault.Err
	}
	l.report(path, "unreadable-file", fmt.Sprintf("read this path: %v", err), "name a file or directory of templates that exists and that this user may read")
}

func (l *finder) report(path, check, message, hint string) {
	l.problems = append(l.problems, diag.Problem{
		Check: check, Severity: diag.Error, File: path, Line: 1, Column: 1, EndColumn: 1, Message: message, Hint: hint,
	})
}

// CheckLibrary reports what is wrong with headroom's own templates, trying them
// as Load tries those of others. It is for tests.
func CheckLibrary(decode Decoder) []diag.Problem {
	_, problems := builtin(decode, false)
	return problems
}
