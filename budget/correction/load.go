package correction

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"headroom/internal/strictyaml"
	"headroom/slo/diag"
)

// Loaded is what a look at the operator's paths gives.
type Loaded struct {
	now time.Time // as of which clocks are looked at; zero: they are not

	Documents []Document // of sound files, names are unique
	Sound     []string   // the sound files
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
// without being told to. Kept are the corrections that are declared already: of
// documents with the same name, the one that is declared is used.
func Load(ctx context.Context, paths []string, allowEmpty bool, kept ...Correction) Loaded {
	return load(ctx, paths, allowEmpty, time.Time{}, kept)
}

// Lint reads files as Load does, and also warns of edges that the clocks of a
// zone show twice or skip: of what the preview says to those who declare a
// correction by hand.
func Lint(ctx context.Context, paths []string, now time.Time) Loaded {
	return load(ctx, paths, false, now, nil)
}

func load(ctx context.Context, paths []string, allowEmpty bool, now time.Time, kept []Correction) Loaded {
	found := strictyaml.Files{Base: "correction", Plural: "corrections"}.Find(ctx, paths...)
	l := Loaded{now: now, Blind: found.Unread, Problems: found.Problems}
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
	l.unique(kept)
	diag.Sort(l.Problems)
	return l
}

func (l *Loaded) file(path string) {
	source, problems := strictyaml.ReadFile(path, 0)
	var documents []Document
	if source != nil {
		documents, problems = parseSource(source, l.now)
	}
	l.Problems = append(l.Problems, problems...)
	if diag.HasErrors(problems) {
		l.Blind = append(l.Blind, path)
		return
	}
	l.Documents, l.Sound = append(l.Documents, documents...), append(l.Sound, path)
}

// unique keeps one document of each name: the one that is declared already, or
// that stands where the declared one was seen last, or else the first.
func (l *Loaded) unique(kept []Correction) {
	slices.SortStableFunc(l.Documents, func(a, b Document) int {
		return cmp.Or(strings.Compare(a.Place.File, b.Place.File), cmp.Compare(a.Place.Line, b.Place.Line))
	})
	declared := map[string]*Correction{}
	for i := range kept {
		if c := &kept[i]; c.Source() == FromFile && c.State() != Revoked {
			declared[c.Name] = c
		}
	}
	chosen := map[string]int{}
	for i := range l.Documents {
		d := &l.Documents[i]
		if j, taken := chosen[d.Name]; !taken || d.claim(declared[d.Name]) > l.Documents[j].claim(declared[d.Name]) {
			chosen[d.Name] = i
		}
	}
	var used []Document
	for i, d := range l.Documents {
		at := chosen[d.Name]
		if at == i {
			used = append(used, d)
			continue
		}
		other := l.Documents[at].Place
		l.Problems = append(l.Problems, diag.Problem{
			Check: "duplicate-correction", Severity: diag.Error, File: d.Place.File, Line: d.Place.Line, Column: d.Place.Column, EndColumn: d.Place.Column + len(d.Name),
			Message: fmt.Sprintf("the correction %s is already declared in %s:%d", d.Name, other.File, other.Line),
			Hint:    "give one of the two another name",
		})
	}
	l.Documents = used
}

// claim is how much speaks for a document being that of a declared correction.
func (d *Document) claim(c *Correction) (points int) {
	if c != nil && d.Place.File == c.File {
		points++
	}
	if c != nil && d.declares(c) {
		points += 2
	}
	return points
}

// declares reports whether a document says the same as a correction.
func (d *Document) declares(c *Correction) bool {
	return alike(c.Terms.Draft, d.Terms.Draft) && c.Author == d.Author
}
