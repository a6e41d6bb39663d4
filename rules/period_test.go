package rules_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"headroom/internal/truth"
	"headroom/rules"
	"headroom/slo"
)

// longLived is an objective whose window is summed seldom and carried on from
// tile to tile in between, with an outage of 20 minutes that leaves the window
// while another one comes.
func longLived(w *world, change ...func(*slo.Objective)) judge {
	o := checkout(append(change, quick(17*time.Hour, time.Minute))...)
	ok, failed := w.requests("200"), w.requests("500")
	w.flow(ok, 0, 24*time.Hour, 100)
	for _, outage := range []time.Duration{30 * time.Minute, 17*time.Hour + 35*time.Minute} {
		w.flow(failed, outage, outage+20*time.Minute, 50)
	}
	return judge{o: o, in: truth.Indicator{Bad: []*truth.Counter{failed}, Total: []*truth.Counter{ok, failed}}}
}

// period is what the rules say and what is true about the objective's window at
// the last tile.
func (j judge) period(w *world) (got, want float64) {
	at := w.now.Truncate(j.o.Resolution)
	return w.query(j.of(rules.MetricPeriod)), j.in.ErrorRatio(at.Add(-j.o.Window.Rolling), at)
}

func TestWhatIsLeftFollowsEachTile(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 30*time.Second)
	j := longLived(w)
	w.load(rules.Embedded, j.o)
	for minute := 1; minute < 60; minute += 7 {
		w.run(time.Duration(minute)*time.Minute, nil)
		got, want := j.period(w)
		approx(t, fmt.Sprintf("young, after %d minutes", minute), got, want, exact)
	}
	for minute := 20; minute < 60; minute++ {
		w.run(17*time.Hour+time.Duration(minute)*time.Minute, nil)
		got, want := j.period(w)
		approx(t, fmt.Sprintf("period after 17 h %d min", minute), got, want, exact)
		approx(t, "events", w.query(j.of(rules.MetricTotalPeriod)), truth.Sum(j.in.Total, w.now.Add(-17*time.Hour), w.now), exact)
	}
	w.finite()
}

// The sums of the whole window come from another group, which may be late.
func TestWhatIsLeftFollowsEachTileWithoutABase(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 30*time.Second)
	j := longLived(w)
	w.load(rules.Embedded, j.o)
	w.run(17*time.Hour+28*time.Minute, nil)
	w.run(17*time.Hour+44*time.Minute, func(group string, _ time.Time) bool { return strings.HasSuffix(group, "/slow") })
	got, want := j.period(w)
	approx(t, "period", got, want, exact)
}

// What the rules cannot know they do not say: the sum of a window in which they
// were not evaluated for hours comes back whole.
func TestWhatIsLeftComesBackWhole(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 30*time.Second)
	j := longLived(w)
	w.load(rules.Embedded, j.o)
	w.run(2*time.Hour, nil)
	w.run(5*time.Hour, func(string, time.Time) bool { return true })
	full := math.NaN()
	for minute := 1; minute <= 14; minute++ {
		w.run(5*time.Hour+time.Duration(minute)*time.Minute, nil)
		got := w.query(j.of(rules.MetricPeriod))
		if math.IsNaN(got) {
			continue
		}
		full = w.query("sum_over_time("+j.of(rules.MetricBadTile)+"[17h])") / w.query("sum_over_time("+j.of(rules.MetricTotalTile)+"[17h])")
		approx(t, fmt.Sprintf("period after %d minutes", minute), got, full, exact)
	}
	if math.IsNaN(full) {
		t.Error("nothing was recorded after the gap")
	}
}

// A group without events ends with its window, and is not carried on for ever.
func TestAGroupEndsWithItsWindow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 30*time.Second)
	j := longLived(w, grouped("region"))
	ok := w.requests("200", "region", "eu")
	ok.Dies = after(20 * time.Minute)
	w.flow(ok, 0, 20*time.Minute, 10)
	w.load(rules.Embedded, j.o)
	w.run(3*time.Hour, nil)
	eu := `sum_over_time(` + rules.MetricTotalPeriod + `{region="eu"}[2m])`
	if got := w.query(eu); math.IsNaN(got) {
		t.Error("no events of the group in the window")
	}
	w.run(18*time.Hour, nil)
	if got := w.query(eu); !math.IsNaN(got) {
		t.Errorf("%v events of a group that ended", got)
	}
	w.finite()
}
