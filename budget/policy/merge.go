package policy

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"headroom/slo"
	"headroom/slo/diag"
)

// merge puts together what is found and what is kept.
type merge struct {
	found      *found
	before     []Document // what is in force so far
	paths      []string
	allowEmpty bool
	problems   []diag.Problem
}

func (m *merge) run() []Document {
	var sound []Document
	for _, file := range m.found.files {
		for _, d := range file.documents {
			if !d.Broken {
				sound = append(sound, d)
			}
		}
	}
	slices.SortFunc(sound, compare)
	kept := m.kept(sound)
	m.hintAtAllowEmpty()
	good := m.unique(append(kept, sound...))
	slices.SortFunc(good, compare)
	return good
}

// kept returns the documents in force whose file does not say that they are
// gone or changed for the good.
func (m *merge) kept(sound []Document) []Document {
	var kept []Document
	for _, d := range m.before {
		moved := slices.ContainsFunc(sound, func(s Document) bool { return s.Name == d.Name })
		file, seen := m.found.files[d.File]
		switch {
		case moved:
		case seen && (file.opaque || slices.ContainsFunc(file.documents, func(b Document) bool { return b.Broken && b.Name == d.Name })):
			kept = append(kept, d)
			m.keep(d, "its document is broken")
		case !seen && m.blind(d.File):
			kept = append(kept, d)
			m.keep(d, "its file cannot be seen")
		}
	}
	return kept
}

// blind reports whether a file could be there without having been found.
func (m *merge) blind(file string) bool {
	under := func(path string) bool { return isUnder(file, path) }
	return slices.ContainsFunc(m.found.unread, under) || !m.allowEmpty && slices.ContainsFunc(m.found.missing, under)
}

// isUnder reports whether a file is a path or below it.
func isUnder(file, path string) bool {
	relative, err := filepath.Rel(path, file)
	return err == nil && relative != ".." && !strings.HasPrefix(relative, ".."+string(filepath.Separator))
}

func (m *merge) keep(d Document, why string) {
	m.problems = append(m.problems, diag.Problem{
		Check: "last-good-used", Severity: diag.Warning, File: d.File, Line: 1, Column: 1, EndColumn: 1,
		Message: fmt.Sprintf("the last good version of the policy %s stays in force, since %s", d.Name, why),
		Hint:    "mend the other problems of this file or directory",
	})
}

func (m *merge) hintAtAllowEmpty() {
	m.problems = slices.Clone(m.problems)
	if m.allowEmpty {
		m.problems = slices.DeleteFunc(m.problems, func(p diag.Problem) bool { return slices.Contains(m.found.missing, p.File) })
		return
	}
	for i, p := range m.problems {
		held := slices.ContainsFunc(m.before, func(d Document) bool { return isUnder(d.File, p.File) })
		if held && slices.Contains(m.found.missing, p.File) && p.Check != "last-good-used" {
			m.problems[i].Hint += "; to remove the policies that were there, start with --allow-empty"
		}
	}
}

// unique keeps one document of each name: the one whose file had it before,
// else the first.
func (m *merge) unique(documents []Document) []Document {
	holder := map[string]string{}
	for _, d := range m.before {
		holder[d.Name] = d.File
	}
	slices.SortStableFunc(documents, func(a, b Document) int {
		return boolToInt(holder[b.Name] == b.File) - boolToInt(holder[a.Name] == a.File)
	})
	var good []Document
	for _, d := range documents {
		first := slices.IndexFunc(good, func(g Document) bool { return g.Name == d.Name })
		if first < 0 {
			good = append(good, d)
			continue
		}
		m.problems = append(m.problems, duplicate(d, good[first].Policy.Place))
	}
	return good
}

func boolToInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func duplicate(d Document, first slo.Place) diag.Problem {
	p := d.problem(d.Policy.Place, "duplicate-policy", diag.Error)
	p.Message = fmt.Sprintf("the policy %s is already declared in %s:%d", d.Name, first.File, first.Line)
	p.Hint = "give one of the two another name"
	p.EndColumn = p.Column + max(utf8.RuneCountInString(d.Name), 1)
	return p
}

// problem makes a problem of a place in the document's text.
func (d *Document) problem(at slo.Place, check string, severity diag.Severity) diag.Problem {
	p := diag.Problem{Check: check, Severity: severity, File: d.File, Line: at.Line, Column: at.Column, EndColumn: at.Column + 1}
	lines := strings.Split(string(d.Text), "\n")
	if i := at.Line - d.Line; i >= 0 && i < len(lines) {
		p.SetExcerpt(lines[i])
	}
	return p
}

// Unused returns a warning for each policy that selects none of the
// objectives: a mistyped name would hold nothing, and nobody would notice.
func Unused(policies []Policy, objectives []*slo.Objective) []diag.Problem {
	var problems []diag.Problem
	for i := range policies {
		p := &policies[i]
		if slices.ContainsFunc(objectives, p.Objectives.Matches) {
			continue
		}
		at := p.Objectives.Place
		problems = append(problems, diag.Problem{
			Check: "policy-unused", Severity: diag.Warning, File: at.File, Line: at.Line, Column: at.Column, EndColumn: at.Column + 1,
			Message: fmt.Sprintf("the policy %s selects no objective, so that it holds nothing", p.Name),
			Hint:    "mend the names under objectives, or remove the policy",
		})
	}
	return problems
}
