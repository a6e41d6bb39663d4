package registry_test

import (
	"testing"

	"headroom/slo/defaults"
	"headroom/slo/diag"
	"headroom/slo/manifest"
)

// TestDefaultsChange lets the organisation ask for more than a good spec keeps:
// the spec stays in force, with what the defaults give, also over a restart.
func TestDefaultsChange(t *testing.T) {
	var set *defaults.Set
	declare := func(rule string) {
		var problems []diag.Problem
		if set, problems = defaults.Parse("org.yaml", []byte("headroom: v1\ndefaults: org\nrules: ["+rule+"]\n")); len(problems) > 0 {
			t.Fatal(problems)
		}
	}
	w := newWorld(t)
	w.options.Specs = func() manifest.Options { return manifest.Options{Defaults: set} }
	w.restart()
	w.put("slo.yaml", "headroom: v1\nservice: a\nobjectives: {o: {target: 99.99%, gauge: up}}\n")
	w.put("more/slo.yaml", "# on another line\n---\n\nheadroom: v1\nservice: b\nobjectives: {o: {target: 99%, gauge: up}}\n")
	check := func(what, wantWindow string, wantProblems ...string) string {
		t.Helper()
		snapshot, err := w.registry.Update(t.Context(), w.sources)
		if err != nil || len(snapshot.Objectives) != 2 {
			t.Fatalf("%s: %v, %v", what, snapshot, err)
		}
		for _, o := range snapshot.Objectives {
			if o.Window.String() != wantWindow {
				t.Errorf("%s: window of %s is %s", what, o.ID, o.Window)
			}
		}
		var got []string
		for _, p := range snapshot.Problems {
			got = append(got, p.Check)
		}
		if len(got) != len(wantProblems) || len(got) > 0 && (got[0] != wantProblems[0] || got[1] != wantProblems[1]) {
			t.Errorf("%s: problems %v", what, snapshot.Problems)
		}
		return snapshot.Version
	}
	before := check("without", "28d")
	declare("{window: 14d}")
	if after := check("another window", "14d"); after == before {
		t.Error("the version stays")
	}
	declare("{window: 7d, target: {max: 99.9%}}")
	check("a bound", "7d", "last-good-used", "default-target-bound")
	w.restart()
	check("after a restart", "7d", "last-good-used", "default-target-bound")
	declare("{window: 2d, target: {max: 99.9%}}")
	check("another window for a broken spec", "2d", "last-good-used", "default-target-bound")
	set = nil
	if after := check("without again", "28d"); after != before {
		t.Error("the version is not the one from before")
	}
}
