package sqlite_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"headroom/budget/events"
	"headroom/budget/sqlite"
	"headroom/slo"
	"headroom/slo/event"
)

func finished(n int, outcome event.Outcome) event.Event {
	return event.Event{
		Source: "github", Kind: event.Pipeline, Subject: "acme/shop: build.yml", Run: string(rune('a' + n)), Attempt: 2,
		Started: epoch, Finished: epoch.Add(time.Duration(n) * time.Minute), Outcome: outcome, Attributes: map[string]string{"team": "ü"},
	}
}

// TestEventsComeToAnOlderDatabase migrates a database from before there were
// events and uses it.
func TestEventsComeToAnOlderDatabase(t *testing.T) {
	for _, version := range []int64{1, 2} {
		path := filepath.Join(t.TempDir(), "headroom.db")
		if err := sqlite.CreateAt(t.Context(), path, version); err != nil {
			t.Fatal(err)
		}
		execute(t, path, "INSERT INTO tracks (slo, sli, first_seen_ms, history_from_ms, active) VALUES ('default/shop/old', '12345678', 1, 2, 1)")
		if version == 2 {
			execute(t, path, "INSERT INTO good_specs VALUES ('slo.yaml', 1, 'default', 'shop', X'', '[]')")
		}
		s := open(t, path)
		target := events.Target{SLO: id("pipelines"), SLI: "0123abcd"}
		want := events.Stored{
			Event: finished(3, event.Failure), At: epoch.Add(3 * time.Minute), Pending: true,
			Outcomes: []events.Outcome{{Target: target, First: event.Bad, Now: event.Ignored}},
		}
		counter := events.Counter{Target: target, Good: 1 << 40, Bad: 7, Since: epoch, Active: true}
		if err := s.Events().Commit(t.Context(), events.Batch{Counters: []events.Counter{counter}, Events: []events.Stored{want}}); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		again := open(t, path)
		found, err := again.Events().Find(t.Context(), []event.Key{want.Event.Key(), finished(4, event.Success).Key()})
		if diff := cmp.Diff(map[event.Key]events.Stored{want.Event.Key(): want}, found); err != nil || diff != "" {
			t.Errorf("from version %d: %v\n%s", version, err, diff)
		}
		counters, err := again.Events().Counters(t.Context())
		if diff := cmp.Diff([]events.Counter{counter}, counters); err != nil || diff != "" {
			t.Errorf("from version %d: %v\n%s", version, err, diff)
		}
		if good, err := again.LoadGood(t.Context()); err != nil || len(good) != int(version-1) {
			t.Errorf("from version %d: %d last good specs, %v", version, len(good), err)
		}
	}
}

func TestEventsAreTalliedByTheirEnd(t *testing.T) {
	e := open(t, filepath.Join(t.TempDir(), "headroom.db")).Events()
	target := events.Target{SLO: id("pipelines"), SLI: "0123abcd"}
	b := events.Batch{Counters: []events.Counter{{Target: target}, {Target: events.Target{SLO: id("other"), SLI: "x"}}}}
	for n, now := range []event.Result{event.Good, event.Bad, event.Good, event.Ignored, event.Bad, event.Good} {
		b.Events = append(b.Events, events.Stored{Event: finished(n, event.Success), At: epoch, Outcomes: []events.Outcome{{Target: target, First: event.Good, Now: now}}})
	}
	if err := e.Commit(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	got, err := e.Tally(t.Context(), target, epoch, epoch.Add(4*time.Minute), 2*time.Minute)
	want := []events.Tally{{End: epoch.Add(2 * time.Minute), Good: 1, Bad: 1}, {End: epoch.Add(4 * time.Minute), Bad: 1}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	if pruned, err := e.Prune(t.Context(), epoch.Add(time.Second)); err != nil || pruned != 6 {
		t.Errorf("pruned %d, %v", pruned, err)
	}
	if got, err := e.Tally(t.Context(), target, epoch, epoch.Add(time.Hour), 2*time.Minute); err != nil || len(got) != 0 {
		t.Errorf("after all events are forgotten: %v, %v", got, err)
	}
}

// TestEventsAreWrittenAsAWhole lets the last outcome be of an unknown target.
func TestEventsAreWrittenAsAWhole(t *testing.T) {
	e := open(t, filepath.Join(t.TempDir(), "headroom.db")).Events()
	b := events.Batch{Events: []events.Stored{
		{Event: finished(1, event.Success), At: epoch},
		{Event: finished(2, event.Success), At: epoch, Outcomes: []events.Outcome{{Target: events.Target{SLO: slo.ID{Namespace: "a", Service: "b", Objective: "c"}}}}},
	}}
	if err := e.Commit(t.Context(), b); err == nil {
		t.Fatal("no error")
	}
	if found, err := e.Find(t.Context(), []event.Key{finished(1, event.Success).Key()}); err != nil || len(found) != 0 {
		t.Errorf("%v, %v", found, err)
	}
}
