package atomicfile_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"headroom/internal/atomicfile"
)

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
}

func write(t *testing.T, path, s string) bool {
	t.Helper()
	changed, err := atomicfile.Write(path, text(s))
	if err != nil {
		t.Fatal(err)
	}
	return changed
}

func want(t *testing.T, path, content string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil || string(got) != content {
		t.Errorf("%s holds %q (%v), want %q", path, got, err, content)
	}
}

func only(t *testing.T, dir string, n int) {
	t.Helper()
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != n {
		t.Errorf("%s has %v (%v), want %d entries", dir, entries, err, n)
	}
}

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	if !write(t, path, "one") {
		t.Error("a new file is not a change")
	}
	want(t, path, "one")

	past := time.Unix(1e9, 0)
	if err := errors.Join(os.Chtimes(path, past, past), os.Chmod(path, 0o640)); err != nil {
		t.Fatal(err)
	}
	if write(t, path, "one") {
		t.Error("equal content is a change")
	}
	if info, _ := os.Stat(path); !info.ModTime().Equal(past) {
		t.Error("equal content touched the file")
	}
	long := strings.Repeat("two", 50_000)
	if !write(t, path, long) || write(t, path, long) || !write(t, path, long+"!") {
		t.Error("changes of a long file are not told from none")
	}
	want(t, path, long+"!")
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o640 {
		t.Errorf("mode is %s, want that of the old file", info.Mode())
	}
	only(t, dir, 1)
}

func TestWriteThroughLink(t *testing.T) {
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target"), filepath.Join(dir, "link")
	write(t, target, "one")
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	write(t, link, "two")
	want(t, target, "two")
	if info, _ := os.Lstat(link); info.Mode()&fs.ModeSymlink == 0 {
		t.Error("the link was replaced by a file")
	}
}

func TestWriteFails(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	write(t, path, "one")
	broken := errors.New("broken")
	_, err := atomicfile.Write(path, func(w io.Writer) error { _, _ = io.WriteString(w, "half"); return broken })
	if !errors.Is(err, broken) {
		t.Errorf("got %v, want the writer's error", err)
	}
	want(t, path, "one")
	only(t, dir, 1)

	if _, err := atomicfile.Write(dir, text("x")); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("got %v for a directory", err)
	}
	if _, err := atomicfile.Write(filepath.Join(dir, "none", "file"), text("x")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v for a missing directory, want that it does not exist", err)
	}
}

// TestErrorsNameNoTemporaryFile demands errors that are the same each time and
// that name only what somebody can see.
func TestErrorsNameNoTemporaryFile(t *testing.T) {
	dir := t.TempDir()
	steal := func(io.Writer) error { // somebody cleans up meanwhile
		files, err := filepath.Glob(filepath.Join(dir, ".file.*"))
		if err == nil && len(files) == 1 {
			err = os.Remove(files[0])
		}
		return err
	}
	for _, c := range []struct {
		path  string
		write func(io.Writer) error
		want  string
	}{
		{filepath.Join(dir, "none", "file"), text("x"), "make a file in " + filepath.Join(dir, "none") + ": no such file or directory"},
		{filepath.Join(dir, "file"), steal, "rename: no such file or directory\nremove: no such file or directory"},
	} {
		for range 2 {
			if _, err := atomicfile.Write(c.path, c.write); !errors.Is(err, fs.ErrNotExist) || err.Error() != c.want {
				t.Errorf("%s: got %q, want %q", c.path, err, c.want)
			}
		}
	}
}
