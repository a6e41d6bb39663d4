package manifest_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"headroom/slo/diag"
	"headroom/slo/manifest"
)

const pages = "../../docs/checks"

// withoutExample are the checks that no text of one spec can trigger: they are
// about files, bytes, other directories, or the configuration.
func withoutExample() []string {
	return []string{
		"bad-value", "file-too-large", "last-good-used", "link-outside", "namespace-not-allowed",
		"no-specs", "not-utf8", "too-many-problems", "unreadable-file",
	}
}

// TestEveryCheckHasAPage looks for check ids in the code: the strings of words
// and dashes that stand in it.
func TestEveryCheckHasAPage(t *testing.T) {
	ids := map[string]bool{}
	for _, dir := range []string{".", "..", "../registry", "../../internal/strictyaml"} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", dir, len(files), err)
		}
		for _, file := range files {
			if !strings.HasSuffix(file, "_test.go") {
				collect(t, file, ids)
			}
		}
	}
	if len(ids) < 40 {
		t.Errorf("only %d checks found: %v", len(ids), slices.Sorted(maps.Keys(ids)))
	}
	for id := range ids {
		if _, err := os.Stat(filepath.Join(pages, id+".md")); err != nil {
			t.Errorf("check %s: %v", id, err)
		}
	}
}

func collect(t *testing.T, file string, ids map[string]bool) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	id := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)+$`)
	ast.Inspect(parsed, func(n ast.Node) bool {
		if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
			if text, err := strconv.Unquote(literal.Value); err == nil && id.MatchString(text) {
				ids[text] = true
			}
		}
		return true
	})
}

// TestExamplesOfChecks asks of every page that its bad example triggers the
// check and that its good example is without any problem.
func TestExamplesOfChecks(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(pages, "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, file := range files {
		id := strings.TrimSuffix(filepath.Base(file), ".md")
		bad, good := examples(t, file)
		policy := strings.Contains(bad, "\npolicy: ") // package policy tests their pages
		policy = policy || strings.Contains(bad, "\ndefaults: ") && id != "defaults-not-here"
		policy = policy || strings.Contains(bad, "\ntemplate: ") && id != "template-not-here"
		policy = policy || strings.HasPrefix(bad, "headroom: v1\nplan: ") && id != "plan-not-here"
		policy = policy || strings.Contains(bad, "\ncorrection: ") // package correction tests those
		policy = policy || strings.Contains(bad, "\ntest: ")       // package slotest tests those
		policy = policy || strings.HasPrefix(id, "live-")          // package live tests those against a metrics store
		policy = policy || id == "rule-cost"                       // the command lint is tested with that
		if policy || !strings.Contains(bad, "headroom: v") && id != "empty-file" || slices.Contains(withoutExample(), id) {
			continue
		}
		checked++
		t.Run(id, func(t *testing.T) {
			if problems := lint(t, bad); !slices.ContainsFunc(problems, func(p diag.Problem) bool { return p.Check == id }) {
				t.Errorf("the bad example has the problems %v", problems)
			}
			if problems := lint(t, good); len(problems) != 0 {
				t.Errorf("the good example has the problems %v", problems)
			}
		})
	}
	if checked < 33 {
		t.Errorf("only %d pages with examples", checked)
	}
}

// examples returns the first two blocks of YAML on a page.
func examples(t *testing.T, file string) (bad, good string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if first, _, _ := strings.Cut(string(text), "\n"); first != "# "+strings.TrimSuffix(filepath.Base(file), ".md") {
		t.Errorf("%s begins with %q", file, first)
	}
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	if len(blocks) < 2 {
		return "", ""
	}
	return blocks[0][1], blocks[1][1]
}

func lint(t *testing.T, text string) []diag.Problem {
	t.Helper()
	path := filepath.Join(t.TempDir(), "slo.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return manifest.Load(t.Context(), []string{path}, manifest.Options{}).Problems
}
