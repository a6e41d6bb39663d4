package library_test

import (
	"bytes"
	"context"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"headroom/alerting"
	"headroom/internal/engine"
	"headroom/internal/truth"
	"headroom/rules"
	"headroom/slo"
)

// The scene of every case: scrapes each 15 s, tiles of a minute, and restarts
// midway.
const (
	scrape    = 15 * time.Second
	perMinute = int(time.Minute / scrape)
	length    = 6 * time.Minute
)

var epoch = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

// scene is a Lab with the processes of a case.
type scene struct {
	t       testing.TB
	lab     *engine.Lab
	read    []reading
	byName  map[string]*truth.Counter
	metrics map[string]bool // names of what was loaded
	next    time.Time
}

type reading struct {
	series *engine.LabSeries
	value  func(at time.Time) float64
	from   time.Time
}

func newScene(t testing.TB, c *testCase) *scene {
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
	s := &scene{t: t, lab: lab, byName: map[string]*truth.Counter{}, metrics: map[string]bool{}, next: epoch}
	for _, line := range c.counters {
		for _, part := range line.series(c.bounds) {
			s.add(c, part.labels, part.rate)
		}
	}
	for _, g := range c.gauges {
		s.metrics[g.labels["__name__"]] = true
		value := func(at time.Time) float64 { return g.samples[int(at.Sub(epoch)/scrape)%perMinute] }
		s.read = append(s.read, reading{lab.Series(g.labels), value, epoch.Add(scrape)})
	}
	return s
}

// add makes events of a series happen, in the middle between two scrapes; lines about the same series add up.
func (s *scene) add(c *testCase, set map[string]string, rate float64) {
	var key strings.Builder
	for _, name := range slices.Sorted(maps.Keys(set)) {
		key.WriteString(strconv.Quote(name) + "=" + strconv.Quote(set[name]) + ",")
	}
	have, found := s.byName[key.String()]
	if !found {
		have = &truth.Counter{}
		s.byName[key.String()] = have
		s.metrics[set["__name__"]] = true
		value := func(at time.Time) float64 {
			v, _ := have.Value(at)
			return v
		}
		s.read = append(s.read, reading{s.lab.Series(set), value, epoch})
	}
	merged := truth.Counter{}
	for d := scrape / 2; d < length; d += scrape {
		at := epoch.Add(d)
		merged.Add(at, have.Count(at.Add(-1), at)+rate/float64(perMinute))
	}
	if c.restart != nil && c.restart.Matches(set[c.restart.Name]) {
		merged.Reset(epoch.Add(length / 2))
	}
	*have = merged
}

// run evaluates the rules of an objective over the whole scene.
func (s *scene) run(o *slo.Objective) {
	s.t.Helper()
	groups, err := rules.Compile(o, alerting.NewPlan(o), rules.Embedded, rules.Options{ExternalURL: "https://headroom.example/"})
	if err != nil {
		s.t.Fatal(err)
	}
	var file bytes.Buffer
	if err := rules.Write(&file, slices.Values(groups)); err != nil {
		s.t.Fatal(err)
	}
	if err := s.lab.Load(file.Bytes()); err != nil {
		s.t.Fatal(err)
	}
	if err := s.lab.Run(context.Background(), epoch, epoch.Add(length), engine.RunOptions{Before: s.feed}); err != nil {
		s.t.Fatal(err)
	}
}

// feed scrapes everything up to a time.
func (s *scene) feed(at time.Time) error {
	for ; !s.next.After(at); s.next = s.next.Add(scrape) {
		samples := make([]engine.LabSample, 0, len(s.read))
		for _, r := range s.read {
			if !s.next.Before(r.from) {
				samples = append(samples, engine.LabSample{Series: r.series, V: r.value(s.next)})
			}
		}
		if err := s.lab.AppendAt(s.next, samples...); err != nil {
			return err
		}
	}
	return nil
}

// query returns the only value of an expression at the end of the scene, NaN
// without one.
func (s *scene) query(expr string) float64 {
	s.t.Helper()
	list, err := s.lab.Instant(context.Background(), expr, epoch.Add(length))
	if err != nil {
		s.t.Fatal(err)
	}
	switch {
	case len(list) == 0:
		return math.NaN()
	case len(list) > 1 || len(list[0].Points) != 1:
		s.t.Fatalf("%s: %v, want one value", expr, list)
	}
	return list[0].Points[0].V
}

// want fails the test unless two numbers differ by at most a share of the
// wanted one.
func (s *scene) want(what string, got, want, share float64) {
	s.t.Helper()
	if !(math.Abs(got-want) <= share*want+1e-9) {
		s.t.Errorf("%s: %v, want %v", what, got, want)
	}
}
