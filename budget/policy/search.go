package policy

import (
	"context"
	"slices"

	"headroom/internal/strictyaml"
	"headroom/slo/diag"
)

// found is what a look at the configured paths gives.
type found struct {
	files    map[string]parsed // by path
	missing  []string          // configured paths that do not exist, or hold no policy file
	unread   []string          // paths that could not be looked at
	problems []diag.Problem
}

// parsed is what one file holds.
type parsed struct {
	documents []Document
	// opaque means that it cannot be told which policies the file declares.
	opaque bool
}

// look reads every policy file of the paths: files of any name, and in
// directories and below them policy.yaml and *.policy.yaml. Hidden directories
// and links to directories are not entered.
func look(ctx context.Context, paths []string) *found {
	names := strictyaml.Files{Base: "policy", Plural: "policies", Empty: "no-policies"}
	all := names.Find(ctx, paths...)
	f := &found{files: map[string]parsed{}, missing: all.Missing, unread: all.Unread, problems: all.Problems}
	for _, path := range all.Files {
		f.file(path)
	}
	return f
}

func (f *found) file(path string) {
	source, problems := strictyaml.ReadFile(path, 0)
	f.problems = append(f.problems, problems...)
	if source == nil {
		f.files[path] = parsed{opaque: true}
		return
	}
	documents, problems := parseSource(source)
	nameless := slices.ContainsFunc(documents, func(d Document) bool { return d.Broken && d.Name == "" })
	f.files[path] = parsed{documents: documents, opaque: len(documents) == 0 || nameless}
	f.problems = append(f.problems, problems...)
}
