package event_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"headroom/slo/event"
)

var start = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// aTime is unknown, or one of a few, so that reports agree and differ often.
func aTime() *rapid.Generator[time.Time] {
	return rapid.Custom(func(t *rapid.T) time.Time {
		n := rapid.IntRange(-1, 4).Draw(t, "minute")
		if n < 0 {
			return time.Time{}
		}
		return start.Add(time.Duration(n) * time.Minute)
	})
}

func aText() *rapid.Generator[string] { return rapid.SampledFrom([]string{"", "a", "b", "c"}) }

// report is any report about one run.
func report() *rapid.Generator[event.Event] {
	return rapid.Custom(func(t *rapid.T) event.Event {
		e := event.Event{
			Source: "github", Kind: event.Pipeline, Subject: "acme/shop: build.yml", Run: "1", Attempt: 1,
			Queued: aTime().Draw(t, "queued"), Started: aTime().Draw(t, "started"), Updated: aTime().Draw(t, "updated"),
			Outcome: rapid.SampledFrom(append(event.Outcomes(), event.Unsettled)).Draw(t, "outcome"),
			Fault:   rapid.SampledFrom(append(event.Faults(), "")).Draw(t, "fault"),
			Service: aText().Draw(t, "service"), Environment: aText().Draw(t, "environment"), Branch: aText().Draw(t, "branch"),
			Revision: aText().Draw(t, "revision"), Change: aText().Draw(t, "change"), URL: aText().Draw(t, "url"),
			Attributes: rapid.MapOfN(rapid.SampledFrom([]string{"x", "y"}), rapid.SampledFrom([]string{"1", "2"}), 0, 2).Draw(t, "attributes"),
		}
		if e.Settled() {
			e.Finished = start.Add(time.Duration(rapid.IntRange(0, 3).Draw(t, "finished")) * time.Minute)
		}
		return e
	})
}

func mergeAll(list []event.Event) event.Event {
	merged := list[0]
	for _, e := range list[1:] {
		merged = event.Merge(merged, e)
	}
	return merged
}

func differ(a, b event.Event) string { return cmp.Diff(a, b, cmpopts.EquateEmpty()) }

// TestMergeHasNoOrder delivers the reports about one run in two orders, some
// of them twice, one by one and in parts that were merged before.
func TestMergeHasNoOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(report(), 1, 6).Draw(t, "reports")
		again := rapid.SliceOfN(rapid.SampledFrom(list), 0, 6).Draw(t, "repeated")
		shuffled := rapid.Permutation(slices.Concat(list, again)).Draw(t, "shuffled")
		want := mergeAll(list)
		if d := differ(want, mergeAll(shuffled)); d != "" {
			t.Fatalf("another order (-want +got):\n%s", d)
		}
		cut := rapid.IntRange(1, len(shuffled)).Draw(t, "cut")
		parts := mergeAll(shuffled[:cut])
		if cut < len(shuffled) {
			parts = event.Merge(parts, mergeAll(shuffled[cut:]))
		}
		if d := differ(want, parts); d != "" {
			t.Fatalf("in parts (-want +got):\n%s", d)
		}
		if d := differ(want, event.Merge(want, want)); d != "" {
			t.Fatalf("with itself (-want +got):\n%s", d)
		}
	})
}

func TestMergeNeverUnsettles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := report().Draw(t, "a"), report().Draw(t, "b")
		if merged := event.Merge(a, b); merged.Settled() != (a.Settled() || b.Settled()) || merged.Settled() != !merged.Finished.IsZero() {
			t.Fatalf("settled is %v, finished %v", merged.Settled(), merged.Finished)
		}
	})
}

func TestMergeChangesNeitherReport(t *testing.T) {
	a := event.Event{Attributes: map[string]string{"x": "1"}}
	b := event.Event{Attributes: map[string]string{"y": "2"}}
	merged := event.Merge(a, b)
	merged.Attributes["z"] = "3"
	if !maps.Equal(a.Attributes, map[string]string{"x": "1"}) || !maps.Equal(b.Attributes, map[string]string{"y": "2"}) {
		t.Errorf("the reports became %v and %v", a.Attributes, b.Attributes)
	}
}

func TestMergeTellsTheStoryOfARun(t *testing.T) {
	at := func(m int) time.Time { return start.Add(time.Duration(m) * time.Minute) }
	queued := event.Event{Run: "1", Queued: at(0), Branch: "main"}
	running := event.Event{Run: "1", Queued: at(0), Started: at(2), Updated: at(9)}
	failed := event.Event{Run: "1", Started: at(2), Finished: at(5), Outcome: event.Failure, Updated: at(5)}
	blamed := event.Event{Run: "1", Finished: at(5), Outcome: event.Failure, Fault: event.FaultUser, Updated: at(30)}
	got := mergeAll([]event.Event{blamed, running, failed, queued, running})
	want := event.Event{
		Run: "1", Queued: at(0), Started: at(2), Finished: at(5), Outcome: event.Failure, Fault: event.FaultUser, Updated: at(30), Branch: "main",
	}
	if d := differ(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
