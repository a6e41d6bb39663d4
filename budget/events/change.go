package events

import (
	"context"
	"reflect"
	"slices"
	"time"

	"headroom/slo/event"
)

// change is one transaction: it is written to the store first and shown by the
// counters when the store has acknowledged it.
type change struct {
	r       *Recorder
	known   map[event.Key]*Stored
	changed []event.Key
	counts  map[*tracked]*counted
}

// counted is what a transaction adds to a target.
type counted struct {
	good, bad uint64
	unjudged  uint64
	dirty     []int64 // ends of runs whose slice changed, Unix milliseconds
}

func (r *Recorder) begin(ctx context.Context, reports []event.Event) (*change, error) {
	keys := make([]event.Key, 0, len(reports))
	for _, e := range reports {
		if k := e.Key(); !slices.Contains(keys, k) {
			keys = append(keys, k)
		}
	}
	found, err := r.o.Store.Find(ctx, keys)
	if err != nil {
		return nil, err
	}
	c := &change{r: r, known: make(map[event.Key]*Stored, len(found)), counts: map[*tracked]*counted{}}
	for k, s := range found {
		c.known[k] = &s
	}
	return c, nil
}

// take merges a report in.
func (c *change) take(report event.Event, now time.Time) {
	k := report.Key()
	s := c.known[k]
	var before event.Event
	if s == nil {
		s = &Stored{Event: report}
		c.known[k] = s
	} else {
		before = s.Event
		s.Event = event.Merge(before, report)
		if reflect.DeepEqual(before, s.Event) {
			return
		}
	}
	if !slices.Contains(c.changed, k) {
		c.changed = append(c.changed, k)
	}
	s.At = now.UTC().Truncate(time.Millisecond)
	if s.Event.Settled() {
		s.At = s.Event.Finished
		c.settle(s, before)
	}
}

// settle judges a settled event anew for every target.
func (c *change) settle(s *Stored, before event.Event) {
	first := !before.Settled()
	if !c.r.declared {
		s.Pending = s.Pending || first
		return
	}
	for _, t := range c.r.tracked {
		c.judge(t, s, before, first || s.Pending)
	}
	s.Pending = false
}

// judge lets one target judge a settled event; the first time it counts.
func (c *change) judge(t *tracked, s *Stored, before event.Event, first bool) {
	result, judged := t.classify(s.Event, c.r.o.Logger)
	if first && !judged {
		c.count(t).unjudged++
	}
	i := slices.IndexFunc(s.Outcomes, func(o Outcome) bool { return o.Target == t.target })
	if i < 0 {
		if result == event.Ignored {
			return
		}
		s.Outcomes = append(s.Outcomes, Outcome{Target: t.target})
		i = len(s.Outcomes) - 1
	}
	o := &s.Outcomes[i]
	n := c.count(t)
	if o.Now != event.Ignored && before.Settled() {
		n.dirty = append(n.dirty, before.Finished.UnixMilli())
	}
	if result != event.Ignored {
		n.dirty = append(n.dirty, s.Event.Finished.UnixMilli())
	}
	o.Now = result
	if !first || o.First != event.Ignored {
		return
	}
	o.First = result
	switch result {
	case event.Good:
		n.good++
	case event.Bad:
		n.bad++
	default: // it does not count
	}
}

func (c *change) count(t *tracked) *counted {
	if c.counts[t] == nil {
		c.counts[t] = &counted{}
	}
	return c.counts[t]
}

// commit writes the change and shows it.
func (c *change) commit(ctx context.Context) error {
	var b Batch
	for _, k := range c.changed {
		b.Events = append(b.Events, *c.known[k])
	}
	for t, n := range c.counts {
		if n.good+n.bad > 0 {
			b.Counters = append(b.Counters, t.after(n))
		}
	}
	if len(b.Events)+len(b.Counters) > 0 {
		if err := c.r.o.Store.Commit(ctx, b); err != nil {
			return err
		}
		for t, n := range c.counts {
			t.apply(n)
		}
	}
	for t, n := range c.counts {
		t.miss(n)
	}
	return nil
}
