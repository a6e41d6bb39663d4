package events_test

import (
	"database/sql"
	"testing"
	"time"

	"headroom/budget/events"
	"headroom/slo/event"
)

// TestClockOfEventsJumpsAheadAndBack sets the clock a day ahead for some minutes.
// What happened meanwhile is counted in its own time, quiet time goes on being
// measured, and restarts begin no new life.
func TestClockOfEventsJumpsAheadAndBack(t *testing.T) {
	o := objective("success")
	s := newStation(t, o)
	s.run(11 * minute)
	s.record(ended(1, 3*minute, event.Success))
	s.now = after(24*time.Hour + 12*minute)
	s.tick()
	s.run(24*time.Hour + 17*minute)
	s.now = after(18 * minute)
	s.record(ended(2, 17*minute, event.Failure))
	s.run(26 * minute)
	s.wantSlices(o, "0/1 0/0 - 1/1 0/0")
	s.stop()
	s.now = s.now.Add(20 * time.Second)
	s.start()
	s.run(36 * minute)
	s.wantSlices(o, "0/1 0/0 - 1/1 0/0 0/0 0/0")
	s.wantCounters(o, 1, 1)
}

// TestClockFarAheadForgetsNothing jumps ten years ahead, for longer than it takes
// to look for old events.
func TestClockFarAheadForgetsNothing(t *testing.T) {
	o := objective("success")
	s := newStation(t, o)
	s.record(ended(1, -2*minute, event.Failure))
	s.run(90 * minute)
	s.now = after(10 * 365 * 24 * time.Hour)
	s.tick()
	s.now = s.now.Add(50 * minute)
	s.tick()
	s.now = after(100 * minute)
	s.restart()
	s.run(101 * minute)
	if n := s.stored(); n != 1 {
		t.Errorf("%d events are left, want the one", n)
	}
}

// TestCorruptPageIsCountedAgain flips a bit in the page of a running ledger, and
// in that of one that starts.
func TestCorruptPageIsCountedAgain(t *testing.T) {
	o := objective("success")
	s := newStation(t, o)
	s.record(ended(1, 3*minute, event.Success), ended(2, 8*minute, event.Failure))
	s.run(21 * minute)
	const want = "0/1 1/1 0/0 0/0"
	s.wantSlices(o, want)
	s.stop()
	s.spoil()
	s.start()
	if n := s.ledger.Damaged(); n != 1 {
		t.Fatalf("%d pages are damaged, want 1", n)
	}
	s.tick()
	s.wantSlices(o, want)
	if n := s.ledger.Damaged(); n != 0 {
		t.Errorf("%d pages are still damaged", n)
	}
	s.restart()
	if n := s.ledger.Damaged(); n != 0 {
		t.Errorf("%d pages are damaged in the file", n)
	}
}

// TestCorruptPageOfForgottenEventsIsGivenUp has no events any more of the time
// of the page.
func TestCorruptPageOfForgottenEventsIsGivenUp(t *testing.T) {
	o := objective("success")
	s := newStation(t, o)
	s.record(ended(1, 3*minute, event.Success))
	s.run(11 * minute)
	s.now = after(200 * 24 * time.Hour)
	s.run(200*24*time.Hour + 65*minute)
	if n := s.stored(); n != 0 {
		t.Fatalf("%d events are still there", n)
	}
	s.wantSlices(o, "0/1 0/0")
	s.stop()
	s.spoil()
	s.start()
	s.tick()
	if n := s.ledger.Damaged(); n != 0 {
		t.Errorf("%d pages are damaged", n)
	}
	s.wantSlices(o, "")
}

// spoil flips a bit in the earliest page of the file.
func (s *station) spoil() {
	s.t.Helper()
	db, err := sql.Open("sqlite", s.path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var data []byte
	if err := db.QueryRow("SELECT data FROM pages ORDER BY id LIMIT 1").Scan(&data); err != nil {
		s.t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	if _, err := db.Exec("UPDATE pages SET data = ? WHERE id = (SELECT min(id) FROM pages)", data); err != nil {
		s.t.Fatal(err)
	}
}

func (s *station) tick() {
	s.t.Helper()
	if err := s.recorder.Tick(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

// stored counts the events that are kept.
func (s *station) stored() int {
	s.t.Helper()
	list, _, err := s.store.Scan(s.t.Context(), events.Scan{Limit: 100})
	if err != nil {
		s.t.Fatal(err)
	}
	return len(list)
}
