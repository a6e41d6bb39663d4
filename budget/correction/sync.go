package correction

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"headroom/budget/audit"
	"headroom/slo"
	"headroom/slo/diag"
)

// byFiles is who revokes a correction whose document is gone or changed.
const byFiles = audit.Files

// Sync brings the book in line with the operator's files: a new document is
// added, a changed one replaces its old version, a removed one is revoked. To
// take back the approval of a document is to change it: the version that was
// approved ends, so that it stays known what counted until then. What a person has revoked stays so while its document is the same. Nothing is
// revoked whose file cannot be seen, or whose document may have moved to such a
// file. The problems say what is kept in spite of
// the files.
func (b *Book) Sync(ctx context.Context, l Loaded) ([]diag.Problem, error) {
	b.changing.Lock()
	defer b.changing.Unlock()
	s := syncing{b: b, l: &l, latest: map[string]*Correction{}, present: map[string]bool{}}
	list := b.List()
	for i := range list {
		if list[i].Source() == FromFile {
			s.latest[list[i].Name] = &list[i]
		}
	}
	for i := range l.Documents {
		s.document(&l.Documents[i])
	}
	for i := range list {
		if c := &list[i]; c.Source() == FromFile && c.State() != Revoked && !s.present[c.Name] {
			s.absent(c)
		}
	}
	if len(s.changes) == 0 {
		return s.problems, nil
	}
	if _, err := b.commit(ctx, s.changes); err != nil {
		return s.problems, err
	}
	b.o.Logger.Info("corrections changed by files", "changes", len(s.changes))
	return s.problems, nil
}

type syncing struct {
	b        *Book
	l        *Loaded
	latest   map[string]*Correction // of each name
	present  map[string]bool
	changes  []Change
	problems []diag.Problem
}

func (s *syncing) document(d *Document) {
	s.present[d.Name] = true
	old := s.latest[d.Name]
	why := "its document was changed"
	same := old != nil && d.declares(old)
	if same && d.disowns(old) {
		same, why = false, fmt.Sprintf("approved_by of its document no longer says %s", old.ApprovedBy)
	}
	if same && old.State() != Revoked && old.File != d.Place.File {
		s.changes = append(s.changes, Change{Action: Moved, Files: true, ID: old.ID, Who: byFiles, At: s.b.now(), File: d.Place.File})
	}
	switch {
	case same && old.State() == Revoked && old.RevokedBy != byFiles:
		s.problem(d.Place, fmt.Sprintf("correction %s, %s, was revoked by %s and stays so", old.ID, d.Name, old.RevokedBy), "remove the document, or change it to declare it anew")
		return
	case same && d.ApprovedBy != "" && (old.State() == Pending || old.State() == InForce && old.ApprovedBy == ""):
		s.changes = append(s.changes, Change{Action: Approved, Files: true, ID: old.ID, Who: d.ApprovedBy, At: s.b.now()})
		return
	case same && old.State() != Revoked:
		return
	case old != nil && old.State() != Revoked && old.File != d.Place.File && s.l.blind(old.File):
		s.problem(d.Place, fmt.Sprintf("correction %s, %s, is declared in %s, which cannot be seen or is broken, and stays as it is", old.ID, d.Name, old.File),
			"mend the other problems of that file or directory, or give this one another name")
		return
	case old != nil && old.State() != Revoked:
		s.revoke(old, why)
	}
	s.add(d)
}

// disowns reports whether a document no longer names who has approved a
// correction in it. What somebody has approved otherwise, no document takes back.
func (d *Document) disowns(c *Correction) bool {
	return c.State() == InForce && c.ApprovedInFile && !strings.EqualFold(c.ApprovedBy, d.ApprovedBy)
}

func (s *syncing) add(d *Document) {
	c := Correction{Name: d.Name, File: d.Place.File, Terms: d.Terms, Author: d.Author, CreatedAt: s.b.now()}
	selected := s.b.Selected(&d.Terms)
	s.b.decide(&c, selected)
	if d.ApprovedBy != "" {
		c.ApprovedBy, c.ApprovedAt, c.ApprovedInFile, c.DeclaredFor = d.ApprovedBy, c.CreatedAt, true, nil
	}
	s.changes = append(s.changes, Change{Action: Added, Files: true, New: c, Who: d.Author, At: c.CreatedAt})
}

func (s *syncing) absent(c *Correction) {
	at := slo.Place{File: c.File, Line: 1, Column: 1}
	switch {
	case s.l.blind(c.File):
		s.problem(at, fmt.Sprintf("correction %s, %s, stays in force, since its file cannot be seen or is broken", c.ID, c.Name), "mend the other problems of this file or directory, or revoke the correction")
		return
	case len(s.l.Blind) > 0 && !slices.Contains(s.l.Sound, c.File):
		s.problem(at, fmt.Sprintf("correction %s, %s, stays in force, since its file is gone and its document may be in %s, which cannot be seen or is broken", c.ID, c.Name, s.l.Blind[0]),
			"mend the other problems of that file or directory, or revoke the correction")
		return
	}
	s.revoke(c, "its document was removed")
}

func (s *syncing) revoke(c *Correction, why string) {
	s.changes = append(s.changes, Change{Action: Withdrew, Files: true, ID: c.ID, Who: byFiles, At: s.b.now(), Reason: why})
}

func (s *syncing) problem(at slo.Place, message, hint string) {
	s.problems = append(s.problems, diag.Problem{
		Check: "correction-kept", Severity: diag.Warning, File: at.File, Line: at.Line, Column: at.Column, EndColumn: at.Column + 1,
		Message: message, Hint: hint,
	})
}

// Unused returns a warning for each document that is about no declared
// objective: a mistyped name would correct nothing, and nobody would notice.
func Unused(documents []Document, objectives []*slo.Objective) []diag.Problem {
	var problems []diag.Problem
	for i := range documents {
		d := &documents[i]
		message, hint := "", ""
		switch matched := match(&d.Terms, objectives); {
		case matched == nil:
			message, hint = fmt.Sprintf("the correction %s selects no objective", d.Name), "mend the names under objectives, or remove the correction"
		case d.Terms.Kind == Adjust:
			if err := groupOf(&d.Terms, matched); err != nil {
				message, hint = fmt.Sprintf("the correction %s adjusts nothing: %v", d.Name, err), "mend group"
			}
		}
		if message != "" {
			problems = append(problems, diag.Problem{
				Check: "correction-unused", Severity: diag.Warning, File: d.Place.File, Line: d.Place.Line, Column: d.Place.Column, EndColumn: d.Place.Column + len(d.Name),
				Message: message, Hint: hint,
			})
		}
	}
	return problems
}

func match(t *Terms, objectives []*slo.Objective) *slo.Objective {
	for _, o := range objectives {
		if t.Objectives.Matches(o) {
			return o
		}
	}
	return nil
}
