package correction

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"headroom/internal/strictyaml"
	"headroom/slo/diag"
)

// Loaded is what a look at the operator's paths gives.
type Loaded struct {
	Documents []Document // of sound files, names are unique
	// Blind are files and directories that could hold corrections which cannot
	// be seen: unreadable, broken, gone altogether.
	Blind    []string
	Problems []diag.Problem
}

// blind reports whether a file could be there without having been seen.
func (l *Loaded) blind(file string) bool {
	return slices.ContainsFunc(l.Blind, func(path string) bool {
		relative, err := filepath.Rel(path, file)
		return err == nil && relative != ".." && !strings.HasPrefix(relative, ".."+string(filepath.Separator))
	})
}

// Load reads every correction file of the paths: files of any name, and in
// directories and below them correction.yaml and *.correction.yaml. Hidden
// directories and links to directories are not entered. A directory without
// such a file is blind unless allowEmpty: an emptied one revokes nothing
// without being told to.
func Load(ctx context.Context, paths []string, allowEmpty bool) Loaded {
	s := &search{seen: map[string]bool{}, allowEmpty: allowEmpty}
	for _, path := range paths {
		info, err := os.Stat(path)
		switch {
		case err != nil:
			s.unreadable(path, err)
		case info.IsDir():
			s.directory(ctx, path)
		default:
			s.file(path)
		}
	}
	s.unique()
	diag.Sort(s.Problems)
	return s.Loaded
}

type search struct {
	Loaded
	seen       map[string]bool
	allowEmpty bool
}

func (s *search) directory(ctx context.Context, root string) {
	files := 0
	// The dot makes WalkDir enter a root that is a link.
	err := filepath.WalkDir(root+string(filepath.Separator)+".", func(path string, entry fs.DirEntry, err error) error {
		if path = filepath.Clean(path); ctx.Err() != nil {
			return ctx.Err()
		}
		switch name := filepath.Base(path); {
		case err != nil:
			s.unreadable(path, err)
			return fs.SkipDir
		case entry.IsDir() && strings.HasPrefix(name, ".") && path != filepath.Clean(root):
			return fs.SkipDir
		case !entry.IsDir() && isCorrectionFile(name):
			files++
			s.file(path)
		}
		return nil
	})
	if err != nil || files == 0 && !s.allowEmpty {
		s.Blind = append(s.Blind, root)
	}
}

func isCorrectionFile(name string) bool {
	return name == "correction.yaml" || strings.HasSuffix(name, ".correction.yaml") && !strings.HasPrefix(name, ".")
}

func (s *search) file(path string) {
	if s.seen[path] {
		return
	}
	s.seen[path] = true
	source, problems := strictyaml.ReadFile(path, 0)
	var documents []Document
	if source != nil {
		documents, problems = parseSource(source)
	}
	s.Problems = append(s.Problems, problems...)
	if diag.HasErrors(problems) {
		s.Blind = append(s.Blind, path)
		return
	}
	s.Documents = append(s.Documents, documents...)
}

func (s *search) unreadable(path string, err error) {
	s.Blind = append(s.Blind, path)
	var fault *fs.PathError
	if errors.As(err, &fault) {
		err = fault.Err
	}
	s.Problems = append(s.Problems, diag.Problem{
		Check: "unreadable-file", Severity: diag.Error, File: path, Line: 1, Column: 1, EndColumn: 1,
		Message: fmt.Sprintf("read this path: %v", err), Hint: "name a file or directory of corrections that exists and that this user may read",
	})
}

// unique keeps the first document of each name.
func (s *search) unique() {
	slices.SortStableFunc(s.Documents, func(a, b Document) int {
		return cmp.Or(strings.Compare(a.Place.File, b.Place.File), cmp.Compare(a.Place.Line, b.Place.Line))
	})
	first := map[string]Document{}
	s.Documents = slices.DeleteFunc(s.Documents, func(d Document) bool {
		other, taken := first[d.Name]
		if !taken {
			first[d.Name] = d
			return false
		}
		s.Problems = append(s.Problems, diag.Problem{
			Check: "duplicate-correction", Severity: diag.Error, File: d.Place.File, Line: d.Place.Line, Column: d.Place.Column, EndColumn: d.Place.Column + len(d.Name),
			Message: fmt.Sprintf("the correction %s is already declared in %s:%d", d.Name, other.Place.File, other.Place.Line),
			Hint:    "give one of the two another name",
		})
		return true
	})
}
