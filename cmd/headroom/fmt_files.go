package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"headroom/internal/strictyaml"
)

// filesToFormat lists the files of the given paths, each once. Hidden
// directories and links to directories are not entered.
func filesToFormat(ctx context.Context, paths []string) ([]string, error) {
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
		found, err := filesBelow(ctx, path)
		if err != nil {
			return nil, err
		}
		files = append(files, found...)
	}
	slices.Sort(files)
	return slices.Compact(files), nil
}

func filesBelow(ctx context.Context, root string) ([]string, error) {
	var files []string
	err := strictyaml.Walk(ctx, root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("read %w", err)
		}
		if holdsDocuments(path) && (entry.Type().IsRegular() || entry.Type()&fs.ModeSymlink != 0 && linksToFile(path)) {
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
