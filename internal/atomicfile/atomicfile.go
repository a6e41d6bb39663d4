// Package atomicfile replaces files at once or not at all.
package atomicfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Write replaces the content of a file by what write writes: a reader sees the
// old file or the new one, also after a crash, and nothing changes when write
// fails. A symbolic link is followed to the file that is meant. A file that has
// the same content already is not touched, and changed is false. The error leaves it
// to the caller to say which file was meant, and is the same each time: the
// temporary file has no name in it.
func Write(path string, write func(io.Writer) error) (changed bool, err error) {
	target, mode, err := destination(path)
	if err != nil {
		return false, err
	}
	return replace(target, mode, write)
}

// destination follows a symbolic link to the file that is meant.
func destination(path string) (target string, mode fs.FileMode, err error) {
	target, err = filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) {
		return path, 0o644, nil
	}
	if err != nil {
		return "", 0, err
	}
	info, err := os.Stat(target)
	if err != nil {
		return "", 0, err
	}
	if !info.Mode().IsRegular() {
		return "", 0, errors.New("it is not a regular file")
	}
	return target, info.Mode().Perm(), nil
}

func replace(path string, mode fs.FileMode, write func(io.Writer) error) (changed bool, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return false, fmt.Errorf("make a file in %s: %w", filepath.Dir(path), cause(err))
	}
	defer func() {
		if !changed {
			err = errors.Join(err, nameless(f.Close()), nameless(os.Remove(f.Name())))
		}
	}()
	if err := write(namelessWriter{f}); err != nil {
		return false, err
	}
	if same, err := sameContent(f, path); err != nil || same {
		return false, err
	}
	if err := errors.Join(nameless(f.Chmod(mode)), nameless(f.Sync())); err != nil {
		return false, err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return false, nameless(err)
	}
	return true, errors.Join(nameless(f.Close()), syncDir(filepath.Dir(path)))
}

// namelessWriter writes to a file whose name nobody needs to know.
type namelessWriter struct{ file *os.File }

func (w namelessWriter) Write(p []byte) (int, error) {
	n, err := w.file.Write(p)
	return n, nameless(err)
}

// nameless says what was tried and why it failed, without the name of the file.
func nameless(err error) error {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return fmt.Errorf("%s: %w", path.Op, path.Err)
	case errors.As(err, &link):
		return fmt.Errorf("%s: %w", link.Op, link.Err)
	}
	return err
}

// cause is an error of the file system without the operation and the file.
func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// syncDir makes a rename in a directory durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// sameContent compares what was written to a file with another file, which may
// not exist.
func sameContent(written *os.File, path string) (bool, error) {
	other, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer func() { _ = other.Close() }() // it was only read
	var a, b [32 << 10]byte
	for offset := int64(0); ; {
		n, errA := written.ReadAt(a[:], offset)
		m, errB := other.ReadAt(b[:], offset)
		if err := readError(nameless(errA), errB); err != nil {
			return false, err
		}
		if !bytes.Equal(a[:n], b[:m]) {
			return false, nil
		}
		if n < len(a) {
			return true, nil
		}
		offset += int64(n)
	}
}

// readError returns the first error that is not the end of a file.
func readError(errs ...error) error {
	for _, err := range errs {
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
	}
	return nil
}
