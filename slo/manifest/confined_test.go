package manifest_test

import (
	"os"
	"path/filepath"
	"testing"

	"headroom/slo/manifest"
)

const confinedSpec = "headroom: v1\nservice: checkout\nobjectives:\n  a: {target: 99%, gauge: up}\n"

// TestConfined puts links into a directory of specs: those within it are
// followed, those that leave it are only when that is allowed.
func TestConfined(t *testing.T) {
	base := t.TempDir()
	specs := filepath.Join(base, "specs")
	for name, text := range map[string]string{
		"specs/..data/slo.yaml": confinedSpec, "secret": "password: hunter2\n", "other/slo.yaml": "password: hunter2\n", "other/x.txt": "",
	} {
		path := filepath.Join(base, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{
		"specs/slo.yaml":        "..data/slo.yaml",
		"specs/secret.slo.yaml": "../secret",
		"specs/team":            filepath.Join(base, "other"),
		"specs/notes.txt":       "../secret",
		"specs/.git":            "../other",
		"linked":                "specs",
	} {
		if err := os.Symlink(to, filepath.Join(base, link)); err != nil {
			t.Fatal(err)
		}
	}
	for _, root := range []string{specs, filepath.Join(base, "linked")} {
		result := manifest.Load(t.Context(), []string{root}, manifest.Options{Confined: true})
		var refused []string
		for _, p := range result.Problems {
			if p.Check != "link-outside" || p.Excerpt != "" {
				t.Errorf("problem %+v", p)
			}
			refused = append(refused, filepath.Base(p.File))
		}
		if len(refused) != 2 || refused[0] != "secret.slo.yaml" || refused[1] != "team" || len(result.Unread) != 2 {
			t.Errorf("%s: refused %q, unread %q", root, refused, result.Unread)
		}
		if len(result.Objectives()) != 1 || len(result.Files) != 1 {
			t.Errorf("%s: files %v", root, result.Files)
		}
	}
	if open := manifest.Load(t.Context(), []string{specs}, manifest.Options{}); len(open.Files) != 3 {
		t.Errorf("not confined: files %v", open.Files)
	}
	named := filepath.Join(specs, "secret.slo.yaml")
	if given := manifest.Load(t.Context(), []string{named}, manifest.Options{Confined: true}); len(given.Files) != 1 {
		t.Errorf("a link that is named itself: files %v", given.Files)
	}
}
