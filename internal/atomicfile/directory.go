package atomicfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Directory is a directory in which files of ours stand among files of others.
// A file is ours when its name begins with Prefix and its content with one of
// Headers.
type Directory struct {
	Path    string
	Prefix  string
	Headers []string
}

// ErrForeign is wrapped where a file of somebody else stands in the way.
var ErrForeign = errors.New("headroom did not write this file")

// Check makes the directory when there is none, and refuses names at which
// somebody else's file stands, so that nothing is changed before all can be.
func (d Directory) Check(names ...string) error {
	if err := os.MkdirAll(d.Path, 0o755); err != nil {
		return err
	}
	for _, name := range names {
		path := filepath.Join(d.Path, name)
		ours, err := d.ours(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if !ours {
			return fmt.Errorf("%s: %w; move it away or name another directory", path, ErrForeign)
		}
	}
	return nil
}

// At returns the path of a file.
func (d Directory) At(name string) string { return filepath.Join(d.Path, name) }

// Write replaces one file of ours as the function Write does.
func (d Directory) Write(name string, write func(io.Writer) error) (changed bool, err error) {
	path := filepath.Join(d.Path, name)
	changed, err = Write(path, write)
	if err != nil {
		return false, fmt.Errorf("%s: %w", path, err)
	}
	return changed, nil
}

// Sweep removes the files of ours that are not to be kept, and returns their
// names.
func (d Directory) Sweep(keep func(name string) bool) (removed []string, err error) {
	entries, err := os.ReadDir(d.Path)
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		name := entry.Name()
		if !entry.Type().IsRegular() || !strings.HasPrefix(name, d.Prefix) || keep(name) {
			continue
		}
		path := filepath.Join(d.Path, name)
		ours, err := d.ours(path)
		if err != nil {
			return removed, err
		}
		if !ours {
			continue
		}
		if err := os.Remove(path); err != nil {
			return removed, err
		}
		removed = append(removed, name)
	}
	return removed, nil
}

func (d Directory) ours(path string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer func() { _ = f.Close() }() // it was only read
	r := bufio.NewReader(f)
	for _, header := range d.Headers {
		start, err := r.Peek(len(header))
		if err != nil && !errors.Is(err, io.EOF) {
			return false, err
		}
		if string(start) == header {
			return true, nil
		}
	}
	return false, nil
}
