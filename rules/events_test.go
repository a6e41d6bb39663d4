package rules_test

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"headroom/internal/engine"
	"headroom/internal/truth"
	"headroom/rules"
	"headroom/slo"
)

// runs is an objective of platform events with tiles of a minute.
func runs() *slo.Objective { return checkout(eventsForm, quick(3*time.Hour, time.Minute)) }

// replica adds the counters of one headroom that shows an objective, where
// before events have been counted before the world begins.
func (w *world) replica(o *slo.Objective, instance string, before float64) (bad, good *truth.Counter) {
	both := make([]*truth.Counter, 2)
	for i, result := range []string{"bad", "good"} {
		both[i] = w.counter("__name__", rules.MetricEvents, "slo", o.ID.String(), "sli", o.SLI(),
			"result", result, "job", "headroom", "instance", instance)
		both[i].Add(epoch.Add(-time.Hour), before)
	}
	return both[0], both[1]
}

// counted returns the events that all tiles hold.
func (w *world) counted() (bad, total float64) {
	w.t.Helper()
	return w.query(`sum(sum_over_time(slo:bad:tile[2h]))`), w.query(`sum(sum_over_time(slo:total:tile[2h]))`)
}

func (w *world) wantCounted(what string, bad, total float64) {
	w.t.Helper()
	if b, all := w.counted(); b != bad || all != total {
		w.t.Errorf("%s: tiles hold %v bad of %v, want %v of %v", what, b, all, bad, total)
	}
}

// TestEverySingleRunCountsOnce moves the scrapes against the evaluations in
// steps of a second, one objective for each, and lets single runs fail around
// the borders of tiles.
func TestEverySingleRunCountsOnce(t *testing.T) {
	const scrape, apart = 15, 6 * time.Minute
	moments := []time.Duration{-31 * time.Second, -6 * time.Second, -time.Second, -time.Millisecond, 0, time.Millisecond, time.Second, 8 * time.Second}
	for _, d := range rules.Dialects() {
		w := newWorld(t, time.Second)
		var objectives []*slo.Objective
		for phase := range scrape {
			o := runs()
			o.ID.Objective = fmt.Sprintf("phase-%d", phase)
			objectives = append(objectives, o)
			bad, _ := w.replica(o, "a", 7)
			for i, moment := range moments {
				bad.Add(after(apart*time.Duration(i+1)+moment), 1)
			}
		}
		w.load(d, objectives...)
		for i, moment := range moments {
			w.runInPhases(apart*time.Duration(i+1)+apart/2, scrape)
			for phase, o := range objectives {
				for metric, want := range map[string]float64{"sum_over_time(slo:bad:tile": 1, "sum_over_time(slo:total:tile": 1, "max_over_time(slo:bad:short": 1} {
					if got := w.query(fmt.Sprintf("%s{slo=%q}[%ds])", metric, o.ID, int(apart.Seconds()))); got != want {
						t.Errorf("%s, scrapes %d s after the minute, run %s after the tile: %s is %v, want %v", d, phase, moment, metric, got, want)
					}
				}
			}
		}
	}
}

// runInPhases is run with every pair of counters scraped at a second of its
// own.
func (w *world) runInPhases(until time.Duration, scrape int) {
	w.t.Helper()
	feed := func(at time.Time) error {
		for ; !w.next.After(at); w.next = w.next.Add(time.Second) {
			phase := int(w.next.Unix() % int64(scrape))
			var samples []engine.LabSample
			for _, target := range w.targets[2*phase : 2*phase+2] {
				v, _ := target.read(w.next)
				samples = append(samples, engine.LabSample{Series: target.series, V: v})
			}
			if err := w.lab.AppendAt(w.next, samples...); err != nil {
				return err
			}
		}
		return nil
	}
	if err := w.lab.Run(w.t.Context(), w.now, after(until), engine.RunOptions{Before: feed}); err != nil {
		w.t.Fatal(err)
	}
	w.now = after(until)
}

func TestRunsCountInTheirTile(t *testing.T) {
	w, o := newWorld(t, 15*time.Second), runs()
	w.load(rules.Embedded, o)
	bad, good := w.replica(o, "a", 0)
	for i := range 60 {
		at := after(time.Duration(i)*time.Minute + 30*time.Second)
		good.Add(at, 3)
		if i%4 == 0 {
			bad.Add(at, 1)
		}
	}
	w.run(time.Hour+time.Minute, nil)
	// The first tile has nothing to compare with before the first sample.
	w.wantCounted("an hour", 15, 60*3+15)
	approx(t, "error ratio of the period", w.query(`slo:error:ratio_period`), 15.0/195, 1e-9)
	approx(t, "events of the newest tile but one", w.query(`slo:total:tile offset 1m`), 3, 0)
	w.finite()
}

func TestRunsAreCaughtUpAfterMissedEvaluations(t *testing.T) {
	for _, missed := range []int{1, 5} {
		for _, d := range rules.Dialects() {
			w, o := newWorld(t, 15*time.Second), runs()
			w.load(d, o)
			bad, good := w.replica(o, "a", 0)
			for i := range 40 {
				bad.Add(after(time.Duration(i)*time.Minute+20*time.Second), 1)
				good.Add(after(time.Duration(i)*time.Minute+40*time.Second), 2)
			}
			from, to := after(20*time.Minute), after(time.Duration(20+missed)*time.Minute)
			w.run(41*time.Minute, func(group string, at time.Time) bool { return !at.Before(from) && at.Before(to) })
			w.wantCounted(fmt.Sprintf("%s, %d missed", d, missed), 40, 120)
		}
	}
}

// TestRunsSurviveARestart stops headroom for a while. What happens in the
// meantime is told to it at once when it is back, so its counters begin where
// they were, and one higher.
func TestRunsSurviveARestart(t *testing.T) {
	for _, down := range []time.Duration{20 * time.Second, 90 * time.Second, 7 * time.Minute} {
		w, o := newWorld(t, 15*time.Second), runs()
		w.load(rules.Embedded, o)
		died, back := 20*time.Minute+10*time.Second, 20*time.Minute+10*time.Second+down
		bad, _ := w.replica(o, "a", 5)
		w.absent(died, back)
		bad.Add(after(10*time.Minute), 1)
		bad.Add(after(back+time.Second), 1)
		bad.Add(after(back+4*time.Minute), 1)
		w.run(50*time.Minute, nil)
		w.wantCounted("down for "+down.String(), 3, 3)
	}
}

// absent lets no target answer in [from, to); its counters go on.
func (w *world) absent(from, to time.Duration) {
	for _, target := range w.targets {
		read := target.read
		target.read = func(at time.Time) (float64, bool) {
			if v, ok := read(at); ok && (at.Before(after(from)) || !at.Before(after(to))) {
				return v, true
			}
			return 0, false
		}
	}
}

// TestReplicasCountOnce shows the same counters twice, one of them late.
func TestReplicasCountOnce(t *testing.T) {
	w, o := newWorld(t, 15*time.Second), runs()
	w.load(rules.Embedded, o)
	badA, goodA := w.replica(o, "a", 0)
	badB, goodB := w.replica(o, "b", 0)
	for i := range 30 {
		at := after(time.Duration(i)*time.Minute + 5*time.Second)
		badA.Add(at, 1)
		badB.Add(at.Add(20*time.Second), 1)
		goodB.Add(at, 1)
		goodA.Add(at.Add(47*time.Second), 1)
	}
	goodA.Dies, badA.Dies = after(20*time.Minute), after(20*time.Minute)
	w.run(40*time.Minute, nil)
	w.wantCounted("two replicas", 30, 60)
}

// TestRunsCountWhenAScrapeEndsLate stores each sample a moment after the
// evaluation that its time lies before.
func TestRunsCountWhenAScrapeEndsLate(t *testing.T) {
	for _, d := range rules.Dialects() {
		w, o := newWorld(t, 15*time.Second), runs()
		w.load(d, o)
		w.next = after(-10 * time.Millisecond)
		bad, _ := w.replica(o, "a", 0)
		for i := range 100 {
			bad.Add(after(10*time.Minute+time.Duration(i)*7*time.Second), 1)
		}
		late := func(at time.Time) error { return w.feed(at.Add(-50 * time.Millisecond)) }
		if err := w.lab.Run(t.Context(), epoch, after(40*time.Minute), engine.RunOptions{Before: late}); err != nil {
			t.Fatal(err)
		}
		w.now = after(40 * time.Minute)
		w.wantCounted(string(d), 100, 100)
	}
}

// TestAYoungCounterBeginsAtItsFirstSample declares an objective whose window
// holds runs already: they are no news.
func TestAYoungCounterBeginsAtItsFirstSample(t *testing.T) {
	w, o := newWorld(t, 15*time.Second), runs()
	w.load(rules.Embedded, o)
	bad, _ := w.replica(o, "a", 500)
	w.absent(-time.Hour, 10*time.Minute+10*time.Second)
	bad.Add(after(10*time.Minute+20*time.Second), 1)
	w.run(30*time.Minute, nil)
	w.wantCounted("a young counter", 1, 1)
	if got := w.query(`absent(slo:error:ratio_period)`); !math.IsNaN(got) {
		t.Errorf("no error ratio after a run, absent is %v", got)
	}
}

const eventsUnitTest = `evaluation_interval: 1m
rule_files: [rules.yaml]
tests:
- interval: 15s
  input_series:
  - {series: 'headroom_slo_events_total{slo="shop/checkout/availability",sli="SLI",result="bad",instance="a"}', values: '3x100 4x300'}
  - {series: 'headroom_slo_events_total{slo="shop/checkout/availability",sli="SLI",result="good",instance="a"}', values: '9x100 11x300'}
  - {series: 'headroom_slo_events_total{slo="shop/checkout/availability",sli="SLI",result="bad",instance="b"}', values: '3x101 4x300'}
  - {series: 'headroom_slo_events_total{slo="shop/checkout/availability",sli="SLI",result="good",instance="b"}', values: '9x101 11x300'}
  promql_expr_test:
  - expr: 'sum_over_time(slo:bad:tile[55m])'
    eval_time: 1h
    exp_samples: [{labels: '{sli="SLI",slo="shop/checkout/availability"}', value: 1}]
  - expr: 'sum_over_time(slo:total:tile[55m])'
    eval_time: 1h
    exp_samples: [{labels: '{sli="SLI",slo="shop/checkout/availability"}', value: 3}]
`

// TestPrometheus242CountsRuns asks the promtool of Debian's Prometheus.
func TestPrometheus242CountsRuns(t *testing.T) {
	promtool := debian(t, "promtool", "prometheus")
	o := runs()
	path := writeRules(t, rules.Prometheus242, o)
	test := filepath.Join(filepath.Dir(path), "test.yaml")
	if err := os.WriteFile(test, []byte(strings.ReplaceAll(eventsUnitTest, "SLI", o.SLI())), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(promtool, "test", "rules", test).CombinedOutput(); err != nil {
		t.Errorf("promtool test rules: %v\n%s", err, out)
	}
}
