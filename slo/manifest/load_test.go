package manifest_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"headroom/slo/manifest"
)

func TestLargeFileIsNotRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "slo.yaml")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 100<<20); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	result := manifest.Load(t.Context(), []string{path}, manifest.Options{})
	runtime.ReadMemStats(&after)
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 1<<20 {
		t.Errorf("refusing a file of 100 MB took %d bytes of memory", allocated)
	}
	if len(result.Problems) != 1 || result.Problems[0].Check != "file-too-large" {
		t.Errorf("problems: %v", result.Problems)
	}
}

func TestMaxFileSize(t *testing.T) {
	path := filepath.Join(t.TempDir(), "any.yaml")
	text := thousand(2)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for size, want := range map[int]int{len(text): 0, len(text) - 1: 1} {
		result := manifest.Load(t.Context(), []string{path}, manifest.Options{MaxFileSize: int64(size)})
		if len(result.Problems) != want {
			t.Errorf("limit %d of %d: %v", size, len(text), result.Problems)
		}
	}
}

func TestProblemsOfOneDocumentAreBounded(t *testing.T) {
	var b strings.Builder
	b.WriteString("headroom: v1\nservice: a\nobjectives:\n")
	for i := range 5000 {
		fmt.Fprintf(&b, "  O%d: {target: 99%%, gauge: up}\n", i)
	}
	documents, problems := manifest.Parse("slo.yaml", []byte(b.String()))
	if len(problems) != 200 || problems[199].Check != "too-many-problems" {
		t.Errorf("%d problems, the last is %v", len(problems), problems[len(problems)-1])
	}
	if len(documents) != 1 || !documents[0].Broken {
		t.Errorf("the document counts as sound")
	}
}

func TestDocumentText(t *testing.T) {
	first := "headroom: v1\nservice: a\nobjectives: {o: {target: 99%, gauge: up}}\n"
	second := "---\nheadroom: v1\nservice: n/b\nobjectives:\n  o: {target: 99%, gauge: up}\n"
	documents, problems := manifest.Parse("x.slo.yaml", []byte(first+second))
	if len(problems) != 0 || len(documents) != 2 {
		t.Fatalf("%d documents, problems %v", len(documents), problems)
	}
	for i, want := range []string{first, second} {
		d := documents[i]
		if string(d.Text) != want {
			t.Errorf("text of document %d: %q", i, d.Text)
		}
		again, problems := manifest.Parse("x.slo.yaml", d.Text)
		if len(problems) != 0 || len(again) != 1 || again[0].Service != d.Service || again[0].Objectives[0].SpecHash() != d.Objectives[0].SpecHash() {
			t.Errorf("document %d does not survive being parsed from its own text: %v", i, problems)
		}
	}
	if d := documents[1]; d.Line != 4 || d.Namespace != "n" || d.Service != "b" || d.Place.Line != 6 || d.Objectives[0].Place.Line != 8 {
		t.Errorf("second document: %+v", d)
	}
}

func TestLoadEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if result := manifest.Load(ctx, []string{t.TempDir()}, manifest.Options{}); len(result.Files) != 0 {
		t.Errorf("files: %v", result.Files)
	}
}

// TestCache changes files behind a cache, and counts what is read again by the
// identity of the objectives.
func TestCache(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "slo.yaml")
	now := time.Now().Add(time.Hour)
	o := manifest.Options{Cache: manifest.NewCache(func() time.Time { return now })}
	put := func(text string, changed time.Time) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, changed, changed); err != nil {
			t.Fatal(err)
		}
	}
	load := func() manifest.Result { return manifest.Load(t.Context(), []string{dir}, o) }

	put(thousand(1), now.Add(-time.Hour))
	first := load().Objectives()[0]
	if load().Objectives()[0] != first {
		t.Error("an unchanged file was parsed again")
	}
	put(strings.Replace(thousand(1), "99.9%", "99.8%", 1), now.Add(-time.Minute))
	if got := load().Objectives()[0].Target.String(); got != "99.8%" {
		t.Errorf("after a change the target is %s", got)
	}

	// A second change within the granularity of the file system's clock.
	put(strings.Replace(thousand(1), "99.9%", "99.7%", 1), now)
	load()
	put(strings.Replace(thousand(1), "99.9%", "99.6%", 1), now)
	if got := load().Objectives()[0].Target.String(); got != "99.6%" {
		t.Errorf("after a change in the same instant the target is %s", got)
	}

	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if got := load().Objectives(); len(got) != 0 {
		t.Errorf("after the file is gone: %v", got)
	}
}

// thousand returns a spec with n objectives.
func thousand(n int) string {
	var b strings.Builder
	b.WriteString("headroom: v1\nservice: shop\nowner: team-shop\nobjectives:\n")
	for i := range n {
		fmt.Fprintf(&b, `  availability-%d:
    target: 99.9%%
    window: 28d
    ratio:
      bad: http_requests_total{job="shop", handler="/h%d", code=~"5.."}
      total: http_requests_total{job="shop", handler="/h%d"}
`, i, i, i)
	}
	return b.String()
}

func BenchmarkLoad1000(b *testing.B) {
	path := filepath.Join(b.TempDir(), "slo.yaml")
	if err := os.WriteFile(path, []byte(thousand(1000)), 0o600); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		result := manifest.Load(b.Context(), []string{path}, manifest.Options{})
		if len(result.Problems) != 0 || len(result.Documents[0].Objectives) != 1000 {
			b.Fatal(result.Problems)
		}
	}
}

// BenchmarkReload1000 loads a thousand unchanged files of one objective each.
func BenchmarkReload1000(b *testing.B) {
	dir := b.TempDir()
	for i := range 1000 {
		text := strings.Replace(thousand(1), "shop", fmt.Sprintf("shop%d", i), 1)
		path := filepath.Join(dir, fmt.Sprintf("%d.slo.yaml", i))
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	later := time.Now().Add(time.Hour)
	o := manifest.Options{Cache: manifest.NewCache(func() time.Time { return later })}
	b.ReportAllocs()
	for b.Loop() {
		if result := manifest.Load(b.Context(), []string{dir}, o); len(result.Files) != 1000 || len(result.Problems) != 0 {
			b.Fatal(len(result.Files), result.Problems)
		}
	}
}
