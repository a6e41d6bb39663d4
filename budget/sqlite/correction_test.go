package sqlite_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"headroom/budget/correction"
	"headroom/budget/sqlite"
	"headroom/slo"
)

// booked is a book on a database of its own, with a clock.
type booked struct {
	*correction.Book
	t       *testing.T
	path    string
	store   *sqlite.Store
	now     time.Time
	more    []*slo.Objective // that are declared besides
	changes int
}

func keepBook(t *testing.T) *booked {
	t.Helper()
	b := &booked{t: t, path: filepath.Join(t.TempDir(), "headroom.db"), now: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)}
	b.open()
	t.Cleanup(func() { _ = b.store.Close() })
	return b
}

func (b *booked) open() {
	b.t.Helper()
	var err error
	if b.store, err = sqlite.Open(b.t.Context(), sqlite.Options{Path: b.path}); err != nil {
		b.t.Fatal(err)
	}
	objective := func(service, tier string, groups ...string) *slo.Objective {
		return &slo.Objective{ID: slo.ID{Namespace: "default", Service: service, Objective: "availability"}, Labels: map[string]string{"tier": tier}, GroupBy: groups}
	}
	objectives := []*slo.Objective{objective("checkout", "1"), objective("search", "2", "region")}
	b.Book, err = correction.Open(b.t.Context(), correction.Options{
		Store: b.store, Objectives: func() []*slo.Objective { return append(objectives, b.more...) },
		NeedsTwo: func(o *slo.Objective) bool { return o.Labels["tier"] == "1" || o.Owner == "payments" },
		Changed:  func() { b.changes++ },
		Now:      func() time.Time { return b.now },
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *booked) reopen() {
	b.t.Helper()
	if err := b.store.Close(); err != nil {
		b.t.Fatal(err)
	}
	b.open()
}

func maintenance(service string) correction.Draft {
	return correction.Draft{
		Category: "planned-maintenance", Reason: "Upgrade.", Objectives: correction.Selection{Services: []string{service}},
		From: "2026-11-21T00:00:00Z", To: "2026-11-21T02:00:00Z",
	}
}

// TestTwoPeople demands a second person where a policy asks for one, over a
// restart, and that everything that was done is kept.
func TestTwoPeople(t *testing.T) {
	b := keepBook(t)
	c, err := b.Add(t.Context(), maintenance("checkout"), "ada")
	if err != nil || c.State() != correction.Pending || !c.ApprovalNeeded || c.ID != "1" {
		t.Fatalf("%+v, %v", c, err)
	}
	if got := b.Expand(b.now.Add(time.Hour), b.now.AddDate(0, 0, 9)); len(got) != 0 {
		t.Errorf("a pending correction counts: %v", got)
	}
	b.reopen()
	var refusal *correction.Refusal
	if _, err := b.Approve(t.Context(), c.ID, "Ada"); !errors.As(err, &refusal) || !refusal.Forbidden || !strings.Contains(err.Error(), "a second person") {
		t.Errorf("approves her own: %v", err)
	}
	b.now = b.now.Add(time.Hour)
	if c, err = b.Approve(t.Context(), c.ID, "grace"); err != nil || c.State() != correction.InForce || c.ApprovedBy != "grace" || !c.ApprovedAt.Equal(b.now) {
		t.Fatalf("%+v, %v", c, err)
	}
	if _, err := b.Approve(t.Context(), c.ID, "joan"); !errors.As(err, &refusal) || !strings.Contains(err.Error(), "already approved, by grace") {
		t.Errorf("approved twice: %v", err)
	}
	approved := b.now
	b.now = b.now.Add(time.Hour)
	if c, err = b.Revoke(t.Context(), c.ID, "joan", "Called off."); err != nil || c.State() != correction.Revoked {
		t.Fatalf("%+v, %v", c, err)
	}
	b.reopen()
	if _, err := b.Revoke(t.Context(), c.ID, "joan", ""); !errors.As(err, &refusal) || !strings.Contains(err.Error(), "already revoked, by joan") {
		t.Errorf("revoked twice: %v", err)
	}
	for at, want := range map[time.Time]int{approved.Add(-time.Second): 0, approved: 1, b.now.Add(-time.Second): 1, b.now: 0} {
		if got := b.Expand(at, b.now.AddDate(0, 0, 9)); len(got) != want {
			t.Errorf("as known at %s: %v, want %d", at, got, want)
		}
	}
	history, err := b.History(t.Context(), c.ID)
	if err != nil || len(history) != 3 {
		t.Fatalf("%+v, %v", history, err)
	}
	for i, want := range []correction.Entry{
		{Action: correction.Added, Who: "ada", At: approved.Add(-time.Hour)},
		{Action: correction.Approved, Who: "grace", At: approved},
		{Action: correction.Withdrew, Who: "joan", At: b.now, Note: "Called off."},
	} {
		if history[i] != want {
			t.Errorf("history %d is %+v, want %+v", i, history[i], want)
		}
	}
	if b.changes == 0 {
		t.Error("nobody was told of the changes")
	}
}

// TestOwnersAreKept demands that what an author was bound to outlives a restart.
func TestOwnersAreKept(t *testing.T) {
	b := keepBook(t)
	for _, owners := range [][]string{{"shop", "search"}, nil} {
		c, err := b.Add(t.Context(), maintenance("search"), fmt.Sprint("ada", len(owners)), owners...)
		if err != nil {
			t.Fatal(err)
		}
		b.reopen()
		if c, err = b.Get(c.ID); err != nil || !slices.Equal(c.Owners, owners) || !slices.Equal(c.Terms.Objectives.Bound, owners) {
			t.Errorf("bound to %q, %q, %v; want %q", c.Owners, c.Terms.Objectives.Bound, err, owners)
		}
	}
}

func TestWhatNeedsNoSecondPerson(t *testing.T) {
	b := keepBook(t)
	c, err := b.Add(t.Context(), maintenance("search"), "ada")
	if err != nil || c.State() != correction.InForce || c.ApprovalNeeded || c.ApprovedBy != "" {
		t.Fatalf("%+v, %v", c, err)
	}
	if _, err := b.Approve(t.Context(), c.ID, "grace"); err == nil {
		t.Error("what is in force is approved")
	}
	for name, draft := range map[string]correction.Draft{
		"no such service": maintenance("chekout"),
		"group missing": func() correction.Draft {
			d := maintenance("")
			d.Kind, d.Objectives, d.Adjust = "adjust", correction.Selection{IDs: []string{"search/availability"}}, &correction.Amount{Bad: -1}
			return d
		}(),
	} {
		var faults correction.Faults
		if _, err := b.Add(t.Context(), draft, "ada"); !errors.As(err, &faults) || len(faults) != 1 {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, id := range []string{"99", "x", ""} {
		if _, err := b.Revoke(t.Context(), id, "ada", ""); !errors.Is(err, correction.ErrNotFound) {
			t.Errorf("revoke %q: %v", id, err)
		}
	}
}

// TestNothingIsDeleted demands that the database itself refuses it.
func TestNothingIsDeleted(t *testing.T) {
	b := keepBook(t)
	if _, err := b.Add(t.Context(), maintenance("search"), "ada"); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"corrections", "correction_history"} {
		if _, err := tryExecute(t, b.path, "DELETE FROM "+table); err == nil || !strings.Contains(err.Error(), "never deleted") {
			t.Errorf("delete from %s: %v", table, err)
		}
	}
}

const file = `headroom: v1
correction: upgrade
category: planned-maintenance
reason: Upgrade.
author: ada
objectives: {services: [checkout]}
from: 2026-11-21T00:00:00Z
to: 2026-11-21T02:00:00Z
`

// TestFiles follows documents through their life: declared, approved in the
// file, changed, broken, revoked by a person, removed.
func TestFiles(t *testing.T) {
	f := &folder{keepBook(t), t.TempDir()}
	f.look(map[string]string{"a": file}, "pending", "")
	f.look(map[string]string{"a": file + "approved_by: grace\n"}, "in_force", "")
	f.look(map[string]string{"a": file + "frm: x\n"}, "in_force", "unknown-key correction-kept")
	f.look(map[string]string{"a": strings.Replace(file, "T02", "T03", 1)}, "revoked pending", "")
	if _, err := f.Approve(t.Context(), "2", "joan"); err != nil {
		t.Fatal(err)
	}
	f.look(map[string]string{"a": ""}, "revoked in_force", "correction-kept") // the emptied directory revokes nothing
	other := strings.Replace(search, "load\n", "other\n", 1)
	f.look(map[string]string{"a": other}, "revoked revoked in_force", "")
	if _, err := f.Revoke(t.Context(), "3", "joan", ""); err != nil {
		t.Fatal(err)
	}
	f.look(map[string]string{"a": other}, "revoked revoked revoked", "correction-kept")
}

// TestWhatOnePersonDeclaredIsKept demands over restarts that what one person
// declared reaches no other objective that needs two, also one that was declared
// when it was about none, until somebody approves it; and that it stays known
// since when it does.
func TestWhatOnePersonDeclaredIsKept(t *testing.T) {
	for name, test := range map[string]struct {
		label string
		want  []slo.ID
	}{
		"with one": {"2", []slo.ID{{Namespace: "default", Service: "search", Objective: "availability"}}},
		"of none":  {"3", []slo.ID{}},
	} {
		t.Run(name, func(t *testing.T) {
			b := keepBook(t)
			d := maintenance("")
			d.Objectives = correction.Selection{Labels: map[string]string{"tier": test.label}}
			terms, err := d.Terms()
			if err != nil {
				t.Fatal(err)
			}
			document := correction.Document{Name: "night", Author: "ada", Terms: terms, Place: slo.Place{File: "a.correction.yaml"}}
			if _, err := b.Sync(t.Context(), correction.Loaded{Documents: []correction.Document{document}, Sound: []string{document.Place.File}}); err != nil {
				t.Fatal(err)
			}
			pay := &slo.Objective{ID: slo.ID{Namespace: "payments", Service: "pay", Objective: "availability"}, Owner: "payments", Labels: map[string]string{"tier": test.label}}
			b.more = []*slo.Objective{pay}
			declared, later := b.now, b.now.Add(time.Hour)
			counts := func(known time.Time) bool {
				return len(b.Expand(known, later.AddDate(0, 0, 3))[pay.ID].Excluded) > 0
			}
			b.reopen()
			c, err := b.Get("1")
			if err != nil || c.State() != correction.InForce || c.DeclaredFor == nil || !slices.Equal(c.DeclaredFor, test.want) {
				t.Fatalf("%+v, %v", c, err)
			}
			if counts(later) || !slices.Equal(b.Withheld(&c), []slo.ID{pay.ID}) {
				t.Errorf("it counts for %s: %t; withheld %v", pay.ID, counts(later), b.Withheld(&c))
			}
			b.now = later
			if _, err := b.Approve(t.Context(), "1", "grace"); err != nil {
				t.Fatal(err)
			}
			b.reopen()
			c, _ = b.Get("1")
			if !counts(later) || counts(declared) || len(b.Withheld(&c)) > 0 || !c.ApprovedAt.Equal(declared) || !c.SecondedAt.Equal(later) {
				t.Errorf("approved: counts %t, as known before %t; %+v", counts(later), counts(declared), c)
			}
		})
	}
}
