package catalog_test

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"headroom/slo/catalog"
	"headroom/slo/manifest"
)

//go:generate go test -run ^TestDocumentedCatalogue$ . -args -update

// TestDocumentedCatalogue keeps the table in docs/templates.md equal to the
// library.
func TestDocumentedCatalogue(t *testing.T) {
	const (
		path  = "../../docs/templates.md"
		begin = "<!-- catalogue: go generate ./... writes this table -->\n"
		end   = "<!-- end of the catalogue -->\n"
	)
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(page), begin)
	_, after, foundEnd := strings.Cut(rest, end)
	if !found || !foundEnd {
		t.Fatalf("%s lacks the lines around the table", path)
	}
	want := before + begin + catalogue() + end + after
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil { //nolint:gosec // a document
			t.Fatal(err)
		}
		return
	}
	if want != string(page) {
		t.Errorf("the table in %s is not that of the library; go generate ./... writes it again", path)
	}
}

// catalogue is a table of the templates by category.
func catalogue() string {
	all := manifest.Builtin().All()
	first := func(t *catalog.Template) string {
		if len(t.Categories) == 0 {
			return ""
		}
		return t.Categories[0]
	}
	slices.SortStableFunc(all, func(a, b *catalog.Template) int { return cmp.Compare(first(a), first(b)) })
	var b strings.Builder
	b.WriteString("\n| template | what it counts | needs |\n|---|---|---|\n")
	for _, each := range all {
		var needs []string
		for i := range each.Parameters {
			if p := &each.Parameters[i]; p.Required {
				needs = append(needs, "`"+p.Name+"`")
			}
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", each.Name, strings.ReplaceAll(each.Title+". "+each.Description, "|", `\|`), strings.Join(needs, ", "))
	}
	b.WriteString("\n")
	return b.String()
}
