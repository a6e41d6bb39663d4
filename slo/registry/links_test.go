package registry_test

import (
	"os"
	"path/filepath"
	"testing"
)

func TestLinksDoNotLeaveTheDirectory(t *testing.T) {
	w := newWorld(t)
	w.put("slo.yaml", spec("a", "99%"))
	w.want("file", "a/o=99%", "")
	outside := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(outside, []byte(spec("b", "99%")), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(w.dir, "b.slo.yaml")); err != nil {
		t.Fatal(err)
	}
	w.want("new link", "a/o=99%", "b.slo.yaml:link-outside")
	if err := os.Remove(filepath.Join(w.dir, "slo.yaml")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(w.dir, "slo.yaml")); err != nil {
		t.Fatal(err)
	}
	w.want("link in the place of a file", "a/o=99%", "b.slo.yaml:link-outside slo.yaml:last-good-used slo.yaml:link-outside")
}
