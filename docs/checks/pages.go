// Package checks holds the pages of headroom's checks, so that they can be read
// without a network.
package checks

import (
	"embed"
	"slices"
	"strings"

	"headroom/slo/diag"
)

//go:embed *.md
var pages embed.FS

// IDs returns the ids of all checks, sorted.
func IDs() []string {
	entries, err := pages.ReadDir(".")
	if err != nil {
		panic("checks: read the embedded pages: " + err.Error())
	}
	ids := make([]string, 0, len(entries))
	for _, entry := range entries {
		ids = append(ids, strings.TrimSuffix(entry.Name(), ".md"))
	}
	slices.Sort(ids)
	return ids
}

// Page returns the page of a check.
func Page(id string) (diag.Page, bool) {
	text, err := pages.ReadFile(id + ".md")
	if err != nil {
		return diag.Page{}, false
	}
	return diag.NewPage(id, string(text)), true
}
