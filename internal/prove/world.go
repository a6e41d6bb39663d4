package prove

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"headroom/alerting"
	"headroom/internal/engine"
	"headroom/rules"
	"headroom/slo"
)

// world is a scenario in the real engine.
type world struct {
	*Scenario

	dir       string
	objective *slo.Objective
	plan      alerting.Plan
	lab       *engine.Lab
	processes []*process
	scrapes   []scrape
	series    map[*source]*engine.LabSeries
	keep      map[string]time.Duration // how long an alert goes on, by its name
	ticks     map[string][]int64       // when each kind of group was evaluated
	homes     map[string]home          // of recorded series
	burns     map[string]string        // by severity: the kind of the group of its tiers
}

// newWorld loads the rules; the caller closes it.
func newWorld(s *Scenario, dir string) (*world, error) {
	o := s.Objective()
	w := &world{
		Scenario: s, dir: dir, objective: o, plan: alerting.NewPlan(o),
		series: map[*source]*engine.LabSeries{}, keep: map[string]time.Duration{}, ticks: map[string][]int64{}, homes: map[string]home{}, burns: map[string]string{},
	}
	w.processes = s.processes(o)
	w.scrapes = s.scrapes(w.processes)
	groups, err := rules.Compile(o, w.plan, s.Dialect, rules.Options{})
	if err != nil {
		return nil, err
	}
	var file bytes.Buffer
	if err := rules.Write(&file, slices.Values(groups)); err != nil {
		return nil, err
	}
	for _, g := range groups {
		for _, r := range g.Rules {
			if r.Alert != "" {
				w.keep[r.Alert] = r.KeepFiringFor
				continue
			}
			w.homes[r.Record] = home{kindOf(g.Name), g.Interval.Milliseconds()}
			for _, l := range r.Labels {
				if r.Record == rules.MetricTierBurn && l.Name == "severity" {
					w.burns[l.Value] = kindOf(g.Name)
				}
			}
		}
	}
	if w.lab, err = engine.NewLab(dir); err != nil {
		return nil, err
	}
	for _, p := range w.processes {
		for _, src := range p.sources {
			w.series[src] = w.lab.Series(src.labels)
		}
	}
	return w, w.lab.Load(file.Bytes())
}

// close frees the engine and its directory.
func (w *world) close(dir string) error { return errors.Join(w.lab.Close(), os.RemoveAll(dir)) }

// run goes on from one time to another.
func (w *world) run(ctx context.Context, from, to time.Duration) error {
	err := w.lab.Run(ctx, at(from), at(to), engine.RunOptions{HashPhase: w.HashPhase, Before: w.feed, Skip: w.skip})
	if err != nil {
		return err
	}
	return w.feed(at(to))
}

// feed appends every scrape up to a time.
func (w *world) feed(now time.Time) error {
	for len(w.scrapes) > 0 && w.scrapes[0].seen <= now.UnixMilli() {
		one := w.scrapes[0]
		w.scrapes = w.scrapes[1:]
		samples := make([]engine.LabSample, len(one.samples))
		for i, s := range one.samples {
			samples[i] = engine.LabSample{Series: w.series[s.source], V: s.value, H: s.histogram}
		}
		if err := w.lab.AppendAt(time.UnixMilli(one.at), samples...); err != nil {
			return err
		}
	}
	return nil
}

// skip says whether a group misses an evaluation, and notes those that happen.
func (w *world) skip(group string, now time.Time) bool {
	kind := kindOf(group)
	d := now.Sub(at(0))
	if slices.Contains(w.Idle, kind) {
		return true
	}
	for _, s := range w.Stalls {
		if s.holds(d) {
			return true
		}
	}
	for _, m := range w.Missed {
		if m.Group == kind && int(d/w.Resolution) == m.Step {
			return true
		}
	}
	w.ticks[kind] = append(w.ticks[kind], now.UnixMilli())
	return false
}

// kindOf is what a group of rules is called after the name of its objective.
func kindOf(group string) string { return group[strings.LastIndexByte(group, '/')+1:] }

// Run lives through a scenario and returns what is wrong, in order of time. Its
// error says that the scenario could not be run.
func Run(ctx context.Context, s *Scenario) ([]Fault, error) {
	dir, err := os.MkdirTemp("", "prove-*")
	if err != nil {
		return nil, fmt.Errorf("make a directory for the engine: %w", err)
	}
	w, err := newWorld(s, dir)
	if err != nil {
		return nil, fmt.Errorf("load the rules of a scenario: %w", errors.Join(err, os.RemoveAll(dir)))
	}
	faults, err := w.live(ctx)
	return faults, errors.Join(err, w.close(dir))
}

func (w *world) live(ctx context.Context) ([]Fault, error) {
	begin, end := w.steps(w.History), w.steps(w.Length)
	if err := w.feed(at(begin)); err != nil {
		return nil, err
	}
	var faults []Fault
	if w.Ledger == nil {
		if err := w.run(ctx, begin, end); err != nil {
			return nil, err
		}
	} else {
		list, err := w.keepBooks(ctx, w.dir, begin, end)
		if err != nil {
			return nil, err
		}
		faults = list
	}
	recorded, err := w.lab.Instant(ctx, fmt.Sprintf(`{__name__=~"slo:.+"}[%ds]`, int(end.Seconds())+1), at(end))
	if err != nil {
		return nil, err
	}
	faults = append(faults, w.compare(recorded)...)
	slices.SortStableFunc(faults, func(a, b Fault) int { return a.At.Compare(b.At) })
	return faults, nil
}
