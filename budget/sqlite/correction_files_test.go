package sqlite_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"headroom/budget/audit"
	"headroom/budget/correction"
	"headroom/budget/sqlite"
	"headroom/slo/diag"
)

// folder is a directory of files of corrections, and a book in line with it.
type folder struct {
	*booked
	dir string
}

// look makes the files what is told, "" removing one, and demands the states of
// all corrections, over a restart, and the checks of the problems.
func (f *folder) look(files map[string]string, states, checks string) []diag.Problem {
	f.t.Helper()
	for name, text := range files {
		path := filepath.Join(f.dir, name+".correction.yaml")
		err := os.Remove(path)
		if text != "" {
			err = os.WriteFile(path, []byte(text), 0o600)
		}
		if err != nil {
			f.t.Fatal(err)
		}
	}
	f.now = f.now.Add(time.Minute)
	var problems []diag.Problem
	for range 2 { // the second look changes nothing
		loaded := correction.Load(f.t.Context(), []string{f.dir}, false, f.List()...)
		kept, err := f.Sync(f.t.Context(), loaded)
		if err != nil {
			f.t.Fatal(err)
		}
		problems = slices.Concat(loaded.Problems, kept)
	}
	f.reopen()
	var got, found []string
	for _, c := range f.List() {
		got = append(got, string(c.State()))
	}
	for _, p := range problems {
		found = append(found, p.Check)
	}
	if g := strings.Join(got, " "); g != states {
		f.t.Errorf("corrections are %q, want %q", g, states)
	}
	if p := strings.Join(found, " "); p != checks {
		f.t.Errorf("problems %q, want %q: %+v", p, checks, problems)
	}
	return problems
}

const search = `headroom: v1
correction: load
category: load-test
reason: Load.
author: ada
objectives: {services: [search]}
from: 2026-11-21T00:00:00Z
to: 2026-11-21T02:00:00Z
`

// TestMovedFiles moves a document and breaks the file then, and moves it into a
// broken file: neither revokes it.
func TestMovedFiles(t *testing.T) {
	f := &folder{keepBook(t), t.TempDir()}
	f.look(map[string]string{"a": search}, "in_force", "")
	f.look(map[string]string{"a": "", "b": search}, "in_force", "")
	if c := f.List()[0]; filepath.Base(c.File) != "b.correction.yaml" {
		t.Errorf("it is said to be in %s", c.File)
	}
	history, err := f.History(t.Context(), "1")
	if err != nil || len(history) != 2 || history[1].Action != correction.Moved || filepath.Base(history[1].Note) != "b.correction.yaml" {
		t.Errorf("history %+v, %v", history, err)
	}
	f.look(map[string]string{"b": search + "frm: x\n"}, "in_force", "unknown-key correction-kept")
	f.look(map[string]string{"b": "", "c": search + "frm: x\n"}, "in_force", "unknown-key correction-kept")
	f.look(map[string]string{"c": search}, "in_force", "")
	f.look(map[string]string{"c": strings.Replace(search, "correction: load", "correction: other", 1)}, "revoked in_force", "")
}

// TestNewcomers lets another document take the name of a correction: what is
// declared stays, wherever the other stands, and the other is the problem.
func TestNewcomers(t *testing.T) {
	f := &folder{keepBook(t), t.TempDir()}
	other := strings.Replace(search, "T02", "T03", 1)
	newcomer := func(problems []diag.Problem, file string) {
		t.Helper()
		if len(problems) != 1 || filepath.Base(problems[0].File) != file {
			t.Errorf("the newcomer is in %s: %+v", file, problems)
		}
	}
	f.look(map[string]string{"m": search}, "in_force", "")
	newcomer(f.look(map[string]string{"a": other}, "in_force", "duplicate-correction"), "a.correction.yaml")
	f.look(map[string]string{"m": search + "frm: x\n"}, "in_force", "unknown-key correction-kept")
	// The incumbent may change, and may move.
	newcomer(f.look(map[string]string{"m": strings.Replace(search, "T02", "T04", 1)}, "revoked in_force", "duplicate-correction"), "a.correction.yaml")
	newcomer(f.look(map[string]string{"m": "", "z": strings.Replace(search, "T02", "T04", 1)}, "revoked in_force", "duplicate-correction"), "a.correction.yaml")
	f.look(map[string]string{"z": ""}, "revoked revoked in_force", "")
	newcomer(f.look(map[string]string{"0": other}, "revoked revoked in_force", "duplicate-correction"), "0.correction.yaml")
}

// TestApprovalTakenBack takes approved_by out of documents. What the document has
// approved counts no longer where a policy asks for two people, and it stays
// known that it did; what somebody has approved otherwise, no document takes back.
func TestApprovalTakenBack(t *testing.T) {
	f := &folder{keepBook(t), t.TempDir()}
	until := f.now.AddDate(0, 0, 9)
	counts := func(want int, when time.Time) {
		t.Helper()
		if got := f.Expand(when, until); len(got) != want {
			t.Errorf("as known at %s: %v, want %d", when.Format(time.TimeOnly), got, want)
		}
	}
	f.look(map[string]string{"a": file}, "pending", "")
	f.look(map[string]string{"a": file + "approved_by: grace\n"}, "in_force", "")
	f.look(map[string]string{"a": file + "approved_by: Grace\n"}, "in_force", "")
	approved := f.now
	counts(1, f.now)
	f.look(map[string]string{"a": file}, "revoked pending", "")
	counts(0, f.now)
	counts(1, approved)
	if c := f.List()[0]; c.RevokedBy != audit.Files || c.RevokeReason != "approved_by of its document no longer says grace" || c.ApprovedBy != "grace" {
		t.Errorf("what was approved: %+v", c)
	}
	entries, err := f.store.Audit(t.Context(), audit.Query{})
	if err != nil || len(entries) != 4 || entries[1].Action != audit.CorrectionRevoke || entries[1].Actor != audit.Files || !entries[1].At.Equal(f.now) ||
		!strings.HasSuffix(entries[0].Details, "it waits for a second person") || !strings.HasSuffix(entries[2].Details, "; by grace") {
		t.Errorf("the audit: %+v, %v", entries, err)
	}
	f.look(map[string]string{"a": file + "approved_by: joan\n"}, "revoked in_force", "")
	f.look(map[string]string{"a": file + "approved_by: linus\n"}, "revoked revoked in_force", "")
	if c := f.List()[2]; c.ApprovedBy != "linus" || !c.ApprovedInFile {
		t.Errorf("another approver: %+v", c)
	}
	// A broken file takes nothing back, and a move with the approval neither.
	f.look(map[string]string{"a": file + "frm: x\n"}, "revoked revoked in_force", "unknown-key correction-kept")
	f.look(map[string]string{"a": "", "b": file + "approved_by: linus\n"}, "revoked revoked in_force", "")
	f.look(map[string]string{"b": "", "c": file}, "revoked revoked revoked pending", "")
	if _, err := f.Approve(t.Context(), "4", "grace"); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{file, file + "approved_by: joan\n", file} {
		f.look(map[string]string{"c": text}, "revoked revoked revoked in_force", "")
	}
	// Where no policy asks, it counts on.
	f.look(map[string]string{"d": search + "approved_by: grace\n"}, "revoked revoked revoked in_force in_force", "")
	f.look(map[string]string{"d": search}, "revoked revoked revoked in_force revoked in_force", "")
	counts(2, f.now)
	// What a person has revoked, taking the approval back does not declare anew.
	other := strings.Replace(file, "upgrade", "other", 1)
	f.look(map[string]string{"c": "", "d": "", "e": other + "approved_by: grace\n"}, "revoked revoked revoked revoked revoked revoked in_force", "")
	if _, err := f.Revoke(t.Context(), "7", "joan", ""); err != nil {
		t.Fatal(err)
	}
	f.look(map[string]string{"e": other}, "revoked revoked revoked revoked revoked revoked revoked", "correction-kept")
}

// TestApprovalsOfBefore reads a database that does not say where corrections were
// approved: those that came with their approval have it from their document.
func TestApprovalsOfBefore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "headroom.db")
	if err := sqlite.CreateAt(t.Context(), path, 10); err != nil {
		t.Fatal(err)
	}
	for _, values := range []string{"'a.yaml', 'grace', 1000", "'a.yaml', 'grace', 2000", "'a.yaml', '', 1000", "'', 'grace', 1000"} {
		execute(t, path, `INSERT INTO corrections (file, approved_by, approved_ms, name, terms, author, created_ms, approval_needed, revoked_by, revoked_ms, revoke_reason)
			VALUES (`+values+`, 'x', '{}', 'ada', 1000, 0, '', 0, '')`)
	}
	list, err := open(t, path).LoadCorrections(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []bool{true, false, false, false} {
		if got := list[i].ApprovedInFile; got != want {
			t.Errorf("correction %s is approved in its file: %t", list[i].ID, got)
		}
	}
}
