package audit_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"headroom/budget/audit"
)

// memory is a store that forgets at the end, and fails when it is told to.
type memory struct {
	audit.Store

	entries []audit.Entry
	seen    map[string]string // by kind and name
	pruned  []time.Time
	fails   error
	during  func() // the next write
}

func (m *memory) AuditState(_ context.Context, kind string) (map[string]string, error) {
	state := map[string]string{}
	for name, is := range m.seen {
		if of, name, _ := strings.Cut(name, " "); of == kind {
			state[name] = is
		}
	}
	return state, m.fails
}

func (m *memory) ChangeAuditState(ctx context.Context, kind string, changed map[string]string, entries []audit.Entry) error {
	if m.fails == nil {
		for name, is := range changed {
			m.seen[kind+" "+name] = is
		}
	}
	return m.AppendAudit(ctx, entries)
}

func (m *memory) AppendAudit(_ context.Context, entries []audit.Entry) error {
	if during := m.during; during != nil {
		m.during = nil
		during()
	}
	if m.fails == nil {
		m.entries = append(m.entries, entries...)
	}
	return m.fails
}

func (m *memory) PruneAudit(ctx context.Context, before time.Time) (int64, error) {
	m.pruned = append(m.pruned, before)
	return 0, ctx.Err()
}

func TestKeeper(t *testing.T) {
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	m := &memory{}
	k, err := audit.New(audit.Options{Store: m, Keep: 24 * time.Hour, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel() // who asked is gone, what was changed is not
	k.Record(gone, audit.Entry{Actor: "ada", Action: audit.NoteAdd, Subject: strings.Repeat("ä", 1000), Outcome: audit.Done})
	if len(m.entries) != 1 || !m.entries[0].At.Equal(now) || m.entries[0].Count != 1 || len([]rune(m.entries[0].Subject)) != 300 {
		t.Fatalf("%+v", m.entries)
	}
	for range 3 {
		k.Record(t.Context(), audit.Entry{Action: audit.NoteAdd, Outcome: audit.Refused})
		now = now.Add(time.Minute)
	}
	if len(m.entries) != 1 {
		t.Error("what is counted together is written one by one")
	}
	k.Flush(t.Context())
	if last := m.entries[len(m.entries)-1]; len(m.entries) != 2 || last.Count != 3 || last.Until.Sub(last.At) != 2*time.Minute {
		t.Errorf("%+v", m.entries)
	}
	k.Flush(t.Context())
	now = now.Add(time.Hour)
	k.Flush(t.Context())
	if len(m.entries) != 2 || len(m.pruned) != 2 || !m.pruned[1].Equal(now.Add(-24*time.Hour)) {
		t.Errorf("%d entries, pruned at %v", len(m.entries), m.pruned)
	}
	m.fails = errors.New("disk full")
	k.Record(t.Context(), audit.Entry{Action: audit.NoteAdd, Outcome: audit.Done})
	if err := k.Err(); !errors.Is(err, m.fails) {
		t.Errorf("error %v", err)
	}
	late := func() {
		k.Record(t.Context(), audit.Entry{Action: audit.NoteAdd, Outcome: audit.Refused})
		now = now.Add(time.Minute)
	}
	for range 2 { // what waits is counted once, however often it is tried
		late()
		k.Flush(t.Context())
	}
	m.during = late
	k.Flush(t.Context())
	m.fails = nil
	for range 2 {
		k.Flush(t.Context())
	}
	if err := k.Err(); err != nil || len(m.entries) != 4 {
		t.Fatalf("%+v, error %v", m.entries, err)
	}
	if done, refused := m.entries[2], m.entries[3]; done.Outcome != audit.Done || refused.Count != 3 || refused.Until.Sub(refused.At) != 2*time.Minute || !done.At.Equal(refused.At) {
		t.Errorf("written late: %+v", m.entries[2:])
	}
}

// TestWhatCouldNotBeComparedIsTriedAgain lets the disk be full while a token
// changes, changes again and another kind of things does: the next flush after it
// tells the last of each, once.
// A request that is given up, or the end of the service, is no fault of the store.
func TestGivingUpIsNoFault(t *testing.T) {
	k, err := audit.New(audit.Options{Store: &memory{seen: map[string]string{}}, Keep: time.Hour, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	k.Flush(ctx)
	if err := k.Err(); err != nil {
		t.Error(err)
	}
}

func TestWhatCouldNotBeComparedIsTriedAgain(t *testing.T) {
	m := &memory{seen: map[string]string{}}
	k, err := audit.New(audit.Options{Store: m, Keep: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	compare := func(kind, is string) {
		k.Compare(t.Context(), audit.Things{Kind: kind, Accept: audit.TokenAccept, Remove: audit.TokenRemove, Present: map[string]string{kind: is}})
	}
	compare("ada", "viewer")
	m.fails = errors.New("disk full")
	compare("ada", "editor")
	compare("grace", "viewer")
	compare("ada", "admin")
	k.Flush(t.Context())
	if len(m.entries) != 1 || !errors.Is(k.Err(), m.fails) {
		t.Fatalf("%+v, %v", m.entries, k.Err())
	}
	m.fails = nil
	for range 2 {
		k.Flush(t.Context())
	}
	told := map[string]string{}
	for _, e := range m.entries[1:] {
		told[e.Subject] = e.Details
	}
	if len(m.entries) != 3 || told["ada"] != "admin; was viewer" || told["grace"] != "new: viewer" || k.Err() != nil {
		t.Errorf("%+v, %v", m.entries, k.Err())
	}
	compare("ada", "editor")
	m.fails = errors.New("disk full")
	compare("ada", "admin")
	m.fails = nil
	compare("ada", "viewer") // what was owed is out of date
	k.Flush(t.Context())
	if last := m.entries[len(m.entries)-1]; len(m.entries) != 5 || last.Details != "viewer; was editor" {
		t.Errorf("%+v", m.entries[3:])
	}
}
