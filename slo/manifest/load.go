package manifest

import (
	"context"
	"os"

	"headroom/internal/strictyaml"
	"headroom/slo/catalog"
	"headroom/slo/defaults"
	"headroom/slo/diag"
)

// Options are the choices of Load; the zero value is fine.
type Options struct {
	// MaxFileSize is the size of the largest file that is read, in bytes;
	// strictyaml.DefaultLimit (1 MiB) when 0.
	MaxFileSize int64
	// Cache keeps what was read, so that a later Load with the same cache
	// parses only the files that changed. Nil reads everything.
	Cache *Cache
	// Confined refuses symbolic links that lead out of the directory that is
	// searched, for a program that may read more than those who write there,
	// and shows lines of what it reads. A path that is given may be a link.
	Confined bool
	// Unresolved leaves out what Resolve finds, for a caller that resolves the
	// documents of several results; Result.Objectives is then empty.
	Unresolved bool
	// Plans are the alert plans that objectives can name; nil knows none.
	Plans Plans
	// Defaults are what the organisation gives to every objective; nil gives
	// nothing.
	Defaults *defaults.Set
	// Catalog holds the templates that objectives may name; nil are headroom's
	// own.
	Catalog *catalog.Catalog
}

// Key tells apart the options that change what a file means.
func (o Options) Key() string {
	key := o.Defaults.Hash()
	if o.Catalog != nil {
		key += " catalog " + o.Catalog.Hash()
	}
	if o.Plans != nil {
		key += " plans " + o.Plans.Hash()
	}
	return key
}

// Load reads the given files and, in the given directories and everything
// below them, the files slo.yaml and *.slo.yaml. It follows symbolic links but
// enters no directory twice and no hidden one. Every problem of every file is
// in the result, sorted by file and line. When ctx ends, what was read so far
// is returned: the caller asks ctx.
func Load(ctx context.Context, paths []string, o Options) Result {
	found := search(ctx, paths, o.Confined)
	if o.Cache != nil {
		o.Cache.begin(o.Key())
	}
	result := Result{Unread: found.unread, Missing: found.missing, Problems: found.problems}
	for _, file := range found.files {
		if ctx.Err() != nil {
			break
		}
		parsed := o.read(file.path)
		parsed.file.Real = file.real
		result.Files = append(result.Files, parsed.file)
		result.Documents = append(result.Documents, parsed.documents...)
		result.Problems = append(result.Problems, parsed.problems...)
	}
	if o.Cache != nil && ctx.Err() == nil {
		o.Cache.sweep()
	}
	if !o.Unresolved {
		objectives, problems := Resolve(result.Documents, nil)
		result.objectives = objectives
		result.Problems = append(result.Problems, problems...)
	}
	diag.Sort(result.Problems)
	return result
}

// parsed is what one file holds.
type parsed struct {
	file      File
	documents []Document
	problems  []diag.Problem
}

func (o Options) read(path string) parsed {
	if o.Cache == nil {
		return o.parse(path)
	}
	return o.Cache.read(path, o.parse)
}

func (o Options) parse(path string) parsed {
	result := parsed{file: File{Path: path}}
	source, problems := strictyaml.ReadFile(path, o.MaxFileSize)
	if source == nil {
		result.file.Broken, result.file.Opaque, result.problems = true, true, problems
		return result
	}
	result.documents, result.problems = o.parseSource(source)
	result.file.Broken = diag.HasErrors(result.problems)
	result.file.Opaque = len(result.documents) == 0
	for i := range result.documents {
		result.file.Opaque = result.file.Opaque || result.documents[i].Broken && result.documents[i].Service == ""
	}
	return result
}

// fileInfo is os.Stat, whose error a caller finds again when it reads.
func fileInfo(path string) os.FileInfo {
	info, err := os.Stat(path)
	if err != nil {
		return nil
	}
	return info
}
