package catalog_test

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"headroom/slo/catalog"
	"headroom/slo/diag"
	"headroom/slo/manifest"
)

// TestExamplesOfChecks asks of the pages of checks on templates that the bad
// example triggers the check, and that the good one is without any problem.
func TestExamplesOfChecks(t *testing.T) {
	for _, id := range []string{"template-name", "template-declaration", "template-placeholder", "template-unused"} {
		page, err := os.ReadFile("../../docs/checks/" + id + ".md")
		if err != nil {
			t.Fatal(err)
		}
		blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(page), -1)
		if len(blocks) != 2 {
			t.Fatalf("%s: %d examples", id, len(blocks))
		}
		_, problems := catalog.Parse("template.yaml", []byte(blocks[0][1]), manifest.DecodeIndicator)
		if !slices.ContainsFunc(problems, func(p diag.Problem) bool { return p.Check == id }) {
			t.Errorf("%s: the bad example has the problems %v", id, problems)
		}
		templates, problems := catalog.Parse("template.yaml", []byte(blocks[1][1]), manifest.DecodeIndicator)
		if len(templates) != 1 || len(problems) > 0 {
			t.Errorf("%s: the good example has the problems %v", id, problems)
		}
	}
}
