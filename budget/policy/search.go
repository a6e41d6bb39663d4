package policy

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

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
	f := &found{files: map[string]parsed{}}
	for _, path := range paths {
		info, err := os.Stat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			f.missing = append(f.missing, path)
			f.unreadable(path, err)
		case err != nil:
			f.unread = append(f.unread, path)
			f.unreadable(path, err)
		case info.IsDir():
			f.directory(ctx, path)
		default:
			f.file(path)
		}
	}
	return f
}

func (f *found) directory(ctx context.Context, root string) {
	files, before := 0, len(f.problems)
	// The dot makes WalkDir enter a root that is a link.
	err := filepath.WalkDir(root+string(filepath.Separator)+".", func(path string, entry fs.DirEntry, err error) error {
		if path = filepath.Clean(path); ctx.Err() != nil {
			return ctx.Err()
		}
		switch name := filepath.Base(path); {
		case err != nil:
			f.unread = append(f.unread, path)
			f.unreadable(path, err)
			return fs.SkipDir
		case entry.IsDir() && strings.HasPrefix(name, ".") && path != filepath.Clean(root):
			return fs.SkipDir
		case !entry.IsDir() && isPolicyFile(name):
			files++
			f.file(path)
		}
		return nil
	})
	if err == nil && files == 0 && len(f.problems) == before {
		f.missing = append(f.missing, root)
		f.report(root, "no-policies", "no policy files in this directory", "name them policy.yaml or *.policy.yaml, or name the right directory in the configuration")
	}
}

func isPolicyFile(name string) bool {
	return name == "policy.yaml" || strings.HasSuffix(name, ".policy.yaml") && !strings.HasPrefix(name, ".")
}

func (f *found) file(path string) {
	if _, seen := f.files[path]; seen {
		return
	}
	source, problems := strictyaml.ReadFile(path, 0)
	if source == nil {
		f.files[path] = parsed{opaque: true}
		f.problems = append(f.problems, problems...)
		return
	}
	documents, problems := parseSource(source)
	nameless := slices.ContainsFunc(documents, func(d Document) bool { return d.Broken && d.Name == "" })
	f.files[path] = parsed{documents: documents, opaque: len(documents) == 0 || nameless}
	f.problems = append(f.problems, problems...)
}

func (f *found) unreadable(path string, err error) {
	var fault *fs.PathError
	if errors.As(err, &fault) {
		err = fault.Err
	}
	f.report(path, "unreadable-file", fmt.Sprintf("read this path: %v", err), "name a file or directory of policies that exists and that this user may read")
}

func (f *found) report(path, check, message, hint string) {
	f.problems = append(f.problems, diag.Problem{
		Check: check, Severity: diag.Error, File: path, Line: 1, Column: 1, EndColumn: 1, Message: message, Hint: hint,
	})
}
