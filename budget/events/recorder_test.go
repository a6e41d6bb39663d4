package events_test

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"headroom/budget/events"
	"headroom/slo"
	"headroom/slo/event"
)

const minute = time.Minute

func TestCountersStandAtZeroFromTheStart(t *testing.T) {
	o, other := objective("success"), objective("gauge")
	other.Indicator = slo.Gauge{}
	s := newStation(t, o, other)
	s.wantCounters(o, 0, 0)
	if n := len(s.set.ListMetricNames()); n != 3 {
		t.Errorf("%d series, want 3:\n%s", n, s.page())
	}
}

func TestARunCountsOnceAtItsFirstSettledOutcome(t *testing.T) {
	o := objective("success")
	s := newStation(t, o)
	s.now = after(time.Hour)
	running := ended(1, 10*minute, "")
	running.Finished = time.Time{}
	s.record(running)
	s.wantCounters(o, 0, 0)
	failed := ended(1, 10*minute, event.Failure)
	s.record(failed)
	s.wantCounters(o, 0, 1)
	commits := s.store.commits
	s.record(failed, running, failed)
	if s.store.commits != commits {
		t.Errorf("reports that say nothing new were written")
	}
	retried := ended(1, 20*minute, event.Success)
	retried.Attempt = 2
	s.record(retried)
	s.wantCounters(o, 1, 1)
	mended := failed
	mended.Outcome, mended.Updated = event.Success, after(30*minute)
	s.record(mended)
	s.wantCounters(o, 1, 1)
	s.record(ended(2, 30*minute, event.Cancelled), ended(3, 30*minute, event.Skipped))
	s.wantCounters(o, 1, 1)
	s.restart()
	s.wantCounters(o, 1, 1)
	s.record(failed, mended, retried, running)
	s.wantCounters(o, 1, 1)
}

// TestReportsHaveNoOrder delivers the reports about several runs in any order
// and again, over restarts.
func TestReportsHaveNoOrder(t *testing.T) {
	o := objective("success")
	rapid.Check(t, func(rt *rapid.T) {
		s := newStation(t, o)
		s.now = after(time.Hour)
		var reports []event.Event
		outcomes := []event.Outcome{event.Success, event.Failure, event.Cancelled, event.Failure}
		for n, outcome := range outcomes {
			queued := ended(n, 10*minute, "")
			queued.Started, queued.Finished, queued.Queued = time.Time{}, time.Time{}, after(5*minute)
			running := ended(n, 10*minute, "")
			running.Finished = time.Time{}
			reports = append(reports, queued, running, ended(n, 10*minute+time.Duration(n)*5*minute, outcome))
		}
		again := rapid.SliceOfN(rapid.SampledFrom(reports), 0, 8).Draw(rt, "again")
		for _, e := range rapid.Permutation(slices.Concat(reports, again)).Draw(rt, "order") {
			s.record(e)
			if rapid.IntRange(0, 9).Draw(rt, "restart") == 0 {
				s.restart()
			}
		}
		s.wantCounters(o, 1, 2)
		s.run(61 * minute)
		s.wantSlices(o, "- 0/1 1/1 - 1/1 - - - - - - -"[:len("- 0/1 1/1 - 1/1")])
		if t.Failed() {
			rt.Fatal("see above")
		}
	})
}

func TestRecordRefusesWhatIsInvalidAsAWhole(t *testing.T) {
	o := objective("success")
	s := newStation(t, o)
	future := ended(2, 48*time.Hour, event.Failure)
	for _, bad := range []event.Event{{}, future} {
		if _, err := s.recorder.Record(t.Context(), ended(1, 0, event.Failure), bad); !errors.Is(err, event.ErrInvalid) {
			t.Errorf("%v, want ErrInvalid", err)
		}
	}
	s.wantCounters(o, 0, 0)
}

func TestCountersMoveOnlyAfterTheCommit(t *testing.T) {
	o := objective("success")
	s := newStation(t, o)
	s.store.refuse = true
	_, err := s.recorder.Record(t.Context(), ended(1, 0, event.Failure))
	if !errors.Is(err, errRefused) || errors.Is(err, event.ErrInvalid) {
		t.Errorf("%v, want the store's error", err)
	}
	s.wantCounters(o, 0, 0)
	s.store.refuse = false
	s.record(ended(1, 0, event.Failure))
	s.wantCounters(o, 0, 1)
}

func TestANewObjectiveBeginsAtTheStoredCount(t *testing.T) {
	first := objective("success")
	s := newStation(t, first)
	s.run(10 * minute)
	for n := range 1200 {
		s.record(ended(n, time.Duration(n)*time.Second/2, event.Success))
	}
	old := ended(5000, -30*time.Hour, event.Failure)
	s.record(old, ended(5001, 9*minute, event.Failure))
	second := objective("main", func(in *slo.Events) { in.Where = `branch == "main"` })
	s.declare(first, second)
	s.wantCounters(first, 1200, 2)
	s.wantCounters(second, 1200, 1)
	s.run(16 * minute)
	s.wantSlices(first, "0/600 1/600 0/0")
	s.wantSlices(second, "0/600 1/600 0/0")
}

func TestARemovedObjectiveComesBack(t *testing.T) {
	o := objective("success")
	s := newStation(t, o)
	s.record(ended(1, 0, event.Failure))
	s.declare()
	if names := s.set.ListMetricNames(); len(names) != 0 {
		t.Errorf("removed objectives show %v", names)
	}
	s.record(ended(2, 0, event.Success))
	s.declare(o)
	s.wantCounters(o, 1, 1)
	s.restart()
	s.wantCounters(o, 1, 1)
}

// TestALongerWindowCountsNothingAgain judges older events for the ledger, and
// leaves the counters, which would look like a burst of failures.
func TestALongerWindowCountsNothingAgain(t *testing.T) {
	o := objective("success")
	s := newStation(t)
	s.record(ended(1, -30*time.Hour, event.Failure), ended(2, 0, event.Success))
	s.declare(o)
	s.wantCounters(o, 1, 0)
	longer := *o
	longer.Window.Rolling = 48 * time.Hour
	s.declare(&longer)
	s.wantCounters(o, 1, 0)
	s.run(6 * minute)
	if total := s.ledger.Status(o.ID, s.now)[0].Balance.Total; total == nil || *total != 2 {
		t.Errorf("total %v, want 2", total)
	}
}

func TestEventsBeforeTheSpecsAreJudgedLater(t *testing.T) {
	o := objective("success")
	s := newStation(t, o)
	s.record(ended(1, 0, event.Failure))
	s.stop()
	s.open()
	s.record(ended(2, 0, event.Failure), ended(1, 0, event.Failure))
	s.stop()
	s.open()
	s.record(ended(3, 0, event.Success))
	s.declare(o)
	s.wantCounters(o, 1, 2)
	s.restart()
	s.wantCounters(o, 1, 2)
}

func TestAnIndicatorThatDoesNotCompileHoldsUpNoOther(t *testing.T) {
	broken := objective("broken", func(in *slo.Events) { in.Where = "branch ==" })
	o := objective("success")
	s := newStation(t, broken, o)
	s.record(ended(1, 0, event.Failure))
	s.wantCounters(o, 0, 1)
	if names := s.set.ListMetricNames(); len(names) != 3 {
		t.Errorf("shown: %v", names)
	}
}

func TestOldEventsAreForgotten(t *testing.T) {
	o := objective("success")
	s := newStation(t, o)
	s.record(ended(1, 0, event.Failure))
	s.run(minute)
	s.now = after(100 * 24 * time.Hour)
	s.run(100*24*time.Hour + 61*minute) // long enough to believe the clock
	left, _, err := s.store.Scan(t.Context(), events.Scan{Limit: 10})
	if err != nil || len(left) != 0 {
		t.Errorf("%d events left, %v", len(left), err)
	}
	if dropped, err := s.recorder.Record(t.Context(), ended(1, 0, event.Failure)); dropped != 1 || err != nil {
		t.Errorf("reported again: dropped %d, error %v", dropped, err)
	}
	s.wantCounters(o, 0, 1)
	s.restart()
	s.wantCounters(o, 0, 1)
}

func TestGatherIsOnePageOfCounters(t *testing.T) {
	o := objective("success")
	s := newStation(t)
	if families, err := s.recorder.Gather(); err != nil || len(families) != 0 {
		t.Errorf("without objectives: %v, %v", families, err)
	}
	s.declare(o)
	s.record(ended(1, 0, event.Failure))
	families, err := s.recorder.Gather()
	if err != nil || len(families) != 2 {
		t.Fatalf("%v, %v", families, err)
	}
	f := families[0]
	if f.GetName() != events.MetricEvents || f.GetType().String() != "COUNTER" || f.GetHelp() == "" || len(f.GetMetric()) != 2 {
		t.Errorf("%v", f)
	}
	sum := 0.0
	for _, m := range f.GetMetric() {
		sum += m.GetCounter().GetValue()
	}
	if sum != 1 {
		t.Errorf("counters add up to %v", sum)
	}
}

func TestWhatIsTooOldIsDroppedAndSaidSo(t *testing.T) {
	o := objective("success")
	s := newStation(t, o)
	old := ended(1, -91*24*time.Hour, event.Failure)
	dropped, err := s.recorder.Record(t.Context(), old, ended(2, 0, event.Failure))
	if dropped != 1 || err != nil {
		t.Errorf("dropped %d, error %v; want the one of 91 days ago", dropped, err)
	}
	s.wantCounters(o, 0, 1)
}

func TestAnEndLiesAheadByADifferenceOfClocksAtMost(t *testing.T) {
	s := newStation(t, objective("success"))
	_, err := s.recorder.Record(t.Context(), ended(1, 5*minute+time.Second, event.Failure))
	if !errors.Is(err, event.ErrInvalid) || !strings.Contains(err.Error(), "finished 2026-03-02T12:05:01Z lies in the future: headroom's clock says 2026-03-02T12:00:00Z, and may differ by at most 5m") {
		t.Errorf("5m1s ahead: %v", err)
	}
	if _, err := s.recorder.Record(t.Context(), ended(1, 5*minute, event.Failure)); err != nil {
		t.Errorf("5m ahead: %v", err)
	}
}

func TestWhatCannotBeJudgedIsCounted(t *testing.T) {
	o := objective("quick", func(in *slo.Events) {
		in.Duration = slo.Duration{From: "queued", To: "started", Under: minute}
	})
	s := newStation(t, o)
	want := func(n int) {
		t.Helper()
		line := `headroom_slo_events_unjudged_total{slo="platform/pipelines/quick"} ` + strconv.Itoa(n) + "\n"
		if !strings.Contains(s.page(), line) {
			t.Errorf("no line %sin:\n%s", line, s.page())
		}
	}
	want(0)
	queued := ended(1, 0, event.Success)
	queued.Queued = queued.Started.Add(-time.Second)
	s.record(queued, ended(2, 0, event.Success))
	want(1)
	s.wantCounters(o, 1, 0)
	s.record(ended(2, 0, event.Success))
	want(1)
	s.store.refuse = true
	if _, err := s.recorder.Record(t.Context(), ended(3, 0, event.Failure)); err == nil {
		t.Error("recorded without a store")
	}
	want(1)
	s.store.refuse = false
	s.record(ended(3, 0, event.Failure))
	s.declare(o)
	want(2)
	if list := s.recorder.Unjudged(); len(list) != 1 || list[0].SLO != o.ID || list[0].Runs != 2 || !strings.Contains(list[0].Reason, "from queued to started") {
		t.Errorf("unjudged: %+v", list)
	}
	stricter := *o
	stricter.Indicator = slo.Events{EventKind: "pipeline", Where: `outcome == "success"`, Good: `attributes.team == "web"`}
	s.declare(&stricter)
	want(2) // of the stored ones
	s.declare()
	if names := s.set.ListMetricNames(); len(names) != 0 {
		t.Errorf("shown: %v", names)
	}
	if list := s.recorder.Unjudged(); len(list) != 0 {
		t.Errorf("unjudged without objectives: %+v", list)
	}
}
