package sqlite_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"headroom/budget/correction"
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
