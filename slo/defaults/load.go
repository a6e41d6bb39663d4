package defaults

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"headroom/internal/strictyaml"
	"headroom/slo/diag"
)

// Load reads the documents in files of any name and, in directories and below
// them, in defaults.yaml and *.defaults.yaml, in the order of the paths and
// sorted by name within each. Hidden directories and links to directories are
// not entered. The set must not be used when one of the problems is an error.
func Load(paths []string) (*Set, []diag.Problem) {
	l := &loader{names: map[string]string{}, files: map[string]bool{}}
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
	return l.finish()
}

func (l *loader) directory(root string) {
	files, before := 0, len(l.problems)
	// The dot makes WalkDir enter a root that is a link.
	_ = filepath.WalkDir(root+string(filepath.Separator)+".", func(path string, entry fs.DirEntry, err error) error {
		path = filepath.Clean(path)
		switch name := filepath.Base(path); {
		case err != nil:
			l.unreadable(path, err)
			return fs.SkipDir
		case entry.IsDir() && strings.HasPrefix(name, ".") && path != filepath.Clean(root):
			return fs.SkipDir
		case !entry.IsDir() && IsFile(name):
			files++
			l.file(path)
		}
		return nil
	}) // the function returns no other error
	if files == 0 && len(l.problems) == before {
		l.report(root, "no-defaults", "no files of defaults in this directory", "name them defaults.yaml or *.defaults.yaml, or name the right directory")
	}
}

// IsFile reports whether a file of this name is read in a directory.
func IsFile(name string) bool {
	return name == "defaults.yaml" || strings.HasSuffix(name, ".defaults.yaml") && !strings.HasPrefix(name, ".")
}

func (l *loader) file(path string) {
	resolved, err := filepath.EvalSymlinks(path)
	if err != nil {
		resolved = path
	}
	if absolute, err := filepath.Abs(resolved); err == nil {
		resolved = absolute
	}
	if l.files[resolved] {
		return
	}
	l.files[resolved] = true
	source, problems := strictyaml.ReadFile(path, 0)
	if source == nil {
		l.problems = append(l.problems, problems...)
		return
	}
	l.source(source)
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

func (l *loader) unreadable(path string, err error) {
	var fault *fs.PathError
	if errors.As(err, &fault) {
		err = fault.Err
	}
	l.report(path, "unreadable-file", fmt.Sprintf("read this path: %v", err), "name a file or directory of defaults that exists and that this user may read")
}
