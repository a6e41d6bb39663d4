package budget_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"headroom/budget"
	"headroom/slo"
)

// ranges counts the queries for raw history since the last call.
func (s *shop) ranges() int {
	n := 0
	for _, q := range s.queries {
		if strings.HasPrefix(q, "range total") {
			n++
		}
	}
	s.queries = nil
	return n
}

func TestHistoryGivesABudgetAtTheFirstTick(t *testing.T) {
	s, f, o := usual()
	o.Window.Rolling, s.rules = 28*day, nil
	k := newKeeper(t, s, o)
	k.tick(after(30 * time.Second))
	k.wantTruth(t, o, f, -28*day, 0)
	if n := s.ranges(); n != 28 {
		t.Errorf("history of 28 days was read in %d chunks, want one per day", n)
	}
	status := only(t, k.ledger, o, after(time.Minute))
	if status.Data != budget.DataOK || status.State != budget.StateHealthy {
		t.Errorf("data %s, budget %s: want ok and healthy: %s", status.Data, status.State, status.Reason)
	}
	k.run(time.Minute, time.Hour)
	if n := s.ranges(); n != 0 {
		t.Errorf("%d more reads of a history that is there", n)
	}
	if k.reader.Pending(after(time.Hour)) != 0 {
		t.Error("history is said to be pending")
	}
}

func TestHistoryBeginsWhereTheCounterAppears(t *testing.T) {
	s, f, o := usual()
	o.Window.Rolling, f.born = 28*day, -15*day
	k := newKeeper(t, s, o)
	k.run(0, time.Hour)
	k.wantTruth(t, o, f, -15*day, time.Hour)
	status := only(t, k.ledger, o, after(time.Hour))
	if since := status.Balance.Since; since.After(after(-15*day)) || since.Before(after(-15*day-5*time.Minute)) {
		t.Errorf("since %s, want %s", since, after(-15*day))
	}
	if status.Data != budget.DataYoung || *status.Balance.Coverage != 1 {
		t.Errorf("data %s with coverage %v, want young and all of its life", status.Data, *status.Balance.Coverage)
	}
	if !strings.Contains(status.Reason, "15 of 28 days measured") {
		t.Errorf("reason %q", status.Reason)
	}
}

func TestEmptyHistoryIsReadOnce(t *testing.T) {
	s, f, o := usual()
	f.born = 40 * day
	k := newKeeper(t, s, o)
	k.run(0, 10*time.Minute)
	if n := s.ranges(); n != 1 {
		t.Errorf("%d reads of an empty history of a day, want 1", n)
	}
	k.restart(after(10 * time.Minute))
	k.run(10*time.Minute, 20*time.Minute)
	if n := s.ranges(); n != 0 {
		t.Errorf("%d reads of an empty history after a restart, want none", n)
	}
}

// A store that had nothing at first, such as that of a wrong tenant, is asked
// for the history once it has something.
func TestHistoryIsReadOnceTheStoreHasIt(t *testing.T) {
	s, f, o := usual()
	o.Window.Rolling = 28 * day
	s.flows, s.rules = nil, nil
	k := newKeeper(t, s, o)
	k.run(0, time.Hour)
	s.flows, s.rules = []*flow{f}, []*slo.Objective{o}
	s.ranges()
	k.restart(after(time.Hour))
	k.run(time.Hour, 2*time.Hour)
	k.wantTruth(t, o, f, -28*day+time.Hour+o.Resolution, 2*time.Hour)
	if n := s.ranges(); n != 28 {
		t.Errorf("%d reads, want one for the first day and the 27 older ones", n)
	}
}

// A day that is not over is said in hours.
func TestFirstHoursAreTold(t *testing.T) {
	s, f, o := usual()
	o.Window.Rolling, f.born = 28*day, -23*time.Hour
	k := newKeeper(t, s, o)
	k.run(0, time.Minute)
	if reason := only(t, k.ledger, o, after(time.Minute)).Reason; !strings.HasPrefix(reason, "23 hours of 28 days measured: the objective is") {
		t.Errorf("reason %q", reason)
	}
}

// A new series is no reason to ask again.
func TestHistoryOfANewSeriesIsReadOnce(t *testing.T) {
	s, f, o := usual()
	o.Window.Rolling, f.born = 28*day, time.Hour
	k := newKeeper(t, s, o)
	k.run(0, time.Hour)
	s.ranges()
	k.run(time.Hour, 2*time.Hour)
	k.wantTruth(t, o, f, time.Hour, 2*time.Hour)
	if n := s.ranges(); n != 1 {
		t.Errorf("%d reads, want the one that finds when it began", n)
	}
}

func TestHistoryResumesWhereItStopped(t *testing.T) {
	s, f, o := usual()
	o.Window.Rolling = 28 * day
	k := newKeeper(t, s, o)
	asked := 0
	s.broken = func(expr string) bool {
		if strings.HasPrefix(expr, "total ") {
			asked++
		}
		return asked > 10
	}
	if err := k.reader.Tick(t.Context(), after(time.Minute)); !errors.Is(err, errAway) {
		t.Fatalf("tick returned %v", err)
	}
	if first := s.ranges(); first < 10 || k.reader.Pending(after(time.Minute)) != 1 {
		t.Fatalf("%d chunks were asked for and %d objectives are pending", first, k.reader.Pending(after(time.Minute)))
	}
	s.broken = nil
	k.restart(after(2 * time.Minute))
	k.tick(after(2 * time.Minute))
	if n := s.ranges(); n != 18 {
		t.Errorf("%d chunks after the restart, want the other 18", n)
	}
	k.run(2*time.Minute, time.Hour)
	k.wantTruth(t, o, f, -28*day, time.Hour)
}

func TestHistoryIsReadInBoundedChunks(t *testing.T) {
	s, f, o := usual()
	o.Resolution, s.phase = 10*time.Second, 3*time.Second
	k := newKeeper(t, s, o)
	k.reader = newReader(t, budget.ReaderOptions{Ledger: k.ledger, Querier: s, Raw: raw, MaxChunk: 40 * 24 * time.Hour, ChunksPerTick: 2})
	o.Window.Rolling = 2*day + 6*time.Hour
	for _, left := range []int{1, 0} {
		k.tick(after(time.Minute))
		if got := k.reader.Pending(after(time.Minute)); got != left && left == 0 {
			t.Errorf("%d pending, want %d", got, left)
		}
	}
	k.wantTruth(t, o, f, -2*day-6*time.Hour+time.Minute, time.Minute)
}

func TestLongerWindowReadsOlderHistory(t *testing.T) {
	s, f, o := usual()
	k := newKeeper(t, s, o)
	k.run(0, time.Hour)
	s.ranges()
	longer := *o
	longer.Window.Rolling = 7 * day
	declare(t, k.ledger, after(time.Hour), &longer)
	k.run(time.Hour, 2*time.Hour)
	k.wantTruth(t, &longer, f, -7*day+time.Hour+time.Minute, 2*time.Hour)
	if n := s.ranges(); n != 6 {
		t.Errorf("%d reads, want the 6 older days", n)
	}
}

func newReader(t *testing.T, o budget.ReaderOptions) *budget.Reader {
	t.Helper()
	r, err := budget.NewReader(o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestOneBrokenObjectiveHoldsUpNoOther(t *testing.T) {
	s, f, o := usual()
	other := objective("latency", "95%", day, 5*time.Minute)
	s.rules = append(s.rules, other)
	s.missed = func(at time.Time) bool { return at.Sub(epoch) > time.Hour && at.Sub(epoch) < 80*time.Minute }
	s.broken = func(expr string) bool { return strings.Contains(expr, other.ID.String()) }
	k := newKeeper(t, s, o, other)
	for minute := range 240 {
		err := k.reader.Tick(t.Context(), after(time.Duration(minute)*time.Minute))
		if minute > 0 && (err == nil || !strings.Contains(err.Error(), other.ID.String())) {
			t.Fatalf("minute %d: error %v does not name the objective", minute, err)
		}
	}
	k.wantTruth(t, o, f, -day, 4*time.Hour)
	if list := k.slices(other, nil); len(list) != 0 {
		t.Errorf("the broken one has %d slices", len(list))
	}
	s.broken = nil
	k.run(4*time.Hour, 5*time.Hour)
	k.wantTruth(t, other, f, -day+4*time.Hour, 5*time.Hour)
}

func TestCorruptPageIsReadAgain(t *testing.T) {
	for name, which := range map[string]func(days []int64) int64{
		"first":  func(days []int64) int64 { return days[0] },
		"middle": func(days []int64) int64 { return days[3] },
		"last":   func(days []int64) int64 { return days[len(days)-1] },
	} {
		t.Run(name, func(t *testing.T) {
			s, f, o := usual()
			o.Window.Rolling = 7 * day
			k := newKeeper(t, s, o)
			k.run(2*time.Minute, 3*time.Hour)
			pages := k.store.pages[keyOf(o, nil)]
			var days []int64
			for d := range pages {
				days = append(days, d)
			}
			slices.Sort(days)
			pages[which(days)][11] ^= 0x40
			k.restart(after(3 * time.Hour))
			if k.ledger.Damaged() != 1 {
				t.Fatalf("%d damaged pages, want 1", k.ledger.Damaged())
			}
			k.shop.failing = true
			if err := k.reader.Tick(t.Context(), after(3*time.Hour)); !errors.Is(err, errAway) {
				t.Fatal(err)
			}
			k.restart(after(3 * time.Hour))
			k.shop.failing = false
			k.run(3*time.Hour, 4*time.Hour)
			k.wantTruth(t, o, f, -7*day+o.Resolution, 4*time.Hour)
			k.restart(after(4 * time.Hour))
			if k.ledger.Damaged() != 0 {
				t.Error("the page is still damaged in the store")
			}
			k.wantTruth(t, o, f, -7*day+o.Resolution, 4*time.Hour)
		})
	}
}

// What the source no longer has is given up, once and for all.
func TestCorruptPageBeyondRetentionIsDropped(t *testing.T) {
	s, _, o := usual()
	o.Window.Rolling = 7 * day
	k := newKeeper(t, s, o)
	k.run(0, time.Hour)
	all := len(k.slices(o, nil))
	for _, data := range k.store.pages[keyOf(o, nil)] {
		data[11] ^= 0x40
		break
	}
	s.flows = nil
	k.restart(after(time.Hour))
	k.tick(after(time.Hour))
	lost := all - len(k.slices(o, nil))
	if k.ledger.Damaged() != 0 || lost == 0 || lost > 288 {
		t.Errorf("%d pages damaged, %d slices lost, want none and those of one day", k.ledger.Damaged(), lost)
	}
	k.restart(after(time.Hour))
	if k.ledger.Damaged() != 0 {
		t.Error("the page is still damaged in the store")
	}
}

// What nothing says any more how to read is given up, too.
func TestCorruptPageOfAFormerIndicatorIsDropped(t *testing.T) {
	for name, change := range map[string]func(k *keeper, changed *slo.Objective){
		"found at a start": func(k *keeper, changed *slo.Objective) {
			k.objectives = []*slo.Objective{changed}
			k.restart(after(time.Hour))
		},
		"found later": func(k *keeper, changed *slo.Objective) {
			k.restart(after(time.Hour))
			declare(k.t, k.ledger, after(time.Hour), changed)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, _, o := usual()
			k := newKeeper(t, s, o)
			k.run(0, time.Hour)
			changed := *o
			changed.Indicator = slo.Ratio{Bad: slo.MustCounter(`other_errors_total`), Total: slo.MustCounter(`other_total`)}
			for _, data := range k.store.pages[keyOf(o, nil)] {
				data[11] ^= 0x40
			}
			change(k, &changed)
			if n := k.ledger.Damaged(); n != 0 {
				t.Errorf("%d pages wait to be read again", n)
			}
			k.restart(after(time.Hour))
			if n := k.ledger.Damaged(); n != 0 {
				t.Errorf("%d pages are still damaged in the store", n)
			}
		})
	}
}

func TestClockThatJumpsChangesNothing(t *testing.T) {
	s, f, o := usual()
	k := newKeeper(t, s, o)
	k.run(0, 3*time.Hour)
	k.run(time.Hour, 2*time.Hour)
	k.run(3*time.Hour, 5*time.Hour)
	k.wantTruth(t, o, f, -day, 5*time.Hour)
}

func TestChangedIndicatorBeginsANewSeries(t *testing.T) {
	s, f, o := usual()
	k := newKeeper(t, s, o)
	k.run(0, 2*time.Hour)
	before := k.slices(o, nil)
	changed := *o
	changed.Indicator = slo.Ratio{Bad: slo.MustCounter(`other_errors_total`), Total: slo.MustCounter(`other_total`)}
	s.rules = []*slo.Objective{&changed}
	k.objectives = []*slo.Objective{&changed}
	declare(t, k.ledger, after(2*time.Hour), &changed)
	k.run(2*time.Hour, 4*time.Hour)
	k.wantTruth(t, &changed, f, -day+2*time.Hour, 4*time.Hour)
	if !slices.Equal(k.slices(o, nil), before) {
		t.Error("the slices of the old indicator changed")
	}
	s.rules, k.objectives = []*slo.Objective{o}, []*slo.Objective{o}
	k.restart(after(4 * time.Hour))
	k.run(4*time.Hour, 5*time.Hour)
	k.wantTruth(t, o, f, -day, 5*time.Hour)
}
