package events

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"headroom/slo"
	"headroom/slo/event"
)

// pageSize is how many stored events are judged in one transaction.
const pageSize = 500

// SetObjectives declares the objectives that events are counted for from now
// on; those of other indicators are left out. Their counters are there, good
// and bad, when it returns. A new indicator judges the stored events of its
// window, and its counters begin at their number. One that was declared before
// carries on where it stood, also after a restart. When the store refuses, what
// was not finished is carried on with by the next call.
func (r *Recorder) SetObjectives(ctx context.Context, objectives []*slo.Objective) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.declare(ctx, objectives); err != nil {
		return fmt.Errorf("declare objectives of platform events: %w", err)
	}
	return nil
}

func (r *Recorder) declare(ctx context.Context, objectives []*slo.Objective) error {
	stored, err := r.o.Store.Counters(ctx)
	if err != nil {
		return err
	}
	next := r.next(objectives, stored)
	if err := r.judgePending(ctx, next); err != nil {
		return err
	}
	now := r.o.Clock()
	for _, t := range next {
		since := now.Add(-t.objective.Window.Rolling - t.objective.Resolution)
		if !t.counter.Active || since.Before(t.counter.Since) {
			if err := r.catchUp(ctx, t, since); err != nil {
				return err
			}
		}
	}
	if err := r.retire(ctx, next, stored); err != nil {
		return err
	}
	for _, t := range next {
		t.show()
	}
	r.objectives, r.tracked, r.declared = objectives, next, true
	r.noteUnjudged()
	return nil
}

// next returns what is tracked from now on, with what is known of it. Specs are
// checked when they are loaded: an indicator that does not compile is one that
// another version accepted, and must not hold up the others.
func (r *Recorder) next(objectives []*slo.Objective, stored []Counter) []*tracked {
	var next []*tracked
	for _, o := range objectives {
		in, ok := o.Indicator.(slo.Events)
		if !ok {
			continue
		}
		target := targetOf(o)
		t := &tracked{objective: o, target: target, set: r.o.Set, dirty: map[int64]bool{}, counter: Counter{Target: target}}
		if i := slices.IndexFunc(stored, func(c Counter) bool { return c.Target == target }); i >= 0 {
			t.counter = stored[i]
		}
		if old := r.find(target); old != nil {
			t.unjudged, t.lastError = old.unjudged, old.lastError
		}
		if old := r.find(target); old != nil && old.objective.SpecHash() == o.SpecHash() {
			t.fed, t.dirty, t.classifier = old.fed, old.dirty, old.classifier
		}
		if t.classifier == nil {
			var err error
			if t.classifier, err = event.NewClassifier(in); err != nil {
				r.o.Logger.Error("an objective of platform events is not counted", "slo", o.ID, "error", err)
				continue
			}
		}
		next = append(next, t)
	}
	slices.SortFunc(next, func(a, b *tracked) int {
		return cmp.Or(a.target.SLO.Compare(b.target.SLO), cmp.Compare(a.target.SLI, b.target.SLI))
	})
	return next
}

func (r *Recorder) find(target Target) *tracked {
	for _, t := range r.tracked {
		if t.target == target {
			return t
		}
	}
	return nil
}

// judgePending judges what was recorded before any objective was declared, for
// those that were declared before a restart. New ones judge their whole window.
func (r *Recorder) judgePending(ctx context.Context, next []*tracked) error {
	return r.pages(ctx, Scan{Pending: true}, func(c *change, s *Stored) {
		for _, t := range next {
			if t.counter.Active {
				c.judge(t, s, event.Event{}, true)
			}
		}
		s.Pending = false
	})
}

// catchUp judges the stored events since a time. The counters of a target that
// is not new stay: what it has not judged before ended before its window began.
func (r *Recorder) catchUp(ctx context.Context, t *tracked, since time.Time) error {
	fresh := !t.counter.Active
	err := r.pages(ctx, Scan{Since: since}, func(c *change, s *Stored) {
		c.judge(t, s, s.Event, fresh)
	})
	if err != nil {
		return err
	}
	t.fed = 0
	t.counter.Active, t.counter.Since = true, since.UTC().Truncate(time.Millisecond)
	return r.o.Store.Commit(ctx, Batch{Counters: []Counter{t.counter}})
}

// pages judges stored events page by page, each page in one transaction.
func (r *Recorder) pages(ctx context.Context, scan Scan, judge func(*change, *Stored)) error {
	scan.Limit = pageSize
	for {
		list, after, err := r.o.Store.Scan(ctx, scan)
		if err != nil || len(list) == 0 {
			return err
		}
		c := &change{r: r, known: make(map[event.Key]*Stored, len(list)), counts: map[*tracked]*counted{}}
		for i := range list {
			s := &list[i]
			pending, outcomes := s.Pending, slices.Clone(s.Outcomes)
			judge(c, s)
			if s.Pending != pending || !slices.Equal(s.Outcomes, outcomes) {
				c.known[s.Event.Key()] = s
				c.changed = append(c.changed, s.Event.Key())
			}
		}
		if err := c.commit(ctx); err != nil {
			return err
		}
		scan.After = after
	}
}

// retire notes which targets are no longer declared and hides their counters.
func (r *Recorder) retire(ctx context.Context, next []*tracked, stored []Counter) error {
	wanted := make(map[Target]bool, len(next))
	for _, t := range next {
		wanted[t.target] = true
	}
	var b Batch
	for _, c := range stored {
		if c.Active && !wanted[c.Target] {
			c.Active = false
			b.Counters = append(b.Counters, c)
		}
	}
	if len(b.Counters) > 0 {
		if err := r.o.Store.Commit(ctx, b); err != nil {
			return err
		}
	}
	for _, t := range r.tracked {
		if !wanted[t.target] {
			t.hide()
		}
	}
	return nil
}
