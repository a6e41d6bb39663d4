package defaults

import (
	"context"

	"headroom/internal/strictyaml"
	"headroom/slo/diag"
)

// Load reads the documents in files of any name and, in directories and below
// them, in defaults.yaml and *.defaults.yaml, in the order of the paths and
// sorted by name within each. Hidden directories and links to directories are
// not entered. The set must not be used when one of the problems is an error.
func Load(paths []string) (*Set, []diag.Problem) {
	l := &loader{names: map[string]string{}}
	found := files().Find(context.Background(), paths...)
	l.problems = found.Problems
	for _, file := range found.Files {
		source, problems := strictyaml.ReadFile(file, 0)
		l.problems = append(l.problems, problems...)
		if source != nil {
			l.source(source)
		}
	}
	return l.finish()
}

// IsFile reports whether a file of this name is read in a directory.
func IsFile(name string) bool { return files().Match(name) }

func files() strictyaml.Files {
	return strictyaml.Files{Base: "defaults", Plural: "defaults", Empty: "no-defaults"}
}

// File is one file of defaults with its text.
type File struct {
	Path string `json:"path"`
	Text string `json:"text"`
}

// Files returns what the set was read from, for Read.
func (s *Set) Files() []File {
	if s == nil {
		return nil
	}
	return s.files
}

// Read is Load for files that were read before.
func Read(files []File) (*Set, []diag.Problem) {
	l := &loader{names: map[string]string{}}
	for _, f := range files {
		source, problems := strictyaml.NewSource(f.Path, []byte(f.Text))
		l.problems = append(l.problems, problems...)
		if source != nil {
			l.source(source)
		}
	}
	return l.finish()
}
