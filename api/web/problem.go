package web

import (
	"fmt"
	"strings"

	"headroom/api/v1"
	"headroom/slo/diag"
)

type problemView struct {
	Severity string
	Place    string // file:line:column, or "" for what is wrong outside of files
	Message  string
	Hint     string
	Check    string
	Source   string // the source line and, under it, where in it
}

func newProblems(problems []v1.Problem) (views []problemView, errors, more int) {
	for i, p := range problems {
		if p.Severity == diag.Error {
			errors++
		}
		if i < maxProblems {
			views = append(views, newProblem(p))
		}
	}
	return views, errors, len(problems) - len(views)
}

func newProblem(p v1.Problem) problemView {
	view := problemView{
		Severity: string(p.Severity), Place: problemPlace(p),
		Message: p.Message, Hint: p.Hint, Check: p.Check,
	}
	if strings.TrimSpace(p.Excerpt) != "" {
		view.Source = p.Excerpt + "\n" + carets(p)
	}
	return view
}

func problemPlace(p v1.Problem) string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// carets points at the problem in its excerpt: tabs stay tabs so that it stands
// under it.
func carets(p v1.Problem) string {
	line := []rune(p.Excerpt)
	at := min(max(p.Column-max(p.ExcerptColumn, 1), 0), len(line))
	indent := strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return ' '
	}, string(line[:at]))
	return indent + strings.Repeat("^", min(max(p.EndColumn-p.Column, 1), max(len(line)-at, 1)))
}
