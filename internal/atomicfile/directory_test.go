package atomicfile_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"headroom/internal/atomicfile"
)

func TestDirectory(t *testing.T) {
	d := atomicfile.Directory{Path: filepath.Join(t.TempDir(), "a", "b"), Prefix: "our.", Headers: []string{"# us\n", `{"us"`}}
	path := func(name string) string { return filepath.Join(d.Path, name) }
	if err := d.Check("our.a", "our.b"); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"our.a": "# us\na", "our.b": `{"us": 1}`, "our.old": "# us\nold"} {
		if changed, err := d.Write(name, text(content)); err != nil || !changed {
			t.Fatalf("write %s: %t, %v", name, changed, err)
		}
	}
	foreign := map[string]string{"our.foreign": "# them\n", "our.empty": "", "their.a": "# us\n"}
	for name, content := range foreign {
		write(t, path(name), content)
	}
	if err := os.Symlink(path("our.a"), path("our.link")); err != nil {
		t.Fatal(err)
	}

	if err := d.Check("our.a", "our.b", "our.new"); err != nil {
		t.Errorf("files of ours are refused: %v", err)
	}
	for _, name := range []string{"our.foreign", "our.empty"} {
		if err := d.Check("our.a", name); !errors.Is(err, atomicfile.ErrForeign) {
			t.Errorf("%s: got %v, want that it is refused", name, err)
		}
	}

	removed, err := d.Sweep(func(name string) bool { return name == "our.a" || name == "our.b" })
	if err != nil || !slices.Equal(removed, []string{"our.old"}) {
		t.Errorf("Sweep: removed %q (%v), want only our.old", removed, err)
	}
	for name, content := range foreign {
		want(t, path(name), content)
	}
	only(t, d.Path, 2+len(foreign)+1)
}
