package budget_test

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"slices"

	"headroom/budget"
)

// paged is a memory store that reads single pages and keeps revisions, and can
// fail at both.
type paged struct {
	*memory

	unreadable bool
	reads      int
	revisions  []budget.Revision
}

var (
	_     budget.PageStore     = (*paged)(nil)
	_     budget.RevisionStore = (*paged)(nil)
	errIO                      = errors.New("input/output error")
)

func newPaged() *paged { return &paged{memory: newMemory()} }

func (p *paged) LoadRecords(ctx context.Context) (budget.Content, error) {
	c, err := p.Load(ctx)
	c.Pages = nil
	return c, err
}

func (p *paged) EachPage(_ context.Context, f func(budget.PageRecord) error) error {
	for key, days := range p.pages {
		for _, day := range slices.Sorted(maps.Keys(days)) {
			data := slices.Clone(days[day])
			if err := f(budget.PageRecord{Key: key, Day: day, Data: data}); err != nil {
				return err
			}
			clear(data) // it is not the caller's to keep
		}
	}
	return nil
}

func (p *paged) ReadPage(_ context.Context, k budget.Key, day int64) ([]byte, error) {
	p.reads++
	if p.unreadable {
		return nil, errIO
	}
	return bytes.Clone(p.pages[k][day]), nil
}

func (p *paged) Commit(ctx context.Context, b budget.Batch) error {
	if err := p.memory.Commit(ctx, b); err != nil {
		return err
	}
	step := budget.RevisionStep.Milliseconds()
	for _, r := range b.Revisions {
		same := func(o budget.Revision) bool {
			return o.Key == r.Key && o.Day == r.Day && (o.At-1)/step == (r.At-1)/step
		}
		if !slices.ContainsFunc(p.revisions, same) {
			p.revisions = append(p.revisions, r)
		}
	}
	for i := range p.revisions {
		for _, move := range b.Inherited {
			if p.revisions[i].Key == move.From {
				p.revisions[i].Key = move.To
			}
		}
	}
	return nil
}

func (p *paged) EachRevision(_ context.Context, keys []budget.Key, after int64, f func(budget.Revision) error) error {
	type name struct {
		key budget.Key
		day int64
	}
	first := map[name]budget.Revision{}
	for _, r := range p.revisions {
		n := name{r.Key, r.Day}
		if known, found := first[n]; r.At > after && slices.Contains(keys, r.Key) && (!found || r.At < known.At) {
			first[n] = r
		}
	}
	for _, r := range first {
		if err := f(r); err != nil {
			return err
		}
	}
	return nil
}
