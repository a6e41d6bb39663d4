package sqlite_test

import (
	"bytes"
	"strings"
	"testing"

	"headroom/budget/annotation"
	"headroom/budget/audit"
	"headroom/budget/correction"
	"headroom/budget/gate"
)

// TestAChangeAndItsEntryStandTogether lets the writing of the entry fail after
// the change was written: the database is as it was before. When it no longer
// fails, both are there.
func TestAChangeAndItsEntryStandTogether(t *testing.T) {
	b := keepBook(t)
	files := &folder{b, t.TempDir()}
	passed := record("default/checkout", "ci", 0)
	passed.Decision.Allowed, passed.Decision.Reasons[0].Effect = true, gate.Passes
	for _, step := range []struct {
		name string
		do   func() error
		want string
	}{
		{
			"declare", func() error { _, err := b.Add(t.Context(), maintenance("checkout"), "ada"); return err },
			"ada correction.add correction 1: exclude, planned-maintenance, of service default/checkout: Upgrade.; it waits for a second person",
		},
		{
			"approve", func() error { _, err := b.Approve(t.Context(), "1", "grace"); return err },
			"grace correction.approve correction 1: exclude, planned-maintenance, of service default/checkout: Upgrade.",
		},
		{
			"revoke", func() error { _, err := b.Revoke(t.Context(), "1", "joan", "Called off."); return err },
			"joan correction.revoke correction 1: exclude, planned-maintenance, of service default/checkout: Upgrade.; revoked: Called off.",
		},
		{"declare in a file", func() error {
			write(t, files.dir+"/a.correction.yaml", search)
			_, err := b.Sync(t.Context(), correction.Load(t.Context(), []string{files.dir}, false))
			return err
		}, "files correction.add correction 2: exclude, load-test, of service default/search: Load.; by ada in " + files.dir + "/a.correction.yaml; one person was enough, for default/search/availability"},
		{"note", func() error {
			_, err := b.store.Notes().SaveNote(t.Context(), annotation.Annotation{Author: "ann", Service: "default/shop", Text: "Deployed.", Start: b.now, End: b.now}, b.now)
			return err
		}, "ann note.add default/shop: note 1: Deployed."},
		{
			"pass a freeze", func() error { _, err := b.store.SaveDecision(t.Context(), passed); return err },
			"ci gate.exempt default/checkout: feature to production, decision 1: ünïcode",
		},
		{"take another token", func() error {
			return b.store.ChangeAuditState(t.Context(), "token", map[string]string{"token ada": "role editor"},
				[]audit.Entry{audit.NewEntry(b.now, audit.Service, audit.TokenAccept, "token ada", "new: role editor")})
		}, "headroom token.accept token ada: new: role editor"},
	} {
		before := dumped(t, b.path)
		execute(t, b.path, "CREATE TRIGGER torn BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'torn apart'); END")
		if err := step.do(); err == nil || !strings.Contains(err.Error(), "torn apart") {
			t.Errorf("%s: error %v", step.name, err)
		}
		execute(t, b.path, "DROP TRIGGER torn")
		if after := dumped(t, b.path); after != before {
			t.Errorf("%s: something was changed without its entry\nbefore:\n%s\nafter:\n%s", step.name, before, after)
		}
		if err := step.do(); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		list, err := b.store.Audit(t.Context(), audit.Query{Limit: 1})
		if err != nil || len(list) != 1 {
			t.Fatalf("%s: %+v, %v", step.name, list, err)
		}
		if e := list[0]; e.Actor+" "+string(e.Action)+" "+e.Subject+": "+e.Details != step.want || e.Outcome != audit.Done || e.Count != 1 || e.At.IsZero() {
			t.Errorf("%s: the entry is %+v, want %s", step.name, e, step.want)
		}
	}
}

// dumped is everything in a database.
func dumped(t *testing.T, path string) string {
	t.Helper()
	var out bytes.Buffer
	if err := inspect(t, path).Export(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestExportKeepsWhatPeopleWrote demands that text that looks like JSON stays
// text, so that a column has one type, and that JSON is written as such.
func TestExportKeepsWhatPeopleWrote(t *testing.T) {
	b := keepBook(t)
	draft := maintenance("search")
	draft.Reason = `{"reason": 1}`
	if _, err := b.Add(t.Context(), draft, "[1]"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"author":"[1]"`, `"who":"[1]"`, `"terms":{"category":"planned-maintenance"`, `"owners":[]`, `"actor":"[1]"`} {
		if got := dumped(t, b.path); !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
}
