package checks_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"headroom/docs/checks"
)

const root = "../.."

// TestEveryEmittedCheckHasAPage looks through all of the program for ids of
// checks: what is assigned to Check or to a constant whose name says check, and
// what is handed to a function that reports.
func TestEveryEmittedCheckHasAPage(t *testing.T) {
	found := map[string]string{}
	literals := map[string]bool{}
	eachFile(t, func(path string, file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			if text, ok := idOf(n); ok {
				literals[text] = true
			}
			for _, id := range emitted(n) {
				found[id] = path
			}
			return true
		})
	})
	if len(found) < 60 {
		t.Errorf("only %d checks found in the code", len(found))
	}
	for id, path := range found {
		if _, ok := checks.Page(id); !ok {
			t.Errorf("%s emits the check %s, which has no page docs/checks/%s.md", path, id, id)
		}
	}
	for _, id := range checks.IDs() {
		if !literals[id] {
			t.Errorf("nothing emits the check of the page docs/checks/%s.md", id)
		}
	}
}

func TestPages(t *testing.T) {
	for _, id := range checks.IDs() {
		page, ok := checks.Page(id)
		if !ok || !strings.HasPrefix(page.Markdown, "# "+id+"\n\n") {
			t.Errorf("%s: the page does not begin with its name", id)
		}
		if page.Summary == "" || len(page.Summary) > 300 || strings.HasPrefix(page.Summary, "```") {
			t.Errorf("%s: the first sentence is no summary: %q", id, page.Summary)
		}
	}
	for _, id := range []string{"", "../cli", "none", "target-format.md"} {
		if _, ok := checks.Page(id); ok {
			t.Errorf("a page for %q", id)
		}
	}
}

func eachFile(t *testing.T, visit func(path string, file *ast.File)) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		name := entry.Name()
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (name == "tools" || name == "testdata" || strings.HasPrefix(name, ".") && path != root):
			return filepath.SkipDir
		case entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, source, 0)
		if err != nil {
			return err
		}
		if file.Name.Name != "apitest" {
			visit(path, file)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

var (
	id       = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)+$`)
	constant = regexp.MustCompile(`^[cC]heck[A-Z]`)
	reports  = regexp.MustCompile(`(?i)^(report|warn|reportrange|word|fault|duplicate|problem|problemat|fileproblem)$`)
)

func idOf(n ast.Node) (string, bool) {
	literal, ok := n.(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(literal.Value)
	return text, err == nil && id.MatchString(text)
}

// emitted returns the ids that a node names as a check.
func emitted(n ast.Node) []string {
	var candidates []ast.Expr
	switch n := n.(type) {
	case *ast.KeyValueExpr:
		if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Check" {
			candidates = []ast.Expr{n.Value}
		}
	case *ast.ValueSpec:
		if len(n.Names) > 0 && constant.MatchString(n.Names[0].Name) {
			candidates = n.Values
		}
	case *ast.CallExpr:
		name := ""
		switch f := n.Fun.(type) {
		case *ast.Ident:
			name = f.Name
		case *ast.SelectorExpr:
			name = f.Sel.Name
		}
		if reports.MatchString(name) {
			candidates = n.Args
		}
	}
	var ids []string
	for _, candidate := range candidates {
		if text, ok := idOf(candidate); ok {
			ids = append(ids, text)
		}
	}
	return ids
}
