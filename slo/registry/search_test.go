package registry_test

import (
	"errors"
	"os"
	"testing"
)

// TestProblemsOfSearchesFollow demands that the problem is always the present
// one, also while a source brings no objective either way.
func TestProblemsOfSearchesFollow(t *testing.T) {
	w := newWorld(t)
	w.put("slo.yaml", spec("a", "99%"))
	w.update()
	problem := func() string {
		snapshot, err := w.registry.Update(t.Context(), w.sources)
		if err != nil {
			t.Fatal(err)
		}
		return snapshot.Problems[0].Message
	}
	aside := w.dir + ".aside"
	for _, step := range []struct {
		change func() error
		want   string
	}{
		{func() error { return os.Rename(w.dir, aside) }, "read this path: no such file or directory"},
		{func() error { return os.Mkdir(w.dir, 0o700) }, "no spec files in this directory"},
		{func() error { return os.Remove(w.dir) }, "read this path: no such file or directory"},
		{func() error { return os.Symlink(w.dir, w.dir) }, "read this path: too many levels of symbolic links"},
		{func() error {
			return errors.Join(os.Remove(w.dir), os.WriteFile(aside+"/x", nil, 0o600), os.Symlink(aside+"/x/y", w.dir))
		}, "read this path: not a directory"},
	} {
		if err := step.change(); err != nil {
			t.Fatal(err)
		}
		if got := problem(); got != step.want {
			t.Errorf("problem %q, want %q", got, step.want)
		}
	}
}
