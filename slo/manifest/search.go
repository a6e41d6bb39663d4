package manifest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"headroom/slo/diag"
)

// found is what a search for spec files gives.
type found struct {
	files    []located
	unread   []string
	missing  []string
	problems []diag.Problem

	seen     map[string]bool // real paths
	confined bool
	root     string // real path of the directory that is searched
	specs    int    // files with the name of a spec, those that were seen before included
}

// located is a file with its path as it was found and without links.
type located struct{ path, real string }

// search lists the files of the given paths, in the order of the paths and
// sorted by name within each; a file that two paths reach is listed once.
// Confined is as in Options.
func search(ctx context.Context, paths []string, confined bool) *found {
	f := &found{seen: map[string]bool{}, confined: confined}
	for _, path := range paths {
		if ctx.Err() != nil {
			break
		}
		info, err := os.Stat(path)
		switch {
		case err != nil:
			f.notFound(path, err)
		case !info.IsDir():
			f.add(path, realPath(path))
		default:
			specs, problems, resolved := f.specs, len(f.problems), realPath(path)
			fresh := f.fresh(resolved)
			f.root = resolved
			if fresh {
				f.walk(ctx, path, resolved)
			}
			if fresh && f.specs == specs && len(f.problems) == problems {
				f.missing = append(f.missing, path)
				f.report(path, "no-specs", "no spec files in this directory", "name spec files slo.yaml or *.slo.yaml, or name the right directory")
			}
		}
	}
	slices.SortFunc(f.files, func(a, b located) int { return strings.Compare(a.path, b.path) })
	return f
}

func (f *found) report(path, check, message, hint string) {
	f.problems = append(f.problems, diag.Problem{
		Check: check, Severity: diag.Error, File: path, Line: 1, Column: 1, EndColumn: 1, Message: message, Hint: hint,
	})
}

func (f *found) notFound(path string, err error) {
	if errors.Is(err, fs.ErrNotExist) {
		f.missing = append(f.missing, path)
	} else {
		f.unread = append(f.unread, path)
	}
	f.report(path, "unreadable-file", fmt.Sprintf("read this path: %v", plain(err)), "name a file or directory that exists and that this user may read")
}

// plain is an error of the file system without the path, which the problem
// names already.
func plain(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// realPath is the absolute path without symbolic links, or the path as it is
// when it leads nowhere.
func realPath(path string) string {
	resolved, err := filepath.EvalSymlinks(path)
	if err != nil {
		return path
	}
	if resolved, err = filepath.Abs(resolved); err != nil {
		return path
	}
	return resolved
}

// fresh reports whether a real path was not seen before.
func (f *found) fresh(resolved string) bool {
	if f.seen[resolved] {
		return false
	}
	f.seen[resolved] = true
	return true
}

func (f *found) add(path, resolved string) {
	if f.fresh(resolved) {
		f.files = append(f.files, located{path, resolved})
	}
}

func (f *found) walk(ctx context.Context, dir, resolved string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		f.unread = append(f.unread, dir)
		f.report(dir, "unreadable-file", fmt.Sprintf("list this directory: %v", plain(err)), "let this user read the directory, or name another")
	}
	for _, entry := range entries {
		if ctx.Err() != nil {
			return
		}
		f.entry(ctx, filepath.Join(dir, entry.Name()), filepath.Join(resolved, entry.Name()), entry)
	}
}

func (f *found) entry(ctx context.Context, path, resolved string, entry fs.DirEntry) {
	mode := entry.Type()
	if mode&fs.ModeSymlink != 0 {
		resolved = realPath(path)
		if info := fileInfo(path); info != nil {
			mode = info.Mode()
		}
		if f.confined && !f.inside(resolved) {
			f.outside(path, entry.Name(), mode)
			return
		}
	}
	switch {
	case isSpec(entry.Name()):
		f.specs++
		if mode&(fs.ModeNamedPipe|fs.ModeSocket|fs.ModeDevice|fs.ModeIrregular) != 0 {
			f.report(path, "unreadable-file", "read this file: it is no regular file", "put a plain file there, or give it another name")
			return
		}
		f.add(path, resolved) // reading it says so when it is a directory
	case mode.IsDir() && !strings.HasPrefix(entry.Name(), ".") && f.fresh(resolved):
		f.walk(ctx, path, resolved)
	}
}

// inside reports whether a real path is below the directory that is searched.
func (f *found) inside(resolved string) bool {
	below, err := filepath.Rel(f.root, resolved)
	return err == nil && filepath.IsLocal(below)
}

// outside reports a link that leads out of the directory, unless nothing would
// be read there. What was read through it before is kept.
func (f *found) outside(path, name string, mode fs.FileMode) {
	if !isSpec(name) && (!mode.IsDir() || strings.HasPrefix(name, ".")) {
		return
	}
	if isSpec(name) {
		f.specs++
	}
	f.unread = append(f.unread, path)
	f.report(path, "link-outside", "the symbolic link leads out of the directory of the specs", "keep the specs in this directory, or name the other one in the configuration, too")
}

func isSpec(name string) bool {
	return name == "slo.yaml" || strings.HasSuffix(name, ".slo.yaml") && !strings.HasPrefix(name, ".")
}
