package rules_test

import (
	"context"
	"math"
	"testing"
	"time"

	"headroom/internal/engine"
	"headroom/internal/truth"
	"headroom/rules"
	"headroom/slo"
)

// epoch is a whole multiple of every interval in use.
var epoch = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

func after(d time.Duration) time.Time { return epoch.Add(d) }

// world is a Lab with processes that are scraped into it and whose events are
// known.
type world struct {
	t       testing.TB
	lab     *engine.Lab
	scrape  time.Duration
	targets []*target
	next    time.Time // scrape
	now     time.Time
	dialect rules.Dialect // of the rules that were loaded last
}

type target struct {
	series *engine.LabSeries
	read   func(at time.Time) (float64, bool)
	alive  bool
}

func newWorld(t testing.TB, scrape time.Duration) *world {
	t.Helper()
	lab, err := engine.NewLab(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := lab.Close(); err != nil {
			t.Error(err)
		}
	})
	return &world{t: t, lab: lab, scrape: scrape, next: epoch, now: epoch}
}

// counter adds a counter that is scraped; labels are name and value in turn.
func (w *world) counter(labels ...string) *truth.Counter {
	c := &truth.Counter{Labels: map[string]string{}}
	for i := 0; i < len(labels); i += 2 {
		c.Labels[labels[i]] = labels[i+1]
	}
	w.targets = append(w.targets, &target{series: w.lab.Series(c.Labels), read: c.Value})
	return c
}

// requests adds a counter of http_requests_total of one status code.
func (w *world) requests(code string, more ...string) *truth.Counter {
	return w.counter(append([]string{"__name__", "http_requests_total", "job", "checkout", "code", code}, more...)...)
}

// gauge adds a boolean gauge whose samples are events.
func (w *world) gauge(value func(at time.Time) float64, labels ...string) truth.Indicator {
	in := truth.Indicator{Bad: []*truth.Counter{{}}, Total: []*truth.Counter{{}}}
	c := w.counter(labels...)
	w.targets[len(w.targets)-1].read = func(at time.Time) (float64, bool) {
		if _, ok := c.Value(at); !ok {
			return 0, false
		}
		v := value(at)
		in.Total[0].Add(at, 1)
		in.Bad[0].Add(at, 1-v)
		return v, true
	}
	return in
}

// flow lets events happen each scrape interval, in the middle of it, in
// (from, to].
func (w *world) flow(c *truth.Counter, from, to time.Duration, perScrape float64) {
	for d := from; d < to; d += w.scrape {
		c.Add(after(d+w.scrape/2), perScrape)
	}
}

func (w *world) load(d rules.Dialect, objectives ...*slo.Objective) {
	w.t.Helper()
	w.dialect = d
	if err := w.lab.Load(render(w.t, d, objectives...)); err != nil {
		w.t.Fatal(err)
	}
}

// run goes on until a time after epoch, where skip says which groups miss their
// evaluation.
func (w *world) run(until time.Duration, skip func(group string, at time.Time) bool) {
	w.t.Helper()
	err := w.lab.Run(context.Background(), w.now, after(until), engine.RunOptions{Before: w.feed, Skip: skip})
	if err != nil {
		w.t.Fatal(err)
	}
	w.now = after(until)
}

// runAtPhases is run at the phases that Prometheus gives groups.
func (w *world) runAtPhases(until time.Duration) {
	w.t.Helper()
	err := w.lab.Run(context.Background(), w.now, after(until), engine.RunOptions{Before: w.feed, HashPhase: true})
	if err != nil {
		w.t.Fatal(err)
	}
	w.now = after(until)
}

// feed scrapes every target up to a time.
func (w *world) feed(at time.Time) error {
	for ; !w.next.After(at); w.next = w.next.Add(w.scrape) {
		var samples []engine.LabSample
		for _, target := range w.targets {
			v, ok := target.read(w.next)
			if !ok && !target.alive {
				continue
			}
			if !ok {
				v = engine.StaleMarker()
			}
			target.alive = ok
			samples = append(samples, engine.LabSample{Series: target.series, V: v})
		}
		if err := w.lab.AppendAt(w.next, samples...); err != nil {
			return err
		}
	}
	return nil
}

// query returns the only value of an expression now, and NaN without one.
func (w *world) query(expr string) float64 {
	w.t.Helper()
	list, err := w.lab.Instant(context.Background(), expr, w.now)
	if err != nil {
		w.t.Fatal(err)
	}
	if len(list) == 0 {
		return math.NaN()
	}
	if len(list) != 1 || len(list[0].Points) != 1 {
		w.t.Fatalf("%s at %s: %v, want one value", expr, w.now, list)
	}
	return list[0].Points[0].V
}

// approx fails the test unless two numbers differ by at most a share of the
// wanted one. NaN equals NaN.
func approx(t testing.TB, what string, got, want, share float64) {
	t.Helper()
	if math.IsNaN(got) && math.IsNaN(want) {
		return
	}
	if !(math.Abs(got-want) <= share*math.Abs(want)+1e-12) {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// finite fails the test when any recorded sample is not a plain number, or a
// count is negative.
func (w *world) finite() {
	w.t.Helper()
	list, err := w.lab.Instant(context.Background(), `{__name__=~"slo:.+"}[100d]`, w.now)
	if err != nil {
		w.t.Fatal(err)
	}
	if len(list) == 0 {
		w.t.Error("nothing was recorded")
	}
	for _, s := range list {
		for _, p := range s.Points {
			name := s.Labels["__name__"]
			if math.IsNaN(p.V) || math.IsInf(p.V, 0) || p.V < 0 && name != rules.MetricRemaining {
				w.t.Errorf("%v is %v at %s", s.Labels, p.V, time.UnixMilli(p.T).UTC())
			}
		}
	}
}
