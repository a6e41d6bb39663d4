// Package diag holds the problems found in user input: where they are, what is
// wrong and how to mend it. Each check has a page in docs/checks.
package diag

import (
	"cmp"
	"slices"
	"strings"
)

// Severity says whether a problem keeps its document from being used.
type Severity string

// The severities.
const (
	Error   Severity = "error"   // the document cannot be used
	Warning Severity = "warning" // the document is used as it is
)

// Problem is one thing that is wrong in one place. Lines and columns count
// from 1 and columns count characters, not bytes; a problem of a whole file
// stands at line 1, column 1 and may have no excerpt. One that is in no file has
// none of these, and its JSON leaves them out.
type Problem struct {
	Check     string   `json:"check"` // stable id; docs/checks/<id>.md explains it
	Severity  Severity `json:"severity"`
	File      string   `json:"file,omitempty"`
	Line      int      `json:"line,omitempty"`
	Column    int      `json:"column,omitempty"`
	EndColumn int      `json:"end_column,omitempty"` // on the same line, exclusive; 0 when only the start is known
	Message   string   `json:"message"`
	Hint      string   `json:"hint"`
	// Excerpt is the source line. Of a long line it is the part around the
	// problem, and ExcerptColumn is the column of its first character.
	Excerpt       string `json:"excerpt,omitempty"`
	ExcerptColumn int    `json:"excerpt_column,omitempty"`
}

// HasErrors reports whether any of the problems has the severity Error.
func HasErrors(problems []Problem) bool {
	return slices.ContainsFunc(problems, func(p Problem) bool { return p.Severity == Error })
}

// Sort orders problems by file, line, column, check and message.
func Sort(problems []Problem) {
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(
			strings.Compare(a.File, b.File),
			cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column),
			strings.Compare(a.Check, b.Check),
			strings.Compare(a.Message, b.Message),
		)
	})
}
