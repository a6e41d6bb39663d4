package config

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"headroom/slo/diag"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestProblems reads each .yaml section of testdata/*.txtar as a configuration;
// the section after it is what diag.Write says of it.
func TestProblems(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		said := &txtar.Archive{Comment: archive.Comment}
		for i, f := range archive.Files {
			if !strings.HasSuffix(f.Name, ".yaml") {
				continue
			}
			var want []byte
			if i+1 < len(archive.Files) {
				want = archive.Files[i+1].Data
			}
			t.Run(f.Name, func(t *testing.T) {
				got := problemsOf(t, f)
				said.Files = append(said.Files, f, txtar.File{Name: "problems", Data: got})
				if !*update && !bytes.Equal(got, want) {
					t.Errorf("problems of %s are now:\n%s", f.Name, got)
				}
			})
		}
		if *update {
			if err := os.WriteFile(file, txtar.Format(said), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func problemsOf(t *testing.T, f txtar.File) []byte {
	t.Helper()
	_, problems := Parse(f.Name, f.Data)
	var got bytes.Buffer
	if err := diag.Write(&got, problems); err != nil {
		t.Fatal(err)
	}
	if !diag.HasErrors(problems) {
		t.Errorf("no problem in:\n%s", f.Data)
	}
	if bytes.Contains(got.Bytes(), []byte("hunter2")) {
		t.Errorf("a problem shows a secret:\n%s", got.String())
	}
	return got.Bytes()
}
