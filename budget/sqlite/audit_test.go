package sqlite_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"headroom/budget/audit"
)

func auditAt(m int) time.Time { return time.Date(2026, 3, 2, 12, m, 0, 0, time.UTC) }

func entry(m int, actor string, action audit.Action, subject string, outcome audit.Outcome) audit.Entry {
	return audit.Entry{At: auditAt(m), Until: auditAt(m), Count: 1, Actor: actor, Action: action, Subject: subject, Outcome: outcome, Details: "why"}
}

// TestAuditIsKept writes entries, and selects them in every way after the file
// was opened again.
func TestAuditIsKept(t *testing.T) {
	path := t.TempDir() + "/headroom.db"
	s := open(t, path)
	for _, e := range []audit.Entry{
		entry(0, "ada", audit.CorrectionAdd, "correction 1", audit.Done),
		entry(1, "grace", audit.CorrectionApprove, "correction 1", audit.Done),
		entry(2, "ada", audit.CorrectionAdd, "correction 12", audit.Done),
		entry(3, audit.Files, audit.SpecAccept, "default/shop/availability", audit.Done),
		entry(4, audit.Files, audit.SpecAccept, "default/shopping/availability", audit.Done),
		entry(5, "", audit.CorrectionRevoke, "", audit.Refused),
	} {
		if err := s.AppendAudit(t.Context(), []audit.Entry{e}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	for name, test := range map[string]struct {
		q    audit.Query
		want []int64
	}{
		"all":          {audit.Query{}, []int64{6, 5, 4, 3, 2, 1}},
		"the latest":   {audit.Query{Limit: 2}, []int64{6, 5}},
		"before one":   {audit.Query{Before: 3}, []int64{2, 1}},
		"of an actor":  {audit.Query{Actor: "ada"}, []int64{3, 1}},
		"an action":    {audit.Query{Action: audit.SpecAccept}, []int64{5, 4}},
		"an outcome":   {audit.Query{Outcome: audit.Refused}, []int64{6}},
		"a subject":    {audit.Query{Subject: "correction 1"}, []int64{2, 1}},
		"a service":    {audit.Query{Subject: "default/shop"}, []int64{4}},
		"corrections":  {audit.Query{Subject: "correction"}, []int64{3, 2, 1}},
		"a time":       {audit.Query{From: auditAt(1), To: auditAt(3)}, []int64{3, 2}},
		"none of them": {audit.Query{Actor: "ada", Action: audit.SpecAccept}, nil},
		"a wildcard":   {audit.Query{Subject: "corr%"}, nil},
	} {
		list, err := s.Audit(t.Context(), test.q)
		if err != nil {
			t.Fatal(err)
		}
		var got []int64
		for _, e := range list {
			got = append(got, e.ID)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	list, err := s.Audit(t.Context(), audit.Query{Before: 2})
	want := entry(0, "ada", audit.CorrectionAdd, "correction 1", audit.Done)
	want.ID = 1
	if diff := cmp.Diff([]audit.Entry{want}, list); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// TestAuditCountsAlike demands that what is refused takes one row an hour, and
// what was done one each.
func TestAuditCountsAlike(t *testing.T) {
	s := open(t, t.TempDir()+"/headroom.db")
	for m := range 90 {
		for _, e := range []audit.Entry{
			entry(m, "", audit.NoteAdd, "", audit.Refused),
			entry(m, "ci", audit.EventsRecord, "events", audit.Done),
		} {
			e.Count = 2
			if err := s.AppendAudit(t.Context(), []audit.Entry{e}); err != nil {
				t.Fatal(err)
			}
		}
	}
	for range 2 {
		if err := s.AppendAudit(t.Context(), []audit.Entry{entry(0, "ada", audit.NoteAdd, "a", audit.Done)}); err != nil {
			t.Fatal(err)
		}
	}
	list, err := s.Audit(t.Context(), audit.Query{Outcome: audit.Refused})
	if err != nil || len(list) != 2 || list[0].Count != 60 || list[1].Count != 120 || !list[1].At.Equal(auditAt(0)) || !list[1].Until.Equal(auditAt(59)) {
		t.Errorf("refused: %+v, %v", list, err)
	}
	if list, err = s.Audit(t.Context(), audit.Query{Actor: "ci"}); err != nil || len(list) != 2 {
		t.Errorf("events: %+v, %v", list, err)
	}
	if list, err = s.Audit(t.Context(), audit.Query{Actor: "ada"}); err != nil || len(list) != 2 || list[0].Count != 1 {
		t.Errorf("notes: %+v, %v", list, err)
	}
}

func TestOldAuditIsForgotten(t *testing.T) {
	s := open(t, t.TempDir()+"/headroom.db")
	long := entry(0, "ci", audit.EventsRecord, "events", audit.Done)
	long.Until = auditAt(30)
	if err := s.AppendAudit(t.Context(), []audit.Entry{entry(10, "ada", audit.NoteAdd, "a", audit.Done), long, entry(20, "ada", audit.NoteAdd, "b", audit.Done)}); err != nil {
		t.Fatal(err)
	}
	n, err := s.PruneAudit(t.Context(), auditAt(20))
	if err != nil || n != 1 {
		t.Errorf("%d forgotten, %v", n, err)
	}
	if list, err := s.Audit(t.Context(), audit.Query{}); err != nil || len(list) != 2 || list[0].Subject != "b" {
		t.Errorf("%+v, %v", list, err)
	}
}

// TestAuditTellsWhatChanged compares things over a restart.
func TestAuditTellsWhatChanged(t *testing.T) {
	path := t.TempDir() + "/headroom.db"
	var told []string
	compare := func(present map[string]string) {
		t.Helper()
		s := open(t, path)
		k, err := audit.New(audit.Options{Store: s, Keep: time.Hour, Now: func() time.Time { return auditAt(0) }})
		if err != nil {
			t.Fatal(err)
		}
		k.Compare(t.Context(), audit.Things{Kind: "spec", Accept: audit.SpecAccept, Remove: audit.SpecRemove, Actor: audit.Files, Present: present})
		list, err := k.List(t.Context(), audit.Query{})
		if err != nil || k.Err() != nil {
			t.Fatal(err, k.Err())
		}
		told = nil
		for i := len(list) - 1; i >= 0; i-- {
			told = append(told, string(list[i].Action)+" "+list[i].Subject+": "+list[i].Details)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	compare(map[string]string{"a": "99%", "b": "98%"})
	compare(map[string]string{"a": "99%", "b": "98%"})
	compare(map[string]string{"a": "95%"})
	compare(map[string]string{"a": "95%"})
	want := []string{"spec.accept a: new: 99%", "spec.accept b: new: 98%", "spec.accept a: 95%; was 99%", "spec.remove b: was 98%"}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
