package events_test

import (
	"testing"
	"time"

	"headroom/slo"
	"headroom/slo/event"
)

// TestConcernedObjectives demands that a report concerns what it would count
// for, and what the stored event of its run counts for already.
func TestConcernedObjectives(t *testing.T) {
	shop := objective("shop", func(in *slo.Events) { in.Where = `subject == "shop"` })
	s := newStation(t, shop)
	concerned := func(e event.Event) int {
		t.Helper()
		list, err := s.recorder.Concerned(t.Context(), e)
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	own, other := ended(1, time.Minute, event.Failure), ended(2, time.Minute, event.Failure)
	own.Subject, other.Subject = "shop", "search"
	if got := concerned(own); got != 1 {
		t.Errorf("an event that counts concerns %d objectives, want 1", got)
	}
	if got := concerned(other); got != 0 {
		t.Errorf("an event that does not count concerns %d objectives", got)
	}
	s.record(own)
	own.Outcome = event.Cancelled // would take it out
	if got := concerned(own); got != 1 {
		t.Errorf("a report that takes an event out concerns %d objectives, want 1", got)
	}
}
