package strictyaml

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"headroom/slo/diag"
)

// Files says which files of a directory hold documents of a kind.
type Files struct {
	Base   string // "plan": plan.yaml and *.plan.yaml are read
	Plural string // what the documents are called together, such as "plans"
	Empty  string // the check that a directory without such a file fails; "" when it may be so
}

// Match reports whether a file of this name is read in a directory.
func (f Files) Match(name string) bool {
	return name == f.Base+".yaml" || strings.HasSuffix(name, "."+f.Base+".yaml") && !strings.HasPrefix(name, ".")
}

// Found is what Files.Find finds.
type Found struct {
	Files    []string // in the order of the paths, sorted within each; a file that two paths reach is listed once
	Missing  []string // paths that do not exist, and directories without a file to read
	Unread   []string // paths and directories that cannot be looked at
	Problems []diag.Problem

	seen map[string]bool // real paths
}

// Find lists the files at the given paths: files of any name, and in
// directories and below them those whose names match. Hidden directories and
// links to directories are not entered. When ctx ends, what was found so far is
// returned.
func (f Files) Find(ctx context.Context, paths ...string) Found {
	found := Found{seen: map[string]bool{}}
	for _, path := range paths {
		info, err := os.Stat(path)
		switch {
		case ctx.Err() != nil:
			return found
		case errors.Is(err, fs.ErrNotExist):
			found.Missing = append(found.Missing, path)
			f.unreadable(&found, path, err)
		case err != nil:
			found.Unread = append(found.Unread, path)
			f.unreadable(&found, path, err)
		case info.IsDir():
			f.below(ctx, &found, path)
		default:
			found.add(path)
		}
	}
	return found
}

// below looks through a directory.
func (f Files) below(ctx context.Context, found *Found, root string) {
	files, problems := 0, len(found.Problems)
	err := Walk(ctx, root, func(path string, _ fs.DirEntry, err error) error {
		switch {
		case err != nil:
			found.Unread = append(found.Unread, path)
			f.unreadable(found, path, err)
		case f.Match(filepath.Base(path)):
			files++
			found.add(path)
		}
		return nil
	})
	if err != nil || files > 0 || len(found.Problems) > problems {
		return
	}
	found.Missing = append(found.Missing, root)
	if f.Empty != "" {
		found.report(root, f.Empty, fmt.Sprintf("no files of %s in this directory", f.Plural),
			fmt.Sprintf("name them %s.yaml or *.%s.yaml, or name the right directory", f.Base, f.Base))
	}
}

// Walk visits the files in a directory and below it in the order of their
// names, and the directories that cannot be read with the error. Hidden
// directories and links to directories are not entered. It ends with the first
// error of visit, or of ctx.
func Walk(ctx context.Context, root string, visit fs.WalkDirFunc) error {
	// The dot makes WalkDir enter a root that is a link.
	return filepath.WalkDir(root+string(filepath.Separator)+".", func(path string, entry fs.DirEntry, err error) error {
		path = filepath.Clean(path)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			if err := visit(path, entry, err); err != nil {
				return err
			}
			return fs.SkipDir
		case !entry.IsDir():
			return visit(path, entry, nil)
		case strings.HasPrefix(filepath.Base(path), ".") && path != filepath.Clean(root):
			return fs.SkipDir
		}
		return nil
	})
}

// add lists a file unless it is there already, maybe by another path.
func (f *Found) add(path string) {
	resolved, err := filepath.EvalSymlinks(path)
	if err != nil {
		resolved = path // reading it says so
	}
	if absolute, err := filepath.Abs(resolved); err == nil {
		resolved = absolute
	}
	if !f.seen[resolved] {
		f.seen[resolved] = true
		f.Files = append(f.Files, path)
	}
}

func (f Files) unreadable(found *Found, path string, err error) {
	var fault *fs.PathError
	if errors.As(err, &fault) {
		err = fault.Err
	}
	found.report(path, "unreadable-file", fmt.Sprintf("read this path: %v", err),
		fmt.Sprintf("name a file or directory of %s that exists and that this user may read", f.Plural))
}

func (f *Found) report(path, check, message, hint string) {
	f.Problems = append(f.Problems, *fileProblem(path, check, message, hint))
}
