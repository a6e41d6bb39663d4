package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/prometheus/rules"
)

// chunksEvery is after how many evaluation times full chunks are moved out of
// the list of open ones, whose length queries pay for. Prometheus does it every
// minute of wall-clock time, which a Lab outruns.
const chunksEvery = 500

// RunOptions are the hooks of a run. All may be left out.
type RunOptions struct {
	// Before is called before each distinct evaluation time, so that the
	// samples up to it can be appended. Its error ends the run.
	Before func(at time.Time) error
	// Skip reports whether a group misses its evaluation at this time.
	Skip func(group string, at time.Time) bool
	// HashPhase evaluates each group at the phase that Prometheus derives from
	// its file and name, instead of at whole multiples of its interval.
	HashPhase bool
}

// Run moves time from from to to: it evaluates every group at each of its times
// t with from < t <= to, groups of the same time in the order of the file. So
// runs that follow one another evaluate nothing twice. A rule whose evaluation
// goes wrong, whose samples are refused or whose template does not expand ends
// the run with an error.
func (l *Lab) Run(ctx context.Context, from, to time.Time, o RunOptions) error {
	for _, g := range l.groups {
		g.next = firstAfter(g.Group, from, o.HashPhase)
	}
	for step := 1; ; step++ {
		at, ok := l.earliest()
		if !ok || at.After(to) {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("run lab at %s: %w", at.Format(time.RFC3339Nano), err)
		}
		if o.Before != nil {
			if err := o.Before(at); err != nil {
				return fmt.Errorf("run lab at %s: %w", at.Format(time.RFC3339Nano), err)
			}
		}
		if err := l.evaluate(ctx, at, o.Skip); err != nil {
			return err
		}
		if step%chunksEvery == 0 {
			l.db.ForceHeadMMap()
		}
	}
}

// firstAfter returns the group's first evaluation time after a time.
func firstAfter(g *rules.Group, from time.Time, hashPhase bool) time.Time {
	if hashPhase {
		return g.EvalTimestamp(from.UnixNano()).Add(g.Interval())
	}
	nanos := from.UnixNano()
	return time.Unix(0, nanos-nanos%int64(g.Interval())).UTC().Add(g.Interval())
}

func (l *Lab) earliest() (time.Time, bool) {
	if len(l.groups) == 0 {
		return time.Time{}, false
	}
	at := l.groups[0].next
	for _, g := range l.groups[1:] {
		if g.next.Before(at) {
			at = g.next
		}
	}
	return at, true
}

func (l *Lab) evaluate(ctx context.Context, at time.Time, skip func(string, time.Time) bool) error {
	for _, g := range l.removed {
		g.Eval(ctx, at)
	}
	l.removed = nil
	for _, g := range l.groups {
		if !g.next.Equal(at) {
			continue
		}
		g.next = g.next.Add(g.Interval())
		if skip != nil && skip(g.Name(), at) {
			continue
		}
		g.Eval(withGroup(ctx, g.Name()), at)
		if err := l.check(g.Group, at); err != nil {
			return err
		}
	}
	return nil
}

// check looks at every rule of a group that was just evaluated.
func (l *Lab) check(g *rules.Group, at time.Time) error {
	for _, r := range g.Rules() {
		if err := r.LastError(); err != nil {
			return fmt.Errorf("evaluate rule %s of group %s at %s: %w", r.Name(), g.Name(), at.Format(time.RFC3339Nano), err)
		}
		if alert, ok := r.(*rules.AlertingRule); ok {
			if err := l.observe(g.Name(), alert, at); err != nil {
				return err
			}
		}
	}
	return nil
}
