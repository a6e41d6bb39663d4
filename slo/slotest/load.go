package slotest

import (
	"context"
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
	found := files().Find(ctx, paths...)
	result.Files, result.Problems = found.Files, found.Problems
	for _, file := range found.Files {
		if ctx.Err() != nil {
			break
		}
		source, problems := strictyaml.ReadFile(file, 0)
		if source != nil {
			var suites []Suite
			suites, problems = parseSource(source, specs)
			result.Suites = append(result.Suites, suites...)
		}
		result.Problems = append(result.Problems, problems...)
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

// IsTest reports whether a file of this name is one of tests.
func IsTest(name string) bool { return files().Match(name) }

func files() strictyaml.Files {
	return strictyaml.Files{Base: "slo.test", Plural: "tests", Empty: "no-specs"}
}
