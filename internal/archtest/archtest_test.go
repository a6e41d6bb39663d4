package archtest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCheckImports(t *testing.T) {
	tests := []struct {
		from, to string
		want     string // part of the only violation, "" when it is allowed
	}{
		{"slo", "headroom/slo/diag", ""},
		{"slo/diag", "headroom/slo", ""},
		{"slo", "headroom/rules", "the layer domain must not depend on the layer pure"},
		{"slo", "headroom/internal/strictyaml", "the layer domain must not depend on the layer leaf"},
		{"slo/manifest", "headroom/internal/strictyaml", ""},
		{"rules", "headroom/alerting", ""},
		{"rules", "headroom/api/v1", "the layer pure must not depend on the layer adapter"},
		{"rules", "net/http", "know no network"},
		{"budget", "database/sql", "no database"},
		{"budget/sqlite", "database/sql", ""},
		{"budget/sqlite", "headroom/budget", ""},
		{"budget/sqlite", "headroom/internal/engine", "adapters never import one another"},
		{"internal/engine", "headroom/internal/promapi", "adapters never import one another"},
		{"collectors/github", "headroom/collectors/gitlab", "adapters never import one another"},
		{"collectors/github", "headroom/collectors", ""},
		{"collectors", "headroom/collectors/github", "the layer pure must not depend on the layer adapter"},
		{"api", "headroom/api/v1", ""},
		{"api/client", "headroom/api/v1", ""},
		{"api", "headroom/internal/config", "only internal/app and the commands"},
		{"api", "headroom/internal/strictyaml", "only what loads files"},
		{"internal/app", "headroom/internal/config", ""},
		{"internal/app", "headroom/internal/engine", ""},
		{"internal/engine", "headroom/internal/app", "the layer adapter must not depend on the layer app"},
		{"cmd/headroom", "headroom/internal/app", ""},
		{"internal/app", "headroom/internal/sim", "the layer app must not depend on the layer support"},
		{"internal/bench", "headroom/internal/sim", ""},
		{"internal/engine", "github.com/prometheus/prometheus/tsdb", ""},
		{"internal/engine/lab", "github.com/prometheus/prometheus/promql", ""},
		{"rules", "github.com/prometheus/prometheus/promql/parser", ""},
		{"rules", "github.com/prometheus/prometheus/promql", "only internal/engine imports Prometheus"},
		{"cmd/headroom", "github.com/prometheus/prometheus/rules", "only internal/engine imports Prometheus"},
		{"slo", "github.com/prometheus/prometheus/model/labels", ""},
		{"wild", "fmt", "is in no layer"},
	}
	for _, tt := range tests {
		t.Run(tt.from+" to "+tt.to, func(t *testing.T) {
			got := CheckImports([]Package{{Path: tt.from, Imports: []string{tt.to}}})
			if tt.want == "" && len(got) > 0 {
				t.Fatalf("got %q, want it allowed", got)
			}
			if tt.want != "" && (len(got) != 1 || !strings.Contains(got[0], tt.want)) {
				t.Fatalf("got %q, want one violation with %q", got, tt.want)
			}
		})
	}
}

func TestCheckNames(t *testing.T) {
	got := CheckNames([]Package{{Path: "rules", Name: "rules"}, {Path: "internal/util", Name: "util"}})
	if len(got) != 1 || !strings.Contains(got[0], "internal/util") {
		t.Errorf("got %q, want only internal/util", got)
	}
}

func TestLoadAndCheckFiles(t *testing.T) {
	dir := t.TempDir()
	write := func(path, text string) {
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	long := strings.Repeat("// x\n", MaxLines)
	write("rules/rules.go", "package rules\n\nimport \"fmt\"\n")
	write("rules/rules_test.go", "package rules\n\nimport \"net/http\"\n")
	write("rules/long.go", "package rules\n"+long)
	write("rules/testdata/long.go", "package rules\n"+long)
	write("tools/go.mod", "module tools\n")
	write("tools/tool.go", "package tools\n"+long)

	pkgs, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(pkgs), "[{rules rules [fmt]}]"; got != want {
		t.Errorf("Load: got %s, want %s", got, want)
	}
	violations, err := CheckFiles(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(violations) != 1 || !strings.HasPrefix(violations[0], "rules/long.go has 401 lines") {
		t.Errorf("CheckFiles: got %q, want only rules/long.go", violations)
	}
}

func TestCheckDependencies(t *testing.T) {
	gomod := "module headroom\n\ngo 1.26.0\n\nrequire (\n\texample.org/a v1.0.0\n\texample.org/b v1.0.0\n\texample.org/c v1.0.0 // indirect\n)\n"
	decision := "| module | why |\n|---|---|\n| `example.org/a` | counts |\n| `example.org/c` | indirect so far |\n| `example.org/d` | gone |\n"
	got := strings.Join(CheckDependencies(gomod, decision), "\n")
	if strings.Count(got, "\n") != 1 || !strings.Contains(got, "requires example.org/b") || !strings.Contains(got, "explains example.org/d") {
		t.Errorf("got %q, want b without a reason and d without use", got)
	}
}
