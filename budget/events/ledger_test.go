package events_test

import (
	"testing"
	"time"

	"headroom/budget"
	"headroom/slo/event"
)

func TestSlicesAreMeasuredWhileHeadroomRuns(t *testing.T) {
	o := objective("success")
	s := newStation(t, o)
	s.run(2 * minute)
	s.record(ended(1, 5*minute, event.Success), ended(2, 5*minute+time.Millisecond, event.Failure))
	s.run(21 * minute)
	s.wantSlices(o, "0/1 1/1 0/0 0/0")
	s.restart() // at once
	s.run(26 * minute)
	s.wantSlices(o, "0/1 1/1 0/0 0/0 0/0")
	s.stop()
	s.now = after(42 * minute)
	s.start()
	s.run(56 * minute)
	s.wantSlices(o, "0/1 1/1 0/0 0/0 0/0 - - - - 0/0 0/0")
	s.record(ended(3, 31*minute, event.Failure), ended(4, 16*minute, event.Success))
	s.run(57 * minute)
	s.wantSlices(o, "0/1 1/1 0/0 0/1 0/0 - 1/1 - - 0/0 0/0")
	s.restart()
	s.run(61 * minute)
	s.wantSlices(o, "0/1 1/1 0/0 0/1 0/0 - 1/1 - - 0/0 0/0 0/0")
}

func TestReclassificationChangesTheLedgerAlone(t *testing.T) {
	o := objective("success")
	s := newStation(t, o)
	failed := ended(1, 3*minute, event.Failure)
	s.record(failed)
	s.run(11 * minute)
	s.wantSlices(o, "1/1 0/0")
	theirs := failed
	theirs.Fault, theirs.Updated = event.FaultUser, after(11*minute)
	s.record(theirs)
	s.run(12 * minute)
	s.wantSlices(o, "0/0 0/0")
	s.wantCounters(o, 0, 1)
	ours := failed
	ours.Fault, ours.Updated, ours.Finished = event.FaultPlatform, after(12*minute), after(8*minute)
	s.record(ours, failed, theirs)
	s.run(13 * minute)
	s.wantSlices(o, "0/0 1/1")
	s.wantCounters(o, 0, 1)
	s.restart()
	s.run(14 * minute)
	s.wantSlices(o, "0/0 1/1")
	s.wantCounters(o, 0, 1)
}

// TestAnEventTakenBackInUnmeasuredTime leaves no count behind.
func TestAnEventTakenBackInUnmeasuredTime(t *testing.T) {
	o := objective("success")
	s := newStation(t, o)
	s.now = after(30 * minute)
	failed := ended(1, 3*minute, event.Failure)
	s.record(failed)
	s.run(36 * minute)
	s.wantSlices(o, "1/1 - - - - - 0/0")
	failed.Fault, failed.Updated = event.FaultUser, after(36*minute)
	s.record(failed)
	s.run(37 * minute)
	s.wantSlices(o, "0/0 - - - - - 0/0")
}

func TestAYoungObjectiveHasNoTraffic(t *testing.T) {
	o := objective("success")
	s := newStation(t, o)
	s.run(30 * minute)
	st := s.ledger.Status(o.ID, s.now)[0]
	if st.Data != budget.DataNoTraffic || st.State != budget.StateUnknown || st.Balance.Remaining != nil {
		t.Errorf("data %s, state %s, remaining %v", st.Data, st.State, st.Balance.Remaining)
	}
	for n := range 9 {
		s.record(ended(n, 31*minute, event.Success))
	}
	s.record(ended(9, 32*minute, event.Failure))
	s.run(40 * minute)
	st = s.ledger.Status(o.ID, s.now)[0]
	if st.Data != budget.DataYoung || st.State != budget.StateExhausted || *st.Balance.Total != 10 || *st.Balance.Remaining != 0 {
		t.Errorf("data %s, state %s, balance %+v", st.Data, st.State, st.Balance)
	}
}

// TestAChangedResolutionCountsTheSame rewrites the window in other steps.
func TestAChangedResolutionCountsTheSame(t *testing.T) {
	o := objective("success")
	s := newStation(t, o)
	for n := range 20 {
		s.record(ended(n, time.Duration(n)*minute+time.Second, event.Success))
	}
	s.record(ended(50, 7*minute, event.Failure))
	s.run(21 * minute)
	s.wantSlices(o, "0/5 1/6 0/5 0/5")
	finer := *o
	finer.Resolution = 2 * minute
	s.declare(&finer)
	s.run(22 * minute)
	s.wantSlices(&finer, "0/2 0/2 0/2 1/3 0/2 0/2 0/2 0/2 0/2 0/2 0/0")
	s.declare(o)
	s.run(25 * minute)
	s.wantSlices(o, "0/5 1/6 0/5 0/5 0/0")
}

// TestForgottenEventsStayInTheLedger lengthens the window beyond the time for
// which events are kept.
func TestForgottenEventsStayInTheLedger(t *testing.T) {
	o := objective("success")
	s := newStation(t, o)
	s.record(ended(1, 3*minute, event.Failure))
	s.run(11 * minute)
	s.now = after(100 * 24 * time.Hour)
	s.run(100*24*time.Hour + 10*minute)
	longer := *o
	longer.Window.Rolling = 200 * 24 * time.Hour
	s.declare(&longer)
	s.run(100*24*time.Hour + 20*minute)
	list := s.ledger.Slices(budget.Key{SLO: o.ID, SLI: o.SLI()}, epoch, after(10*minute))
	if len(list) != 2 || list[0].Bad.Events() != 1 {
		t.Errorf("%+v", list)
	}
}

func TestARenamedObjectiveContinues(t *testing.T) {
	o := objective("success")
	s := newStation(t, o)
	s.record(ended(1, 3*minute, event.Failure))
	s.run(11 * minute)
	renamed := objective("good-runs")
	renamed.Formerly = append(renamed.Formerly, o.ID)
	s.declare(renamed)
	s.run(16 * minute)
	s.wantSlices(renamed, "1/1 0/0 0/0")
	s.wantCounters(renamed, 0, 1)
}
