package manifest

import (
	"bytes"
	"fmt"
	"slices"
	"unicode/utf8"

	"headroom/slo"
	"headroom/slo/diag"
)

// Resolve returns the objectives of the documents that are not broken, sorted
// by id, and the problems between documents. Of several documents that declare
// one id the incumbent keeps it, which is the one in the file that incumbents
// names, otherwise the first in the given order; every other declaration is a
// duplicate-id and left out.
func Resolve(documents []Document, incumbents map[slo.ID]string) ([]*slo.Objective, []diag.Problem) {
	holders := map[slo.ID]slo.Place{}
	for i := range documents {
		for _, d := range documents[i].declared {
			holder, held := holders[d.id]
			if file := incumbents[d.id]; !held || holder.File != file && d.place.File == file {
				holders[d.id] = d.place
			}
		}
	}
	var objectives []*slo.Objective
	var problems []diag.Problem
	for i := range documents {
		document := &documents[i]
		for _, d := range document.declared {
			if holder := holders[d.id]; holder != d.place {
				problems = append(problems, duplicate(document, d, holder))
			}
		}
		for _, o := range document.Objectives {
			if !document.Broken && holders[o.ID] == o.Place {
				objectives = append(objectives, o)
			}
		}
	}
	sortObjectives(objectives)
	objectives, more := resolveFormerly(objectives, documents)
	return objectives, append(problems, more...)
}

func duplicate(document *Document, d declared, holder slo.Place) diag.Problem {
	message := fmt.Sprintf("objective %s is already declared in %s on line %d", d.id, holder.File, holder.Line)
	return problemAt(document, d.place, utf8.RuneCountInString(d.id.Objective), "duplicate-id", message, "choose another name, or remove one of the two")
}

// resolveFormerly takes earlier ids away that still belong to somebody, so
// that no history has two owners.
func resolveFormerly(objectives []*slo.Objective, documents []Document) ([]*slo.Objective, []diag.Problem) {
	live := make(map[slo.ID]bool, len(objectives))
	for _, o := range objectives {
		live[o.ID] = true
	}
	var problems []diag.Problem
	heirs := map[slo.ID]slo.ID{}
	for i, o := range objectives {
		kept := slices.Clone(o.Formerly)
		kept = slices.DeleteFunc(kept, func(id slo.ID) bool {
			message := ""
			if heir, taken := heirs[id]; taken {
				message = fmt.Sprintf("objective %s already continues %s", heir, id)
			} else if live[id] {
				message = fmt.Sprintf("objective %s still exists, so its history cannot be continued", id)
			}
			if message != "" {
				p := problemAt(documentOf(documents, o), o.Place, utf8.RuneCountInString(o.ID.Objective), "formerly-id", message, "remove it from formerly:")
				p.Severity = diag.Warning
				problems = append(problems, p)
				return true
			}
			heirs[id] = o.ID
			return false
		})
		if len(kept) != len(o.Formerly) {
			changed := *o
			changed.Formerly = kept
			objectives[i] = &changed
		}
	}
	return objectives, problems
}

func documentOf(documents []Document, o *slo.Objective) *Document {
	for i := range documents {
		if slices.Contains(documents[i].Objectives, o) {
			return &documents[i]
		}
	}
	return &Document{}
}

// problemAt makes a problem from a place, with the line out of the document.
func problemAt(document *Document, at slo.Place, length int, check, message, hint string) diag.Problem {
	p := diag.Problem{
		Check: check, Severity: diag.Error, File: at.File, Line: at.Line, Column: at.Column,
		EndColumn: at.Column + max(length, 1), Message: message, Hint: hint,
	}
	rest := document.Text
	for range at.Line - document.Line {
		_, rest, _ = bytes.Cut(rest, []byte("\n"))
	}
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	p.SetExcerpt(string(line))
	return p
}
