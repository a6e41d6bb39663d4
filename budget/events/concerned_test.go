package events_test

import (
	"slices"
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

// TestConcernedServices demands that a report concerns the objectives of the
// service that it names, and of the one that its run named before, although no
// event counts for them.
func TestConcernedServices(t *testing.T) {
	named := func(namespace, service string) *slo.Objective {
		o := objective("availability")
		o.ID.Namespace, o.ID.Service, o.Indicator = namespace, service, slo.Ratio{}
		return o
	}
	pay, elsewhere := named("payments", "pay"), named("shop", "pay")
	s := newStation(t, pay, elsewhere)
	deployment := func(service string) event.Event {
		e := ended(1, time.Minute, event.Success)
		e.Kind, e.Service = event.Deployment, service
		return e
	}
	want := func(service string, want ...*slo.Objective) {
		t.Helper()
		if list, err := s.recorder.Concerned(t.Context(), deployment(service), deployment(service)); err != nil || !slices.Equal(list, want) {
			t.Errorf("service %q concerns %v (%v), want %v", service, list, err, want)
		}
	}
	want("")
	want("payments/nothing")
	want("payments/pay", pay)
	s.record(deployment("payments/pay"))
	want("shop/pay", pay, elsewhere)
}
