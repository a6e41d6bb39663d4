package slotest

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"headroom/internal/strictyaml"
	"headroom/slo"
	"headroom/slo/diag"
	"headroom/slo/manifest"
)

// Result is what Load found.
type Result struct {
	Suites   []Suite
	Files    []string
	Problems []diag.Problem // sorted; those of specs that tests name are among them
}

// Load reads the given files of tests and, in the given directories and
// everything below them but hidden ones, the files slo.test.yaml and
// *.slo.test.yaml, with the specs that they name. Every problem is in the
// result. When ctx ends, what was read so far is returned.
func Load(ctx context.Context, paths []string, o manifest.Options) Result {
	var result Result
	specs := newSpecs(ctx, o)
	for _, path := range paths {
		files, problem := search(path)
		if problem != nil {
			result.Problems = append(result.Problems, *problem)
		}
		for _, file := range files {
			if ctx.Err() != nil || slices.Contains(result.Files, file) {
				continue
			}
			result.Files = append(result.Files, file)
			source, problems := strictyaml.ReadFile(file, 0)
			if source != nil {
				var suites []Suite
				suites, problems = parseSource(source, specs)
				result.Suites = append(result.Suites, suites...)
			}
			result.Problems = append(result.Problems, problems...)
		}
	}
	diag.Sort(result.Problems)
	result.Problems = slices.Compact(result.Problems)
	return result
}

// newSpecs loads specs relative to the file that names them, each set once.
func newSpecs(ctx context.Context, o manifest.Options) Specs {
	type loaded struct {
		objectives []*slo.Objective
		problems   []diag.Problem
	}
	seen := map[string]loaded{}
	return func(file string, specs []string) ([]*slo.Objective, []diag.Problem) {
		paths := make([]string, len(specs))
		for i, spec := range specs {
			paths[i] = spec
			if !filepath.IsAbs(spec) {
				paths[i] = filepath.Join(filepath.Dir(file), spec)
			}
		}
		key := strings.Join(paths, "\x00")
		l, found := seen[key]
		if !found {
			read := manifest.Load(ctx, paths, o)
			l = loaded{objectives: read.Objectives()}
			for _, p := range read.Problems {
				if p.Severity == diag.Error {
					l.problems = append(l.problems, p)
				}
			}
			seen[key] = l
		}
		return l.objectives, l.problems
	}
}

// search lists the files of a path, sorted.
func search(path string) ([]string, *diag.Problem) {
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() {
		return []string{path}, nil // reading says what is wrong
	}
	var files []string
	err = filepath.WalkDir(path, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != path && strings.HasPrefix(entry.Name(), "."):
			return fs.SkipDir
		case !entry.IsDir() && IsTest(entry.Name()):
			files = append(files, name)
		}
		return nil
	})
	problem := diag.Problem{Check: "unreadable-file", Severity: diag.Error, File: path, Line: 1, Column: 1, EndColumn: 1}
	switch {
	case err != nil:
		problem.Message, problem.Hint = fmt.Sprintf("list this directory: %v", err), "let this user read the directory, or name another"
		return files, &problem
	case len(files) == 0:
		problem.Check, problem.Message = "no-specs", "no tests in this directory"
		problem.Hint = "name files of tests slo.test.yaml or *.slo.test.yaml, or name the right directory"
		return files, &problem
	}
	return files, nil
}

// IsTest reports whether a file of this name is one of tests.
func IsTest(name string) bool {
	return name == "slo.test.yaml" || strings.HasSuffix(name, ".slo.test.yaml") && !strings.HasPrefix(name, ".")
}
