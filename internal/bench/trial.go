package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"headroom/budget"
	"headroom/internal/engine"
	"headroom/internal/sim"
)

const (
	// sampled is how long before the end budgets are compared with the truth.
	sampled = 5 * 24 * time.Hour
	// sampleStep is the time between two comparisons.
	sampleStep = time.Minute
	// feedAhead is how far ahead of an evaluation samples are loaded, to append
	// many at once. Queries see none after their own time.
	feedAhead = 6 * time.Hour
)

// trial is one run of the scenario through one lab.
type trial struct {
	contenders []contender
	traffic    *sim.Service
	truthSpan  time.Duration // at the end, in which remaining budgets are recorded
	costSpan   time.Duration // at the end of it, in which everything is evaluated; a multiple of the others' intervals
	slowSpan   time.Duration // at the end of it, a multiple of headroom's intervals
	peerAlerts bool          // evaluate the alerts of all contenders around the outage and in the night
	missed     func(group string, at time.Time) bool
	unscraped  func(at time.Time) bool

	lab  *engine.Lab
	dir  string
	feed *sim.Source
}

func newTrial(contenders []contender, traffic *sim.Service) (*trial, error) {
	dir, err := os.MkdirTemp("", "headroom-bench-")
	if err != nil {
		return nil, fmt.Errorf("make a directory for the series: %w", err)
	}
	lab, err := engine.NewLab(dir)
	if err != nil {
		return nil, err
	}
	return &trial{contenders: contenders, traffic: traffic, lab: lab, dir: dir, feed: traffic.Source()}, nil
}

func (t *trial) close() error {
	if err := t.lab.Close(); err != nil {
		return err
	}
	return os.RemoveAll(t.dir)
}

// run evaluates the history, then what is compared with the truth, then all,
// and returns the samples per minute of each contender's rules in the last
// stage.
func (t *trial) run(ctx context.Context, p *progress) (cost map[string]float64, err error) {
	end := t.traffic.End()
	costFrom := end.Add(-t.costSpan)
	p.say("  history of %v", t.traffic.Options().Length-t.truthSpan)
	if err := t.evaluate(ctx, historyStage, t.traffic.Start(), end.Add(-t.truthSpan)); err != nil {
		return nil, err
	}
	p.say("  budgets of the last %v", t.truthSpan)
	slowFrom := end.Add(-min(t.slowSpan, t.truthSpan))
	if err := t.watch(ctx, end.Add(-t.truthSpan), slowFrom); err != nil {
		return nil, err
	}
	early := t.lab.SamplesByRule()
	if err := t.evaluate(ctx, truthStage, slowFrom, costFrom); err != nil {
		return nil, err
	}
	if t.costSpan == 0 {
		return nil, nil
	}
	p.say("  every rule over the last %v", t.costSpan)
	before := t.lab.SamplesByRule()
	if err := t.evaluate(ctx, costStage, costFrom, end); err != nil {
		return nil, err
	}
	return t.costs(early, before), nil
}

// watch evaluates what is compared with the truth, and around the outage and the
// night incident the alerts of everybody when they are asked for.
func (t *trial) watch(ctx context.Context, from, to time.Time) error {
	if t.peerAlerts {
		outage, _, _ := t.traffic.Incident(sim.Outage)
		night, morning, _ := t.traffic.Incident(sim.Night)
		for _, span := range [][2]time.Time{{outage.Add(-15 * time.Minute), outage.Add(2 * time.Hour)}, {night.Add(-15 * time.Minute), morning.Add(time.Hour)}} {
			begin, end := span[0].Truncate(time.Hour), span[1].Truncate(time.Hour).Add(time.Hour)
			if err := t.evaluate(ctx, truthStage, from, begin); err != nil {
				return err
			}
			if err := t.evaluate(ctx, alertStage, begin, end); err != nil {
				return err
			}
			from = end
		}
	}
	return t.evaluate(ctx, truthStage, from, to)
}

// costs are the samples per minute since counts were taken: early for those who
// want everything, whose slowest groups are evaluated every few hours, and
// before for the others.
func (t *trial) costs(early, before map[engine.RuleKey]int64) map[string]float64 {
	span := map[string]time.Duration{}
	for _, c := range t.contenders {
		if c.everything {
			span[c.name] = min(t.slowSpan, t.truthSpan)
		}
	}
	cost := map[string]float64{}
	for rule, samples := range t.lab.SamplesByRule() {
		if long := span[owner(rule.Group)]; long > 0 {
			cost[owner(rule.Group)] += float64(samples-early[rule]) / long.Minutes()
		} else {
			cost[owner(rule.Group)] += float64(samples-before[rule]) / t.costSpan.Minutes()
		}
	}
	return cost
}

func (t *trial) evaluate(ctx context.Context, s stage, from, to time.Time) error {
	file, err := ruleFile(t.contenders, s)
	if err != nil {
		return err
	}
	if err := t.lab.Load(file); err != nil {
		return err
	}
	return t.lab.Run(ctx, from, to, engine.RunOptions{Before: t.before, Skip: t.skip(s), HashPhase: true})
}

// before loads the samples up to an evaluation time, and some after it.
func (t *trial) before(at time.Time) error {
	if t.feed.Fed().Before(at) {
		return t.feed.Feed(sink{t}, at.Add(feedAhead))
	}
	return nil
}

// skip joins what the trial wants to be missed with what need not be evaluated.
func (t *trial) skip(s stage) func(string, time.Time) bool {
	thin := map[string]time.Duration{}
	if s != costStage {
		for _, c := range t.contenders {
			thin[c.name] = c.thin
		}
	}
	return func(group string, at time.Time) bool {
		if every := thin[owner(group)]; every > 0 && at.Truncate(every).Add(every).Sub(at) > thinInterval {
			return true
		}
		return t.missed != nil && t.missed(group, at)
	}
}

// thinInterval is the interval of the groups whose contender is thin.
const thinInterval = 30 * time.Second

// sink appends to the lab what was scraped.
type sink struct{ *trial }

// Append implements sim.Sink.
func (s sink) Append(labels map[string]string, points ...budget.Point) error {
	if s.unscraped == nil {
		return s.lab.Append(labels, points...)
	}
	kept := make([]budget.Point, 0, len(points))
	for _, p := range points {
		if !s.unscraped(time.UnixMilli(p.T)) {
			kept = append(kept, p)
		}
	}
	return s.lab.Append(labels, kept...)
}

// measured are a contender's figures in one trial.
type measured struct {
	contender string
	mean, p99 float64 // error of the remaining budget, in percentage points
	final     float64 // error at the end
	absent    float64 // share of the times at which the tool shows nothing, 0 to 1
}

// compare asks each contender for the remaining budget at each sampled time.
func (t *trial) compare(ctx context.Context, p *progress) ([]measured, error) {
	var all []measured
	for _, c := range t.contenders {
		p.say("  error of %s", c.name)
		step := sampleStep
		if c.direct > 0 {
			step = c.direct
		}
		from := t.traffic.End().Add(-t.truthSpan)
		series, err := t.lab.Range(ctx, c.remaining, from, t.traffic.End(), step)
		if err != nil {
			return nil, fmt.Errorf("ask for the budget of %s: %w", c.name, err)
		}
		if len(series) > 1 {
			return nil, fmt.Errorf("ask for the budget of %s: %d series, want one", c.name, len(series))
		}
		var points []budget.Point
		if len(series) == 1 {
			points = series[0].Points
		}
		m := judge(points, step, from.Add(warmUp), t.traffic)
		m.contender = c.name
		all = append(all, m)
	}
	return all, nil
}

// isPage reports whether an alert is to wake somebody, in the words of any of the
// tools.
func isPage(a engine.Alert) bool {
	return a.Labels["severity"] == "page" || a.Labels["severity"] == "critical"
}

// nightPages counts how often each contender paged anew during the night
// incident, for those whose alerts were evaluated.
func (t *trial) nightPages() map[string]int {
	from, to, _ := t.traffic.Incident(sim.Night)
	pages := map[string]int{}
	for _, a := range t.lab.Alerts() {
		if isPage(a) && !a.FiredAt.Before(from) && a.FiredAt.Before(to.Add(time.Hour)) {
			pages[owner(a.Group)]++
		}
	}
	return pages
}

// outageAlerts tells how each contender's alerts followed the outage and how
// often they paged in the night, for those whose alerts were evaluated.
func (t *trial) outageAlerts() []alertRow {
	from, to, _ := t.traffic.Incident(sim.Outage)
	night := t.nightPages()
	var rows []alertRow
	for _, c := range t.contenders {
		if !c.everything && !t.peerAlerts {
			continue
		}
		row := alertRow{contender: c.name, night: night[c.name]}
		for _, a := range t.lab.Alerts() {
			if owner(a.Group) != c.name || a.FiredAt.Before(from) || a.FiredAt.After(to.Add(2*time.Hour)) {
				continue
			}
			after := a.FiredAt.Sub(from)
			switch {
			case isPage(a) && row.page == 0:
				row.page = after
				if !a.ResolvedAt.IsZero() {
					row.ended = a.ResolvedAt.Sub(to)
				}
			case !isPage(a) && row.ticket == 0:
				row.ticket = after
			}
		}
		rows = append(rows, row)
	}
	return rows
}
