package events

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"headroom/budget"
	"headroom/slo"
)

const (
	// Lapse is the longest time between two ticks in which headroom is taken
	// to have run, a restart included. Tick at least every third of it.
	Lapse = time.Minute

	defaultKeep = 90 * 24 * time.Hour
	spareTime   = 7 * 24 * time.Hour // for which events outlive the longest window
	pruneEvery  = time.Hour
)

// retention is how long events are kept.
func (r *Recorder) retention() time.Duration {
	if !r.declared {
		return max(slo.MaxWindow+spareTime, r.o.Keep)
	}
	keep := cmp.Or(r.o.Keep, defaultKeep)
	for _, t := range r.tracked {
		keep = max(keep, t.objective.Window.Rolling+spareTime)
	}
	return keep
}

// Tick notes that headroom runs, and brings the ledger up to date: slices that
// are over, and earlier ones that late or corrected reports changed. A slice
// without events counts as measured when headroom ran for all of it. An error
// leaves what was not done for the next tick.
func (r *Recorder) Tick(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.o.Clock().UTC().Truncate(time.Millisecond)
	if err := r.beat(ctx, now); err != nil {
		return err
	}
	if err := r.prune(ctx, now); err != nil {
		return err
	}
	if r.o.Ledger == nil {
		return nil
	}
	lives, err := r.o.Store.Lives(ctx)
	if err != nil {
		return err
	}
	lives = join(lives)
	var errs []error
	for _, t := range r.tracked {
		if err := r.mend(ctx, t, lives, now); err != nil {
			errs = append(errs, fmt.Errorf("count corrupt pages of %s again: %w", t.target.SLO, err))
		}
		if err := r.feed(ctx, t, lives, now); err != nil {
			errs = append(errs, fmt.Errorf("bring the ledger of %s up to date: %w", t.target.SLO, err))
		}
	}
	return errors.Join(errs...)
}

// beat extends the present life, or begins one after a lapse.
func (r *Recorder) beat(ctx context.Context, now time.Time) error {
	l := r.life
	if l.From.IsZero() {
		lives, err := r.o.Store.Lives(ctx)
		if err != nil {
			return err
		}
		for _, earlier := range lives {
			if !earlier.From.After(now) { // those that do are of a clock that was ahead
				l = earlier
			}
		}
	}
	if l.From.IsZero() || now.Sub(l.To) > Lapse || now.Before(l.From) {
		l = Life{From: now, To: now}
	}
	if now.After(l.To) {
		l.To = now
	}
	if err := r.o.Store.SaveLife(ctx, l); err != nil {
		return err
	}
	r.life = l
	return nil
}

func (r *Recorder) prune(ctx context.Context, now time.Time) error {
	if now.Before(r.pruned) {
		r.pruned = time.Time{}
	}
	// A clock that has jumped ahead begins a new life: it may jump back.
	if !r.declared || now.Sub(r.pruned) < pruneEvery || now.Sub(r.life.From) < pruneEvery {
		return nil
	}
	before := now.Add(-r.retention())
	n, err := r.o.Store.Prune(ctx, before)
	if err != nil {
		return err
	}
	if n > 0 {
		r.o.Logger.Info("forgot old events", "events", n, "before", before)
	}
	if r.life.From.Before(before) {
		r.life.From = before
	}
	r.pruned = now
	return nil
}

// join makes one of lives that overlap or touch, which a clock that was set
// back leaves behind.
func join(lives []Life) []Life {
	var joined []Life
	for _, l := range lives {
		if n := len(joined); n > 0 && !l.From.After(joined[n-1].To) {
			if l.To.After(joined[n-1].To) {
				joined[n-1].To = l.To
			}
			continue
		}
		joined = append(joined, l)
	}
	return joined
}

// feed writes the slices that are over and those that changed.
func (r *Recorder) feed(ctx context.Context, t *tracked, lives []Life, now time.Time) error {
	step := t.objective.Resolution.Milliseconds()
	to := now.UnixMilli() / step * step
	oldest := (now.UnixMilli() - t.objective.Window.Rolling.Milliseconds()) / step * step
	if t.fed > to { // the clock was set back
		t.fed = 0
	}
	from := max(t.fed, oldest)
	if len(t.dirty) > 0 {
		first := slices.Min(slices.Collect(maps.Keys(t.dirty)))
		from = max(min(from, (first-1)/step*step), oldest)
	}
	if from >= to {
		return nil
	}
	key := budget.Key{SLO: t.target.SLO, SLI: t.target.SLI}
	list, since, err := r.count(ctx, t, lives, from, to)
	if err != nil {
		return err
	}
	if _, err := r.o.Ledger.Revise(ctx, key, time.UnixMilli(since), list...); err != nil {
		return err
	}
	t.fed = max(t.fed, to)
	clear(t.dirty)
	return nil
}

// count makes the slices of (from, to] from the store of events.
func (r *Recorder) count(ctx context.Context, t *tracked, lives []Life, from, to int64) ([]budget.Slice, int64, error) {
	tallies, err := r.o.Store.Tally(ctx, t.target, time.UnixMilli(from), time.UnixMilli(to), t.objective.Resolution)
	if err != nil {
		return nil, 0, err
	}
	list, since := t.slices(tallies, lives, from, to)
	return list, since, nil
}

// mend counts the time of corrupt pages again.
func (r *Recorder) mend(ctx context.Context, t *tracked, lives []Life, now time.Time) error {
	key := budget.Key{SLO: t.target.SLO, SLI: t.target.SLI}
	step := t.objective.Resolution.Milliseconds()
	return r.o.Ledger.Mend(ctx, key, func(from, to time.Time) ([]budget.Slice, error) {
		end := min(to.UnixMilli(), now.UnixMilli()) / step * step
		list, _, err := r.count(ctx, t, lives, from.UnixMilli()/step*step, end)
		return list, err
	})
}

// slices makes the slices of (from, to]: those with events, those in which
// headroom ran throughout, and those whose events were taken back. The objective
// lives since the first slice in which headroom ran throughout, or the one that
// comes: an earlier event says nothing about what else happened then.
func (t *tracked) slices(tallies []Tally, lives []Life, from, to int64) (list []budget.Slice, since int64) {
	step := t.objective.Resolution.Milliseconds()
	changed := make(map[int64]bool, len(t.dirty))
	for at := range t.dirty {
		changed[((at-1)/step+1)*step] = true
	}
	list = make([]budget.Slice, 0, (to-from)/step)
	since = to
	if n := len(lives); n > 0 {
		since = max(since, (lives[n-1].From.UnixMilli()+step-1)/step*step)
	}
	for start := from; start < to; start += step {
		end := start + step
		sl := budget.Slice{Start: start, End: end, Source: budget.SourceEvent}
		counted := len(tallies) > 0 && tallies[0].End.UnixMilli() == end
		if counted {
			sl.Bad = budget.CountOf(float64(tallies[0].Bad))
			sl.Total = budget.CountOf(float64(tallies[0].Bad + tallies[0].Good))
			tallies = tallies[1:]
		}
		for len(lives) > 0 && lives[0].To.UnixMilli() < end {
			lives = lives[1:]
		}
		lived := len(lives) > 0 && lives[0].From.UnixMilli() <= start
		if lived {
			since = min(since, start)
		}
		if counted || changed[end] || lived {
			list = append(list, sl)
		}
	}
	return list, since
}
