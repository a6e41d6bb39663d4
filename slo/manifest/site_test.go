package manifest_test

import (
	"os"
	"path/filepath"
	"testing"

	"headroom/slo"
	"headroom/slo/diag"
	"headroom/slo/manifest"
)

func TestSiteFindsWhereThingsAreWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "slo.yaml")
	text := "headroom: v1\nservice: first\nobjectives:\n  a: {target: 99%, gauge: up}\n---\n" +
		"headroom: v1\nservice: second\nobjectives:\n  a:\n    target: 99%\n    ratio:\n      bad: \"x{c=~\\\"5..\\\"}\"\n      total: 'x'\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	result := manifest.Load(t.Context(), []string{path}, manifest.Options{})
	sites := map[string]*manifest.Site{}
	for _, o := range result.Objectives() {
		sites[o.ID.Service] = result.Site(o)
	}
	if got := sites["second"].Text("ratio", "bad"); got != `x{c=~"5.."}` {
		t.Errorf("Text = %q", got)
	}
	for _, test := range []struct {
		service    string
		start, end int
		path       []string
		want       [3]int
	}{
		{"first", 0, 0, []string{"gauge"}, [3]int{4, 27, 29}},
		{"first", 0, 0, []string{"window"}, [3]int{4, 3, 4}},
		{"second", 0, 0, nil, [3]int{9, 3, 4}},
		{"second", 2, 5, []string{"ratio", "bad"}, [3]int{12, 15, 18}},
		{"second", 5, 10, []string{"ratio", "bad"}, [3]int{12, 18, 25}},
		{"second", 2, 5, []string{"ratio", "good"}, [3]int{11, 5, 10}},
		{"second", 0, 0, []string{"ratio"}, [3]int{11, 5, 10}},
	} {
		p := sites[test.service].Problem(diag.Problem{Check: "a-check", Severity: diag.Warning, Message: "m", Hint: "h"}, test.start, test.end, test.path...)
		if got := [3]int{p.Line, p.Column, p.EndColumn}; got != test.want || p.File != path || p.Severity != diag.Warning || p.Message != "m" || p.Excerpt == "" {
			t.Errorf("%s %v %d-%d: %v at %v, want %v", test.service, test.path, test.start, test.end, p, got, test.want)
		}
	}
	lost := manifest.Result{}.Site(&slo.Objective{Place: slo.Place{File: "x", Line: 3, Column: 2}})
	if p := lost.Problem(diag.Problem{}, 0, 0, "ratio"); p.File != "x" || p.Line != 3 || p.Column != 2 || lost.Text("ratio") != "" {
		t.Errorf("a place that is gone: %+v", p)
	}
}
