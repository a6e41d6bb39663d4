package promapi

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// defaultMode lets a Prometheus that runs as another user read the rules.
const defaultMode = 0o644

// file is the content of a file with its mode.
type file struct {
	data   []byte
	mode   fs.FileMode
	exists bool
}

// readFormer reads a file; one that is missing is no error.
func readFormer(path string) (file, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return file{mode: defaultMode}, nil
	}
	if err != nil {
		return file{}, fmt.Errorf("read %s: %w", path, err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return file{}, fmt.Errorf("read %s: %w", path, err)
	}
	return file{data: data, mode: info.Mode().Perm(), exists: true}, nil
}

// writeFile replaces a file in one step: a reader sees the old or the new one,
// also after a crash.
func writeFile(path string, f file) error {
	temp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = temp.Write(f.data)
	if err == nil {
		err = temp.Chmod(f.mode)
	}
	if err == nil {
		err = temp.Sync()
	}
	if err = errors.Join(err, temp.Close()); err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, errors.Join(err, os.Remove(temp.Name())))
	}
	return nil
}
