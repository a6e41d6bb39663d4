package archtest

import (
	"bytes"
	"errors"
	"fmt"
	"go/build"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Load reads the packages of the module whose root is a directory. Nested
// modules, testdata and hidden directories are left out.
func Load(root string) ([]Package, error) {
	var pkgs []Package
	err := walk(root, func(path string, entry fs.DirEntry) error {
		if !entry.IsDir() {
			return nil
		}
		found, err := build.Default.ImportDir(filepath.Join(root, path), 0)
		var empty *build.NoGoError
		if errors.As(err, &empty) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read package %s: %w", path, err)
		}
		pkgs = append(pkgs, Package{Path: path, Name: found.Name, Imports: found.Imports})
		return nil
	})
	return pkgs, err
}

// MaxLines is how long a Go file may be.
const MaxLines = 400

// CheckFiles returns a sentence for each Go file that is longer than MaxLines.
func CheckFiles(root string) ([]string, error) {
	var violations []string
	err := walk(root, func(path string, entry fs.DirEntry) error {
		if entry.IsDir() || !strings.HasSuffix(path, ".go") {
			return nil
		}
		text, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			return fmt.Errorf("count the lines of %s: %w", path, err)
		}
		if lines := bytes.Count(text, []byte{'\n'}); lines > MaxLines {
			violations = append(violations, fmt.Sprintf(
				"%s has %d lines, more than %d: split it by what its parts are about", path, lines, MaxLines))
		}
		return nil
	})
	return violations, err
}

// walk calls visit for what is below root, with slash-separated paths.
func walk(root string, visit func(path string, entry fs.DirEntry) error) error {
	return fs.WalkDir(os.DirFS(root), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && path != "." {
			name := entry.Name()
			if name == "testdata" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") {
				return fs.SkipDir
			}
			if _, err := os.Stat(filepath.Join(root, path, "go.mod")); err == nil {
				return fs.SkipDir
			}
		}
		return visit(path, entry)
	})
}
