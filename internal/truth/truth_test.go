package truth_test

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"headroom/internal/truth"
)

var start = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

func after(minutes int) time.Time { return start.Add(time.Duration(minutes) * time.Minute) }

func TestCounter(t *testing.T) {
	c := &truth.Counter{Born: after(2), Dies: after(9)}
	for m := 3; m <= 8; m++ {
		c.Add(after(m), float64(m))
	}
	c.Reset(after(5))
	for m, want := range map[int]float64{2: 0, 3: 3, 5: 12, 6: 6, 8: 21} {
		if got, ok := c.Value(after(m)); !ok || got != want {
			t.Errorf("after %d min reads %v %v, want %v", m, got, ok, want)
		}
	}
	for _, m := range []int{1, 9} {
		if got, ok := c.Value(after(m)); ok {
			t.Errorf("after %d min reads %v, want nothing", m, got)
		}
	}
	if got := c.Count(after(3), after(6)); got != 4+5+6 {
		t.Errorf("%v events in (3, 6], want 15", got)
	}
}

func TestRatioAndTimeline(t *testing.T) {
	total, bad := &truth.Counter{}, &truth.Counter{}
	for m := 1; m <= 60; m++ {
		total.Add(after(m), 10)
		if m > 20 && m <= 30 {
			bad.Add(after(m), 5)
		}
	}
	in := truth.Indicator{Bad: []*truth.Counter{bad}, Total: []*truth.Counter{total}}
	if got := in.ErrorRatio(after(20), after(40)); got != 0.25 {
		t.Errorf("error ratio %v, want 0.25", got)
	}
	if got := in.Remaining(after(40), 20*time.Minute, 0.5); got != 0.5 {
		t.Errorf("remaining %v, want 0.5", got)
	}
	if got := in.ErrorRatio(after(70), after(80)); !math.IsNaN(got) {
		t.Errorf("without events %v, want NaN", got)
	}
	// Above 0.1 over 10 min from the third bad minute; over 2 min until the
	// second good one.
	got := in.Timeline([]truth.Tier{{Long: 10 * time.Minute, Short: 2 * time.Minute, Threshold: 0.1}}, start, after(60), time.Minute)
	want := []truth.Firing{{From: after(23), To: after(32)}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
