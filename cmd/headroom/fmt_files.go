package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// filesToFormat lists the files of the given paths, each once. Hidden
// directories and links to directories are not entered.
func filesToFormat(paths []string) ([]string, error) {
	var files []string
	for _, path := range paths {
		if path == toStdout {
			if len(paths) > 1 {
				return nil, usagef("- is standard input, and can only be given alone")
			}
			return paths, nil
		}
		info, err := os.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("read %w", err)
		}
		if !info.IsDir() {
			files = append(files, path)
			continue
		}
		found, err := filesBelow(path)
		if err != nil {
			return nil, err
		}
		files = append(files, found...)
	}
	slices.Sort(files)
	return slices.Compact(files), nil
}

func filesBelow(root string) ([]string, error) {
	var files []string
	// The dot makes WalkDir enter a root that is a link.
	err := filepath.WalkDir(root+string(filepath.Separator)+".", func(path string, entry fs.DirEntry, err error) error {
		path = filepath.Clean(path)
		switch {
		case err != nil:
			return fmt.Errorf("read %w", err)
		case entry.IsDir() && strings.HasPrefix(filepath.Base(path), ".") && path != filepath.Clean(root):
			return fs.SkipDir
		case entry.Type().IsRegular() && holdsDocuments(path), entry.Type()&fs.ModeSymlink != 0 && holdsDocuments(path) && linksToFile(path):
			files = append(files, path)
		}
		return nil
	})
	return files, err
}

func linksToFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
