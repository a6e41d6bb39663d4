package trial

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	"headroom/internal/engine"
	"headroom/rules"
	"headroom/slo"
	"headroom/slo/slotest"
)

// Start is the time at which every test begins: a Monday, at midnight UTC.
func Start() time.Time { return time.Date(2026, time.January, 5, 0, 0, 0, 0, time.UTC) }

// trial is one case on its way.
type trial struct {
	c     *slotest.Case
	lab   *engine.Lab
	books *books
	feeds []*feed

	warm warmup
	now  time.Duration // up to which the rules ran
}

// Run runs one case. Its error says that the case could not be run, because the
// context ended or a rule could not be evaluated; a case that fails is no
// error.
func Run(ctx context.Context, c *slotest.Case) (Outcome, error) {
	began := time.Now()
	outcome, err := run(ctx, c)
	if err != nil {
		return Outcome{}, fmt.Errorf("run the case %q: %w", c.Name, err)
	}
	outcome.Elapsed = time.Since(began)
	return outcome, nil
}

func run(ctx context.Context, c *slotest.Case) (outcome Outcome, err error) {
	dir, err := os.MkdirTemp("", "headroom-test-")
	if err != nil {
		return Outcome{}, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // a directory of temporary files
	lab, err := engine.NewLab(dir)
	if err != nil {
		return Outcome{}, err
	}
	defer func() {
		if closeErr := lab.Close(); err == nil {
			err = closeErr
		}
	}()
	t := &trial{c: c, lab: lab}
	if err := t.prepare(ctx); err != nil {
		return Outcome{}, err
	}
	outcome = Outcome{Case: c}
	for _, at := range moments(c) {
		if err := t.advance(ctx, at); err != nil {
			return Outcome{}, err
		}
		if err := t.measure(ctx, at, &outcome); err != nil {
			return Outcome{}, err
		}
	}
	outcome.Alerts = t.alerts()
	outcome.judge()
	return outcome, nil
}

// prepare compiles the rules, and writes the history.
func (t *trial) prepare(ctx context.Context) error {
	groups, err := compile(t.c.Objective)
	if err != nil {
		return err
	}
	var file bytes.Buffer
	if err := rules.Write(&file, slices.Values(groups)); err != nil {
		return err
	}
	if err := t.lab.Load(file.Bytes()); err != nil {
		return err
	}
	if t.warm, err = newWarmup(groups); err != nil {
		return err
	}
	if t.books, err = newBooks(ctx, t.lab, t.c); err != nil {
		return err
	}
	if err := t.writeHistory(groups); err != nil {
		return err
	}
	t.now = -min(t.c.Before, longest(t.warm.groups))
	t.feeds, err = t.newFeeds(max(-t.c.Before, -t.warm.raw))
	return err
}

func longest(spans map[string]time.Duration) time.Duration {
	var most time.Duration
	for _, d := range spans {
		most = max(most, d)
	}
	return most
}

// advance runs the rules up to a time.
func (t *trial) advance(ctx context.Context, to time.Duration) error {
	options := engine.RunOptions{
		Before: func(at time.Time) error {
			for _, f := range t.feeds {
				if err := f.upTo(t.lab, at.Sub(Start())); err != nil {
					return err
				}
			}
			return nil
		},
		Skip: func(group string, at time.Time) bool { return at.Sub(Start()) <= -t.warm.groups[group] },
	}
	if to <= t.now {
		return nil
	}
	err := t.lab.Run(ctx, Start().Add(t.now), Start().Add(to), options)
	t.now = to
	return err
}

// moments lists the times at which something is expected of the budget, and the
// end of the case.
func moments(c *slotest.Case) []time.Duration {
	list := []time.Duration{c.Length}
	for i := range c.Expect {
		if c.Expect[i].Alert == "" {
			list = append(list, c.Expect[i].At)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func compile(o *slo.Objective) ([]rules.Group, error) {
	all, err := rules.All([]*slo.Objective{o}, rules.Embedded, rules.Options{})
	if err != nil {
		return nil, err
	}
	return slices.Collect(all), nil
}

// roundUp returns the first multiple of a step that is not before a time.
func roundUp(d, step time.Duration) time.Duration {
	rest := d % step
	if rest > 0 {
		rest -= step
	}
	return d - rest
}
