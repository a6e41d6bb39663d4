package slotest_test

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/tools/txtar"

	"headroom/slo"
	"headroom/slo/diag"
	"headroom/slo/manifest"
	"headroom/slo/slotest"
)

// FuzzParse feeds texts to the loader: it must neither crash nor hang, and a
// suite that is not broken has cases that can be run.
func FuzzParse(f *testing.F) {
	documents, _ := manifest.Parse("slo.yaml", []byte(spec))
	objectives, problems := manifest.Resolve(documents, nil)
	if len(objectives) == 0 || len(problems) > 0 {
		f.Fatal(problems)
	}
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, member := range archive.Files {
			f.Add(member.Data)
		}
	}
	for _, o := range objectives {
		f.Add(slotest.Sample("slo.yaml", o))
	}
	for _, file := range []string{"../../examples/production/checkout/slo.test.yaml"} {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		suites, problems := slotest.Parse("slo.test.yaml", data, func(string, []string) ([]*slo.Objective, []diag.Problem) { return objectives, nil })
		for _, s := range suites {
			if s.Broken && !diag.HasErrors(problems) {
				t.Fatalf("broken without a problem: %+v", s)
			}
			for _, c := range s.Cases {
				if s.Broken {
					continue
				}
				if c.Length <= 0 || c.Interval <= 0 || len(c.Expect) == 0 || c.MadeUp() && len(c.Phases) == 0 {
					t.Fatalf("a case that cannot be run: %+v", c)
				}
			}
		}
	})
}
