package rules_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"headroom/internal/truth"
	"headroom/rules"
	"headroom/slo"
)

// outage is a service with twenty bad minutes from 2 h on.
func outage(w *world, until time.Duration) truth.Indicator {
	ok, failed := w.requests("200"), w.requests("500")
	w.flow(ok, 0, until, 100)
	w.flow(failed, 0, 2*time.Hour, 1)
	w.flow(failed, 2*time.Hour, 2*time.Hour+20*time.Minute, 50)
	w.flow(failed, 2*time.Hour+20*time.Minute, until, 1)
	return truth.Indicator{Bad: []*truth.Counter{failed}, Total: []*truth.Counter{ok, failed}}
}

// missing skips every evaluation in (from, from+steps resolutions].
func missing(o *slo.Objective, from time.Duration, steps int) func(string, time.Time) bool {
	return func(_ string, at time.Time) bool {
		return at.After(after(from)) && !at.After(after(from+time.Duration(steps)*o.Resolution))
	}
}

func TestMissedEvaluationsAreCaughtUpExactlyOnce(t *testing.T) {
	tests := []struct {
		name string
		d    rules.Dialect
		o    *slo.Objective
		miss int
	}{
		{"none", rules.Embedded, checkout(), 0},
		{"one", rules.Embedded, checkout(), 1},
		{"five", rules.Embedded, checkout(), 5},
		{"two", rules.Embedded, checkout(), 2},
		{"seven, as far as tiles catch up", rules.Embedded, checkout(), 7},
		{"five, good of total", rules.Embedded, checkout(goodForm), 5},
		{"five, where a group does not see its own results at once", rules.VictoriaMetrics, checkout(), 5},
		{"one, portable", rules.Prometheus3, checkout(), 1},
		{"five, portable", rules.Prometheus242, checkout(), 5},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tolerance := 0.02
			if tt.d == rules.Embedded {
				tolerance = exact
			}
			w := newWorld(t, 30*time.Second)
			j := judge{o: tt.o, in: outage(w, 5*time.Hour)}
			w.load(tt.d, j.o)
			w.run(4*time.Hour+56*time.Minute, missing(j.o, 115*time.Minute, tt.miss))
			j.check(w, tolerance)
			want := float64(59 - tt.miss)
			if got := w.query("count_over_time(" + j.of(rules.MetricTotalTile) + "[100d])"); got != want {
				t.Errorf("%v tiles, want %v", got, want)
			}
			w.finite()
		})
	}
}

func TestTheTileAfterAGapHoldsAllOfIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 30*time.Second)
	j := judge{o: checkout(), in: outage(w, 3*time.Hour)}
	w.load(rules.Embedded, j.o)
	w.run(2*time.Hour+5*time.Minute, missing(j.o, 115*time.Minute, 1))
	for metric, counters := range map[string][]*truth.Counter{rules.MetricBadTile: j.in.Bad, rules.MetricTotalTile: j.in.Total} {
		approx(t, metric, w.query(j.of(metric)), truth.Sum(counters, after(115*time.Minute), w.now), exact)
	}
}

// A gap that is longer than the catch-up range loses what lies beyond it, and
// nothing is counted twice.
func TestALongGapIsCaughtUpAsFarAsTilesLookBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 30*time.Second)
	j := judge{o: checkout(), in: outage(w, 6*time.Hour)}
	w.load(rules.Embedded, j.o)
	w.run(5*time.Hour+time.Minute, missing(j.o, 2*time.Hour+5*time.Minute, 24))
	tile := after(5 * time.Hour)
	lost := func(c []*truth.Counter) float64 {
		return truth.Sum(c, after(2*time.Hour+5*time.Minute), after(3*time.Hour+30*time.Minute))
	}
	for metric, counters := range map[string][]*truth.Counter{rules.MetricBadTile: j.in.Bad, rules.MetricTotalTile: j.in.Total} {
		want := truth.Sum(counters, epoch, tile) - lost(counters)
		approx(t, metric, w.query("sum_over_time("+j.of(metric)+"[100d])"), want, exact)
	}
}

// Prometheus evaluates each group at a phase of its own, and a scrape is never
// at the time of an evaluation.
func TestPhasesOfGroups(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 30*time.Second)
	j := judge{o: checkout(), in: outage(w, 5*time.Hour)}
	w.load(rules.Embedded, j.o)
	for _, target := range w.targets {
		read := target.read
		target.read = func(at time.Time) (float64, bool) { return read(at.Add(7 * time.Second)) }
	}
	w.next = w.next.Add(-7 * time.Second)
	w.runAtPhases(4 * time.Hour)
	got := w.query(j.of(rules.MetricPeriod) + " or last_over_time(" + j.of(rules.MetricPeriod) + "[10m])")
	want := j.in.ErrorRatio(epoch, w.now)
	approx(t, "period", got, want, 0.03)
	if page := len(w.lab.Alerts()); page == 0 {
		t.Error("no alert fired")
	}
	w.finite()
}

func TestOwnerAndLabelsChangeWithoutSplittingAnything(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 30*time.Second)
	j := judge{o: checkout(), in: outage(w, 5*time.Hour)}
	w.load(rules.Embedded, j.o)
	w.run(2*time.Hour+10*time.Minute, nil)
	j.o = checkout(func(o *slo.Objective) {
		o.Owner, o.Labels = `team "risk"`, map[string]string{"tier": "0", "area": "{{ money }}\n"}
	})
	w.load(rules.Embedded, j.o)
	w.run(4*time.Hour+time.Minute, nil)
	j.check(w, exact)
	for _, metric := range []string{rules.MetricPeriod, rules.MetricTotalTile, rules.MetricRemaining, rules.MetricErrorRatio(time.Hour)} {
		if got := w.query(fmt.Sprintf("count(count_over_time(%s[10h]))", metric)); got != 1 {
			t.Errorf("%v series of %s, want 1", got, metric)
		}
	}
	info := `slo:info{slo="shop/checkout/availability",owner="team \"risk\"",area="{{ money }}\n",tier="0",spec="` + j.o.SpecHash() + `"}`
	if got := w.query(info); got != 1 {
		t.Errorf("%s is %v, want 1", info, got)
	}
	if got := w.query("count(slo:info)"); got != 1 {
		t.Errorf("%v series of slo:info, want only the new one", got)
	}
}

func TestNothingIsRecordedWithoutData(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 30*time.Second)
	o := checkout(latencyForm)
	// The bucket of the threshold does not exist: a wrong spec, not an outage.
	w.flow(w.counter("__name__", "http_request_duration_seconds_bucket", "job", "checkout", "le", "0.5"), 0, time.Hour, 10)
	w.flow(w.counter("__name__", "http_request_duration_seconds_count", "job", "checkout"), 0, time.Hour, 10)
	other := checkout(func(o *slo.Objective) { o.ID.Objective = "other" })
	w.load(rules.Embedded, o, other)
	w.run(time.Hour, nil)
	if got := w.query(`count({__name__=~"slo:(bad|total|error|budget).*"})`); !math.IsNaN(got) {
		t.Errorf("%v series recorded, want none", got)
	}
	var alerts []string
	for _, a := range w.lab.Alerts() {
		alerts = append(alerts, a.Name+" "+a.Labels["slo"])
	}
	// That series are there and nothing is counted is worth a word, and that there are none.
	want := []string{"SLODataUnmeasured " + o.ID.String(), "SLODataAbsent " + other.ID.String()}
	slices.Sort(alerts)
	slices.Sort(want)
	if !slices.Equal(alerts, want) {
		t.Errorf("alerts %q, want %q", alerts, want)
	}
}

// A gap whose catch-up range begins in a tile that was late itself.
func TestGapsSoonAfterAnotherAreCaughtUp(t *testing.T) {
	for name, gaps := range map[string]map[time.Duration]int{
		"one missed, then three, eight steps later":        {2*time.Hour + 5*time.Minute: 1, 2*time.Hour + 30*time.Minute: 3},
		"one missed, then six, right after the next":       {2*time.Hour + 5*time.Minute: 1, 2*time.Hour + 15*time.Minute: 6},
		"one missed, then two, and one more":               {2 * time.Hour: 1, 2*time.Hour + 25*time.Minute: 2, 2*time.Hour + 50*time.Minute: 1},
		"four missed, then one, where two steps are known": {time.Hour + 55*time.Minute: 4, 2*time.Hour + 20*time.Minute: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 30*time.Second)
			ok, failed := w.requests("200"), w.requests("500")
			w.flow(ok, 0, 4*time.Hour, 100)
			w.flow(failed, 0, 4*time.Hour, 3)
			j := judge{o: checkout(), in: truth.Indicator{Bad: []*truth.Counter{failed}, Total: []*truth.Counter{ok, failed}}}
			w.load(rules.Embedded, j.o)
			w.run(3*time.Hour+56*time.Minute, func(_ string, at time.Time) bool {
				for from, steps := range gaps {
					if missing(j.o, from, steps)("", at) {
						return true
					}
				}
				return false
			})
			j.checkTilesAt(w, w.now.Truncate(j.o.Resolution), exact)
		})
	}
}

// The first tile holds what happened before it. A gap soon after it is caught up
// with two steps at least.
func TestAGapSoonAfterTheFirstTile(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 30*time.Second)
	ok := w.requests("200")
	w.flow(ok, 0, 4*time.Hour, 100)
	o := checkout()
	w.load(rules.Embedded, o)
	w.run(2*time.Hour, func(string, time.Time) bool { return true })
	w.run(2*time.Hour+26*time.Minute, missing(o, 2*time.Hour+10*time.Minute, 2))
	if got, least := w.query("max_over_time(slo:total:tile[3m])"), 2.*10*100; got < least {
		t.Errorf("the tile after the gap holds %v events, want at least the %v of two steps", got, least)
	}
}

func TestTenSecondResolution(t *testing.T) {
	t.Parallel()
	w := newWorld(t, time.Second)
	j := judge{o: checkout(quick(time.Hour, 10*time.Second))}
	ok, failed := w.requests("200"), w.requests("500")
	w.flow(ok, 0, 30*time.Minute, 5)
	w.flow(failed, 8*time.Minute, 9*time.Minute, 5)
	j.in = truth.Indicator{Bad: []*truth.Counter{failed}, Total: []*truth.Counter{ok, failed}}
	w.load(rules.Embedded, j.o)
	w.run(20*time.Minute, missing(j.o, 8*time.Minute+20*time.Second, 5))
	w.run(20*time.Minute+10*time.Second, func(group string, _ time.Time) bool { return strings.HasSuffix(group, "/tile") })
	w.now = after(20*time.Minute + 10*time.Second)
	j.checkTilesAt(w, after(20*time.Minute), exact)
}
