package promapi

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"headroom/internal/atomicfile"
)

// former is the content of a file before a delivery.
type former struct {
	data   []byte
	mode   fs.FileMode
	exists bool
}

// readFormer reads a file; one that is missing is no error.
func readFormer(path string) (former, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return former{}, nil
	}
	if err != nil {
		return former{}, fmt.Errorf("read %s: %w", path, err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return former{}, fmt.Errorf("read %s: %w", path, err)
	}
	return former{data: data, mode: info.Mode().Perm(), exists: true}, nil
}

// keep writes what was read to another path, readable by the same users.
func (f former) keep(path string) error {
	if !f.exists {
		return nil
	}
	if err := writeFile(path, f.data); err != nil {
		return err
	}
	if err := os.Chmod(path, f.mode); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// restore puts a file back into the state in which it was read.
func (f former) restore(path string) error {
	if f.exists {
		return writeFile(path, f.data)
	}
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("take back %s: %w", path, err)
	}
	return nil
}

func writeFile(path string, data []byte) error {
	_, err := atomicfile.Write(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
