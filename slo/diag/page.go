package diag

import "strings"

// Page is what the documentation says of one check.
type Page struct {
	ID       string
	Summary  string // its first sentence
	Markdown string // the whole page
	URL      string // where it can be read, may be empty
}

// NewPage reads a page of docs/checks: a heading with the id, then a paragraph
// whose first sentence is the summary.
func NewPage(id, markdown string) Page {
	_, rest, _ := strings.Cut(markdown, "\n")
	paragraph, _, _ := strings.Cut(strings.TrimLeft(rest, "\n"), "\n\n")
	summary := strings.Join(strings.Fields(paragraph), " ")
	if first, _, more := strings.Cut(summary, ". "); more {
		summary = first + "."
	}
	return Page{ID: id, Summary: summary, Markdown: markdown}
}
