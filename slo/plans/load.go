package plans

import (
	"context"

	"headroom/internal/strictyaml"
	"headroom/slo"
	"headroom/slo/diag"
)

// loader puts the documents of all files together.
type loader struct {
	plans    map[string]*slo.AlertPlan
	places   map[string]string // of names
	problems []diag.Problem
}

func newLoader() *loader {
	return &loader{plans: map[string]*slo.AlertPlan{}, places: map[string]string{}}
}

// Load reads the documents in files of any name and, in directories and below
// them, in plan.yaml and *.plan.yaml. Hidden directories and links to
// directories are not entered. The set must not be used when one of the
// problems is an error.
func Load(paths []string) (*Set, []diag.Problem) {
	l := newLoader()
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

// IsFile reports whether a file of this name is read in a directory.
func IsFile(name string) bool { return files().Match(name) }

func files() strictyaml.Files {
	return strictyaml.Files{Base: "plan", Plural: "plans", Empty: "no-plans"}
}
