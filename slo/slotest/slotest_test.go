package slotest_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"headroom/slo"
	"headroom/slo/diag"
	"headroom/slo/manifest"
	"headroom/slo/slotest"
)

var update = flag.Bool("update", false, "write what the golden files should hold")

// load reads the tests of an archive, as files in a directory of their own.
func load(t *testing.T, archive *txtar.Archive) slotest.Result {
	t.Helper()
	dir := t.TempDir()
	for _, f := range archive.Files {
		path := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	return slotest.Load(t.Context(), []string{"."}, manifest.Options{})
}

// TestDiagnostics compares what is said about bad tests, word by word.
func TestDiagnostics(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		absolute, err := filepath.Abs(file)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(absolute)
			if err != nil {
				t.Fatal(err)
			}
			last := &archive.Files[len(archive.Files)-1]
			input := &txtar.Archive{Files: archive.Files[:len(archive.Files)-1]}
			var got strings.Builder
			if err := diag.Write(&got, load(t, input).Problems); err != nil {
				t.Fatal(err)
			}
			if *update {
				last.Data = []byte(got.String())
				if err := os.WriteFile(absolute, txtar.Format(archive), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(last.Data), got.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

const spec = `headroom: v1
service: shop
objectives:
  availability:
    target: 99.9%
    ratio:
      bad: http_requests_total{job="shop", code=~"5.."}
      total: http_requests_total{job="shop"}
  regional:
    target: 99%
    group: [region]
    ratio:
      good: queries_total{outcome="ok"}
      total: queries_total
  up:
    target: 99%
    gauge: up{job="shop"}
  joined:
    target: 99%
    query: {bad: 'increase(bad_total[$range])', total: 'increase(all_total[$range])'}
  pipelines:
    target: 95%
    events: {kind: pipeline, where: 'branch == "main"'}
`

// TestPagesOfChecks asks of the page of every check of tests that its bad
// example triggers the check and that its good example is without a problem.
func TestPagesOfChecks(t *testing.T) {
	pages, err := filepath.Glob("../../docs/checks/test-*.md")
	if err != nil || len(pages) != 5 {
		t.Fatal(pages, err)
	}
	service := strings.Replace(spec, "service: shop", "service: checkout", 1)
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		id := strings.TrimSuffix(filepath.Base(page), ".md")
		blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(text), -1)
		if len(blocks) != 2 {
			t.Fatalf("%s: %d examples", id, len(blocks))
		}
		checksOf := func(text string) (checks []string) {
			for _, p := range parse(t, service, text) {
				checks = append(checks, p.Check)
			}
			return checks
		}
		if got := checksOf(blocks[0][1]); !slices.Contains(got, id) {
			t.Errorf("%s: the bad example triggers %v", id, got)
		}
		if got := checksOf(blocks[1][1]); len(got) > 0 {
			t.Errorf("%s: the good example triggers %v", id, got)
		}
	}
}

// parse reads a test of what a spec declares.
func parse(t *testing.T, spec, text string) []diag.Problem {
	t.Helper()
	documents, problems := manifest.Parse("slo.yaml", []byte(spec))
	objectives, more := manifest.Resolve(documents, nil)
	if len(problems)+len(more) > 0 {
		t.Fatal(problems, more)
	}
	_, found := slotest.Parse("slo.test.yaml", []byte(text), func(string, []string) ([]*slo.Objective, []diag.Problem) { return objectives, nil })
	return found
}
