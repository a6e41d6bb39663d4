package correction

import (
	"cmp"
	"context"
	"fmt"
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
	found := strictyaml.Files{Base: "correction", Plural: "corrections"}.Find(ctx, paths...)
	l := Loaded{Blind: found.Unread, Problems: found.Problems}
	for _, path := range found.Missing {
		if _, err := os.Stat(path); err != nil || !allowEmpty {
			l.Blind = append(l.Blind, path)
		}
	}
	for _, path := range found.Files {
		l.file(path)
	}
	if ctx.Err() != nil {
		l.Blind = append(l.Blind, paths...) // who knows what is there
	}
	l.unique()
	diag.Sort(l.Problems)
	return l
}

func (l *Loaded) file(path string) {
	source, problems := strictyaml.ReadFile(path, 0)
	var documents []Document
	if source != nil {
		documents, problems = parseSource(source)
	}
	l.Problems = append(l.Problems, problems...)
	if diag.HasErrors(problems) {
		l.Blind = append(l.Blind, path)
		return
	}
	l.Documents = append(l.Documents, documents...)
}

// unique keeps the first document of each name.
func (l *Loaded) unique() {
	slices.SortStableFunc(l.Documents, func(a, b Document) int {
		return cmp.Or(strings.Compare(a.Place.File, b.Place.File), cmp.Compare(a.Place.Line, b.Place.Line))
	})
	first := map[string]Document{}
	l.Documents = slices.DeleteFunc(l.Documents, func(d Document) bool {
		other, taken := first[d.Name]
		if !taken {
			first[d.Name] = d
			return false
		}
		l.Problems = append(l.Problems, diag.Problem{
			Check: "duplicate-correction", Severity: diag.Error, File: d.Place.File, Line: d.Place.Line, Column: d.Place.Column, EndColumn: d.Place.Column + len(d.Name),
			Message: fmt.Sprintf("the correction %s is already declared in %s:%d", d.Name, other.Place.File, other.Place.Line),
			Hint:    "give one of the two another name",
		})
		return true
	})
}
