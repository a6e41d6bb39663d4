package strictyaml_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"headroom/internal/strictyaml"
)

// TestFind looks through a tree with everything that may lie about in one.
func TestFind(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"plan.yaml", "b/quiet.plan.yaml", "b/slo.yaml", "b/.hidden.plan.yaml", ".git/plan.yaml", "none/slo.yaml", "other", "dir.plan.yaml/x"} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{"again.plan.yaml": "plan.yaml", "into": "b", "loop": ".", "c.plan.yaml": "nowhere"} {
		if err := os.Symlink(to, filepath.Join(root, link)); err != nil {
			t.Fatal(err)
		}
	}
	names := strictyaml.Files{Base: "plan", Plural: "plans", Empty: "no-plans"}
	tests := map[string]struct {
		paths                          []string
		files, missing, unread, checks []string
	}{
		// again.plan.yaml comes first by name, plan.yaml is the same file.
		"a directory":       {paths: []string{""}, files: []string{"again.plan.yaml", "b/quiet.plan.yaml", "c.plan.yaml"}},
		"a link to one":     {paths: []string{"into"}, files: []string{"into/quiet.plan.yaml"}},
		"a file":            {paths: []string{"other"}, files: []string{"other"}},
		"in order and once": {paths: []string{"other", "b", "b/quiet.plan.yaml", "into"}, files: []string{"other", "b/quiet.plan.yaml"}},
		"nothing there":     {paths: []string{"none", "b"}, files: []string{"b/quiet.plan.yaml"}, missing: []string{"none"}, checks: []string{"no-plans"}},
		"no such path":      {paths: []string{"gone", "b"}, files: []string{"b/quiet.plan.yaml"}, missing: []string{"gone"}, checks: []string{"unreadable-file"}},
		"below a file":      {paths: []string{"other/x"}, unread: []string{"other/x"}, checks: []string{"unreadable-file"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := names.Find(t.Context(), below(root, tt.paths)...)
			var checks []string
			for _, p := range got.Problems {
				checks = append(checks, p.Check)
			}
			if !slices.Equal(got.Files, below(root, tt.files)) || !slices.Equal(got.Missing, below(root, tt.missing)) ||
				!slices.Equal(got.Unread, below(root, tt.unread)) || !slices.Equal(checks, tt.checks) {
				t.Errorf("got %+v, want %+v", got, tt)
			}
		})
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if got := names.Find(ended, root); len(got.Files) > 0 || len(got.Missing) > 0 {
		t.Errorf("a search that has ended found %+v", got)
	}
	names.Empty = ""
	if got := names.Find(t.Context(), filepath.Join(root, "none")); len(got.Problems) > 0 || len(got.Missing) != 1 {
		t.Errorf("an empty directory that is no problem gives %+v", got)
	}
}

func below(root string, names []string) []string {
	var paths []string
	for _, name := range names {
		paths = append(paths, filepath.Join(root, name))
	}
	return paths
}
