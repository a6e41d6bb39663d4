package events_test

import (
	"testing"
	"time"

	"headroom/budget"
	"headroom/budget/gate"
	"headroom/budget/policy"
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

// TestAnEarlierEventMakesNoObjectiveOlder: a run that ended before headroom
// ran counts, and the objective stays young until it has lived for a window.
func TestAnEarlierEventMakesNoObjectiveOlder(t *testing.T) {
	o := objective("success")
	o.Window.Rolling = time.Hour
	s := newStation(t, o)
	s.now = after(52 * minute)
	s.record(ended(1, 2*minute, event.Failure), ended(2, 51*minute, event.Success))
	closed, problems := policy.Parse("p.policy.yaml", []byte("headroom: v1\npolicy: p\nunknown: closed\n"))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	check := func(at time.Duration) {
		t.Helper()
		s.run(at)
		st := s.ledger.Status(o.ID, s.now)[0]
		if want := st.Balance.Since; st.Data != budget.DataYoung && st.Data != budget.DataNoTraffic || !want.IsZero() && !want.Equal(after(55*minute)) {
			t.Errorf("after %s: data %s, %q, balance %+v", at, st.Data, st.Reason, st.Balance)
		}
		d := gate.Decide([]budget.Status{st}, []policy.Policy{closed[0].Policy}, gate.Request{
			Namespace: "platform", Service: "pipelines", Environment: "production", Change: policy.Feature, At: s.now,
		})
		if !d.Allowed {
			t.Errorf("after %s: %s", at, d.Summary)
		}
	}
	for at := 52 * minute; at < 115*minute; at += minute {
		if at == 70*minute {
			s.restart()
		}
		check(at)
		st := s.ledger.Status(o.ID, s.now)[0]
		switch total := *st.Balance.Total; {
		case at < 55*minute && total != 1, at >= 55*minute && at < 60*minute && total != 2:
			t.Errorf("after %s: %v events", at, total)
		}
	}
	s.record(ended(3, 114*minute, event.Success))
	s.run(116 * minute)
	if st := s.ledger.Status(o.ID, s.now)[0]; st.Data != budget.DataOK || st.State != budget.StateHealthy {
		t.Errorf("after a window: %s, %s, %+v", st.Data, st.State, st.Balance)
	}
}

// TestALateEventMakesNoObjectiveOlder, nor does a new name.
func TestALateEventMakesNoObjectiveOlder(t *testing.T) {
	o := objective("success")
	s := newStation(t, o)
	s.now = after(60 * minute)
	s.run(80 * minute)
	s.record(ended(1, 2*minute, event.Failure))
	s.run(81 * minute)
	renamed := objective("good-runs")
	renamed.Formerly = append(renamed.Formerly, o.ID)
	s.declare(renamed)
	s.run(86 * minute)
	b := s.ledger.Status(renamed.ID, s.now)[0].Balance
	if !b.Since.Equal(after(60*minute)) || b.Measured != 25*minute || *b.Coverage != 1 || *b.Bad != 1 {
		t.Errorf("%+v", b)
	}
}
