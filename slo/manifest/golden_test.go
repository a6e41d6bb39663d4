package manifest_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"headroom/slo/diag"
	"headroom/slo/manifest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestGolden loads the files of every archive and compares all problems and
// all objectives with the archive's last two files. A file with the suffix
// .quoted holds Go string literals, for bytes that cannot stand in an archive;
// the file setup makes what is no plain file.
func TestGolden(t *testing.T) {
	archives, err := filepath.Glob("testdata/golden/*.txtar")
	if err != nil || len(archives) < 20 {
		t.Fatalf("golden archives: %d, %v", len(archives), err)
	}
	for _, path := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			path, err := filepath.Abs(path)
			if err != nil {
				t.Fatal(err)
			}
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			t.Chdir(t.TempDir())
			problems, objectives := load(t, archive)
			if *update {
				rewrite(t, path, archive, problems, objectives)
				return
			}
			for name, got := range map[string]string{"want/problems": problems, "want/objectives": objectives} {
				if diff := cmp.Diff(section(archive, name), got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", name, diff)
				}
			}
		})
	}
}

// load writes the archive's files into the current directory and loads it.
func load(t *testing.T, archive *txtar.Archive) (problems, objectives string) {
	t.Helper()
	paths := []string{"."}
	for _, file := range archive.Files {
		switch {
		case strings.HasPrefix(file.Name, "want/"):
		case file.Name == "setup":
			setup(t, string(file.Data))
		case file.Name == "paths":
			paths = strings.Fields(string(file.Data))
		default:
			write(t, file)
		}
	}
	result := manifest.Load(t.Context(), paths, manifest.Options{})
	var out, list bytes.Buffer
	if err := diag.Write(&out, result.Problems); err != nil {
		t.Fatal(err)
	}
	for _, o := range result.Objectives() {
		fmt.Fprintf(&list, "%s %s/%s step %s %s by%v labels%v owner=%q channel=%q runbook=%q description=%q formerly%v at %s:%d:%d\n",
			o.ID, o.Target, o.Window, o.Resolution, o.Indicator.Canonical(), o.GroupBy, o.Labels, o.Owner, o.Channel, o.Runbook, o.Description, o.Formerly, o.Place.File, o.Place.Line, o.Place.Column)
	}
	return out.String(), list.String()
}

func write(t *testing.T, file txtar.File) {
	t.Helper()
	name, data := file.Name, file.Data
	if base, quoted := strings.CutSuffix(name, ".quoted"); quoted {
		name, data = base, nil
		for line := range strings.Lines(string(file.Data)) {
			text, err := strconv.Unquote(strings.TrimSpace(line))
			if err != nil {
				t.Fatalf("%s: %q: %v", file.Name, line, err)
			}
			data = append(data, text...)
		}
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func setup(t *testing.T, script string) {
	t.Helper()
	for line := range strings.Lines(script) {
		words := strings.Fields(line)
		var err error
		switch words[0] {
		case "mkdir":
			err = os.MkdirAll(words[1], 0o700)
		case "symlink":
			err = os.Symlink(words[1], words[2])
		case "sparse":
			var size int64
			if size, err = strconv.ParseInt(words[1], 10, 64); err == nil {
				err = os.WriteFile(words[2], nil, 0o600)
			}
			if err == nil {
				err = os.Truncate(words[2], size)
			}
		default:
			t.Fatalf("setup: %q", line)
		}
		if err != nil {
			t.Fatalf("setup: %q: %v", line, err)
		}
	}
}

func section(archive *txtar.Archive, name string) string {
	for _, file := range archive.Files {
		if file.Name == name {
			return string(file.Data)
		}
	}
	return "(section missing: run with -update)"
}

func rewrite(t *testing.T, path string, archive *txtar.Archive, problems, objectives string) {
	t.Helper()
	kept := archive.Files[:0]
	for _, file := range archive.Files {
		if !strings.HasPrefix(file.Name, "want/") {
			kept = append(kept, file)
		}
	}
	kept = append(kept, txtar.File{Name: "want/problems", Data: []byte(problems)}, txtar.File{Name: "want/objectives", Data: []byte(objectives)})
	archive.Files = kept
	if err := os.WriteFile(path, txtar.Format(archive), 0o600); err != nil {
		t.Fatal(err)
	}
}
