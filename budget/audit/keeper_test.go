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
	pruned  []time.Time
	fails   error
}

func (m *memory) AppendAudit(_ context.Context, entries []audit.Entry) error {
	if m.fails == nil {
		m.entries = append(m.entries, entries...)
	}
	return m.fails
}

func (m *memory) PruneAudit(_ context.Context, before time.Time) (int64, error) {
	m.pruned = append(m.pruned, before)
	return 0, nil
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
	m.fails = nil
	k.Record(t.Context(), audit.Entry{Action: audit.NoteAdd, Outcome: audit.Done})
	if err := k.Err(); err != nil {
		t.Errorf("error %v", err)
	}
}
