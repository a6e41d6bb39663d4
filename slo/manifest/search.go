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
	files    []string
	unread   []string
	problems []diag.Problem

	seen  map[string]bool // real paths
	specs int             // files with the name of a spec, those that were seen before included
}

// search lists the files of the given paths, in the order of the paths and
// sorted by name within each; a file that two paths reach is listed once.
func search(ctx context.Context, paths []string) *found {
	f := &found{seen: map[string]bool{}}
	for _, path := range paths {
		if ctx.Err() != nil {
			break
		}
		info, err := os.Stat(path)
		switch {
		case err != nil:
			f.missing(path, err)
		case !info.IsDir():
			f.add(path)
		default:
			specs, problems, fresh := f.specs, len(f.problems), f.fresh(path)
			if fresh {
				f.walk(ctx, path)
			}
			if fresh && f.specs == specs && len(f.problems) == problems {
				f.report(path, "no-specs", "no spec files in this directory", "name spec files slo.yaml or *.slo.yaml, or name the right directory")
			}
		}
	}
	slices.Sort(f.files)
	return f
}

func (f *found) report(path, check, message, hint string) {
	f.problems = append(f.problems, diag.Problem{
		Check: check, Severity: diag.Error, File: path, Line: 1, Column: 1, EndColumn: 1, Message: message, Hint: hint,
	})
}

func (f *found) missing(path string, err error) {
	f.unread = append(f.unread, path)
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

// fresh reports whether a path leads to something that was not seen before.
func (f *found) fresh(path string) bool {
	real, err := filepath.EvalSymlinks(path)
	if err == nil {
		real, err = filepath.Abs(real)
	}
	if err != nil {
		real = path
	}
	if f.seen[real] {
		return false
	}
	f.seen[real] = true
	return true
}

func (f *found) add(path string) {
	if f.fresh(path) {
		f.files = append(f.files, path)
	}
}

func (f *found) walk(ctx context.Context, dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		f.unread = append(f.unread, dir)
		f.report(dir, "unreadable-file", fmt.Sprintf("list this directory: %v", plain(err)), "let this user read the directory, or name another")
	}
	for _, entry := range entries {
		if ctx.Err() != nil {
			return
		}
		f.entry(ctx, filepath.Join(dir, entry.Name()), entry)
	}
}

func (f *found) entry(ctx context.Context, path string, entry fs.DirEntry) {
	mode := entry.Type()
	if mode&fs.ModeSymlink != 0 {
		if info := fileInfo(path); info != nil {
			mode = info.Mode()
		}
	}
	switch {
	case isSpec(entry.Name()):
		f.specs++
		if mode&(fs.ModeNamedPipe|fs.ModeSocket|fs.ModeDevice|fs.ModeIrregular) != 0 {
			f.report(path, "unreadable-file", "read this file: it is no regular file", "put a plain file there, or give it another name")
			return
		}
		f.add(path) // reading it says so when it is a directory
	case mode.IsDir() && !strings.HasPrefix(entry.Name(), ".") && f.fresh(path):
		f.walk(ctx, path)
	}
}

func isSpec(name string) bool {
	return name == "slo.yaml" || strings.HasSuffix(name, ".slo.yaml") && !strings.HasPrefix(name, ".")
}
