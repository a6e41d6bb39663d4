package manifest_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"headroom/slo/diag"
	"headroom/slo/manifest"
)

// FuzzParse asks that no text makes Parse panic, that every problem has a
// place in the text and a page in the docs, and that reading is deterministic:
// a document's own text gives the same objectives.
func FuzzParse(f *testing.F) {
	archives, err := filepath.Glob("testdata/golden/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range archives {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range archive.Files {
			if filepath.Ext(file.Name) == ".yaml" && len(file.Data) < 4000 {
				f.Add(file.Data)
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		documents, problems := manifest.Parse("slo.yaml", bytes.Clone(data))
		lines := bytes.Count(data, []byte("\n")) + 1
		for _, p := range problems {
			checkProblem(t, p, lines)
		}
		again, problemsAgain := manifest.Parse("slo.yaml", bytes.Clone(data))
		if diff := cmp.Diff(problems, problemsAgain); diff != "" || len(documents) != len(again) {
			t.Errorf("read twice, %d and %d documents: %s", len(documents), len(again), diff)
		}
		for _, d := range documents {
			checkDocument(t, d, lines)
		}
		if len(problems) == 0 && len(documents) == 0 {
			t.Error("neither documents nor problems")
		}
	})
}

func checkProblem(t *testing.T, p diag.Problem, lines int) {
	t.Helper()
	if p.File != "slo.yaml" || p.Line < 1 || p.Line > lines || p.Column < 1 || p.EndColumn < p.Column {
		t.Errorf("place: %+v", p)
	}
	if p.Message == "" || p.Hint == "" || !utf8.ValidString(p.Excerpt) || p.Severity != diag.Error && p.Check != "latency-bucket" && p.Check != "never-matches" {
		t.Errorf("text: %+v", p)
	}
	if _, err := os.Stat(filepath.Join(pages, p.Check+".md")); err != nil {
		t.Errorf("page: %v", err)
	}
	if err := diag.Write(new(bytes.Buffer), []diag.Problem{p}); err != nil {
		t.Error(err)
	}
}

func checkDocument(t *testing.T, d manifest.Document, lines int) {
	t.Helper()
	if d.Line < 1 || d.Line > lines || d.Place.Line < 1 || d.Place.Line > lines {
		t.Errorf("document on line %d at %v", d.Line, d.Place)
	}
	if d.Broken {
		return
	}
	if d.Service == "" || d.Namespace == "" || len(d.Objectives) == 0 {
		t.Errorf("sound, but: %+v", d)
	}
	own, problems := manifest.Parse("slo.yaml", d.Text)
	if len(own) != 1 || diag.HasErrors(problems) || len(own[0].Objectives) != len(d.Objectives) {
		t.Fatalf("its own text gives %d documents, %v", len(own), problems)
	}
	for i, o := range d.Objectives {
		if other := own[0].Objectives[i]; o.SpecHash() != other.SpecHash() || o.SLI() != other.SLI() || o.ID != other.ID {
			t.Errorf("%+v and %+v", o, other)
		}
		if o.Target.IsZero() || o.Window.Rolling <= 0 || o.Resolution <= 0 || o.Indicator == nil || o.Indicator.Canonical() == "" {
			t.Errorf("sound, but: %+v", o)
		}
	}
}
