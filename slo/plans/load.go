package plans

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"headroom/internal/strictyaml"
	"headroom/slo"
	"headroom/slo/diag"
)

// loader puts the documents of all files together.
type loader struct {
	plans    map[string]*slo.AlertPlan
	places   map[string]string // of names
	problems []diag.Problem
	files    map[string]bool // real paths
}

func newLoader() *loader {
	return &loader{plans: map[string]*slo.AlertPlan{}, places: map[string]string{}, files: map[string]bool{}}
}

// Load reads the documents in files of any name and, in directories and below
// them, in plan.yaml and *.plan.yaml. Hidden directories and links to
// directories are not entered. The set must not be used when one of the
// problems is an error.
func Load(paths []string) (*Set, []diag.Problem) {
	l := newLoader()
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

// Parse reads the documents of one file from its text, as Load does.
func Parse(file string, data []byte) (*Set, []diag.Problem) {
	l := newLoader()
	source, problems := strictyaml.NewSource(file, data)
	l.problems = problems
	if source != nil {
		l.source(source)
	}
	return l.finish()
}

func (l *loader) finish() (*Set, []diag.Problem) {
	diag.Sort(l.problems)
	return newSet(l.plans), l.problems
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
		l.report(root, "no-plans", "no files of plans in this directory", "name them plan.yaml or *.plan.yaml, or name the right directory")
	}
}

// IsFile reports whether a file of this name is read in a directory.
func IsFile(name string) bool {
	return name == "plan.yaml" || strings.HasSuffix(name, ".plan.yaml") && !strings.HasPrefix(name, ".")
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
	l.problems = append(l.problems, problems...)
	if source != nil {
		l.source(source)
	}
}

func (l *loader) unreadable(path string, err error) {
	var fault *fs.PathError
	if errors.As(err, &fault) {
		err = fault.Err
	}
	l.report(path, "unreadable-file", fmt.Sprintf("read this path: %v", err), "name a file or directory of plans that exists and that this user may read")
}

func (l *loader) report(path, check, message, hint string) {
	l.problems = append(l.problems, diag.Problem{
		Check: check, Severity: diag.Error, File: path, Line: 1, Column: 1, EndColumn: 1, Message: message, Hint: hint,
	})
}
