package archtest

import (
	"os"
	"path/filepath"
	"testing"
)

const root = "../.."

func report(t *testing.T, violations []string) {
	t.Helper()
	for _, v := range violations {
		t.Error(v)
	}
}

func load(t *testing.T) []Package {
	t.Helper()
	pkgs, err := Load(root)
	if err != nil {
		t.Fatal(err)
	}
	if len(pkgs) < 3 {
		t.Fatalf("found %d packages below %s, want those of the module", len(pkgs), root)
	}
	return pkgs
}

func TestImports(t *testing.T) { report(t, CheckImports(load(t))) }

func TestNames(t *testing.T) { report(t, CheckNames(load(t))) }

func TestFiles(t *testing.T) {
	violations, err := CheckFiles(root)
	if err != nil {
		t.Fatal(err)
	}
	report(t, violations)
}

func TestDependencies(t *testing.T) {
	report(t, CheckDependencies(read(t, "go.mod"), read(t, "docs/adr/0002-dependencies.md")))
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
