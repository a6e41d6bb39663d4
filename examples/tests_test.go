package examples

import (
	"slices"
	"testing"

	"headroom/internal/trial"
	"headroom/slo"
	"headroom/slo/diag"
	"headroom/slo/manifest"
	"headroom/slo/slotest"
)

// TestTestsOfExamplesPass does what `headroom test examples` does.
func TestTestsOfExamplesPass(t *testing.T) {
	loaded := slotest.Load(t.Context(), []string{"."}, manifest.Options{})
	for _, p := range loaded.Problems {
		t.Errorf("%s", p)
	}
	if len(loaded.Files) < 4 {
		t.Errorf("only the files %v", loaded.Files)
	}
	for _, suite := range loaded.Suites {
		for _, c := range suite.Cases {
			t.Run(c.Name, func(t *testing.T) {
				t.Parallel()
				outcome, err := trial.Run(t.Context(), &c)
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range outcome.Failures {
					t.Errorf("%s:%d: %s: expected %s, got %s", f.Place.File, f.Place.Line, f.What, f.Expected, f.Got)
				}
			})
		}
	}
}

// TestFirstTestsPass runs the test that `headroom init` writes for an objective
// of each kind.
func TestFirstTestsPass(t *testing.T) {
	objectives := slices.Concat(load(t, "specs"), load(t, "production"))
	kinds := map[string]bool{}
	for _, o := range objectives {
		if kind := o.Indicator.Kind(); kinds[kind] {
			continue
		}
		kinds[o.Indicator.Kind()] = true
		t.Run(o.ID.String(), func(t *testing.T) {
			t.Parallel()
			text := slotest.Sample("slo.yaml", o)
			suites, problems := slotest.Parse("slo.test.yaml", text, known(objectives))
			if len(problems) > 0 || len(suites) != 1 || len(suites[0].Cases) != 2 {
				t.Fatalf("%v\n%s", problems, text)
			}
			for _, c := range suites[0].Cases {
				outcome, err := trial.Run(t.Context(), &c)
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range outcome.Failures {
					t.Errorf("%s: expected %s, got %s\n%s", f.What, f.Expected, f.Got, text)
				}
			}
		})
	}
}

func known(objectives []*slo.Objective) slotest.Specs {
	return func(string, []string) ([]*slo.Objective, []diag.Problem) { return objectives, nil }
}
