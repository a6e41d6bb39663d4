package sqlite_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"headroom/budget/gate"
	"headroom/budget/policy"
	"headroom/budget/sqlite"
	"headroom/slo"
)

func record(service, caller string, minute int) gate.Record {
	at := time.Date(2026, 11, 23, 3, minute, 0, 0, time.UTC)
	remaining := -0.1
	return gate.Record{
		Caller: caller, FirstAt: at, LastAt: at, Count: 1,
		Decision: gate.Decision{
			Verdict: gate.Held, Service: service, Environment: "production", Change: policy.Fix, CountedAs: policy.Feature,
			Summary: "ünïcode", State: "abc", CheckedAt: at, Ways: []string{},
			Reasons: []gate.Reason{{
				Objective: slo.ID{Namespace: "a", Service: "b", Objective: "c"}, Group: slo.NewGroup(map[string]string{"region": "eu"}),
				Policy: "freeze", Effect: gate.Holds, Target: slo.MustTarget("99.9%"), Remaining: &remaining,
			}},
		},
	}
}

func TestDecisionsSurviveReopening(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.sqlite")
	s := open(t, path)
	first, second := record("default/shop", "ci", 0), record("default/search", "", 1)
	for _, r := range []*gate.Record{&first, &second} {
		id, err := s.SaveDecision(t.Context(), *r)
		if err != nil || id == "" {
			t.Fatal(id, err)
		}
		r.ID = id
	}
	first.Count, first.LastAt = 7, first.LastAt.Add(time.Hour)
	if id, err := s.SaveDecision(t.Context(), first); err != nil || id != first.ID {
		t.Fatalf("updating %s answers %s: %v", first.ID, id, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	shop := &gate.Subject{Service: "default/shop", Environment: "production", Change: policy.Fix, CountedAs: policy.Feature, Caller: "ci"}
	nobody := *shop
	nobody.Caller = ""
	for name, test := range map[string]struct {
		query gate.Query
		want  []gate.Record
	}{
		"all, the latest first": {gate.Query{Limit: 9}, []gate.Record{first, second}},
		"the latest":            {gate.Query{Limit: 1}, []gate.Record{first}},
		"a service":             {gate.Query{Service: "default/search", Limit: 9}, []gate.Record{second}},
		"another service":       {gate.Query{Service: "default/other", Limit: 9}, nil},
		"a subject":             {gate.Query{Subject: shop, Limit: 1}, []gate.Record{first}},
		"of nobody":             {gate.Query{Subject: &nobody, Limit: 1}, nil},
	} {
		got, err := s.Decisions(t.Context(), test.query)
		if diff := cmp.Diff(test.want, got, cmpopts.EquateComparable(slo.Group{}, slo.Target{})); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got)\n%s", name, err, diff)
		}
	}
}

// TestDecisionsAreBounded, and those of nobody known cannot push out others.
func TestDecisionsAreBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.sqlite")
	s := open(t, path)
	kept := record("default/shop", "ci", 0)
	id, err := s.SaveDecision(t.Context(), kept)
	if err != nil {
		t.Fatal(err)
	}
	flood := func(caller string, n int) {
		execute(t, path, fmt.Sprintf(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
			INSERT INTO decisions (service, environment, change, counted_as, caller, first_ms, last_ms, count, decision)
			SELECT 'default/flood', 'e' || i, 'feature', 'feature', '%s', 9999999999999 + i, 9999999999999 + i, 1, '{}' FROM n`, n, caller))
	}
	count := func(want int) {
		t.Helper()
		list, err := s.Decisions(t.Context(), gate.Query{Limit: 100_000})
		if err != nil || len(list) != want {
			t.Fatalf("%d decisions, want %d: %v", len(list), want, err)
		}
	}
	flood("", 1500)
	late := record("default/late", "", 0)
	late.LastAt = late.LastAt.AddDate(400, 0, 0)
	if _, err := s.SaveDecision(t.Context(), late); err != nil {
		t.Fatal(err)
	}
	count(1001)
	flood("bot", 10_500)
	late.Caller = "bot"
	if _, err := s.SaveDecision(t.Context(), late); err != nil {
		t.Fatal(err)
	}
	count(11_000)
	// The one that is gone comes back under a new id when it goes on.
	kept.ID = id
	again, err := s.SaveDecision(t.Context(), kept)
	if err != nil || again == id {
		t.Errorf("a removed record goes on as %s: %v", again, err)
	}
}

func TestGoodPoliciesSurviveReopening(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.sqlite")
	s := open(t, path)
	if list, err := s.LoadGoodPolicies(t.Context()); err != nil || len(list) != 0 {
		t.Fatalf("a new store has %v: %v", list, err)
	}
	want := []policy.Good{{File: "p.policy.yaml", Line: 3, Name: "freeze", Text: []byte("headroom: v1\npolicy: freeze # ünïcode\n")}}
	for _, list := range [][]policy.Good{{{File: "gone", Line: 1, Name: "gone", Text: []byte{}}}, want} {
		if err := s.SaveGoodPolicies(t.Context(), list); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := open(t, path).LoadGoodPolicies(t.Context())
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("(-want +got): %v\n%s", err, diff)
	}
}

// TestDecisionsAreBoundedAsConfigured keeps as many as Options say, and a tenth of those to
// callers who are not known.
func TestDecisionsAreBoundedAsConfigured(t *testing.T) {
	s, err := sqlite.Open(t.Context(), sqlite.Options{Path: t.TempDir() + "/headroom.db", Decisions: 20})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	for i := range 30 {
		for _, caller := range []string{"ci", ""} {
			at := time.UnixMilli(int64(i) * 1000)
			if _, err := s.SaveDecision(t.Context(), gate.Record{Caller: caller, FirstAt: at, LastAt: at, Count: 1}); err != nil {
				t.Fatal(err)
			}
		}
	}
	list, err := s.Decisions(t.Context(), gate.Query{Limit: 100})
	known := 0
	for _, r := range list {
		if r.Caller != "" {
			known++
		}
	}
	if err != nil || known != 20 || len(list) != 22 {
		t.Errorf("%d decisions, %d to known callers, %v", len(list), known, err)
	}
}
