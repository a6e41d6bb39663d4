package trial

import (
	"context"
	"time"

	"headroom/budget"
	"headroom/internal/engine"
	"headroom/rules"
	"headroom/slo"
	"headroom/slo/slotest"
)

// books are the ledger of one case, as the service keeps it.
type books struct {
	c      *slotest.Case
	ledger *budget.Ledger
	reader *budget.Reader

	events *counts       // of an objective of events, which has no tiles
	upTo   time.Duration // up to which events are in the ledger
}

// newBooks opens a ledger before anything has happened.
func newBooks(ctx context.Context, lab *engine.Lab, c *slotest.Case) (*books, error) {
	ledger, err := budget.OpenLedger(ctx, budget.LedgerOptions{})
	if err != nil {
		return nil, err
	}
	begin := roundUp(-c.Before, c.Objective.Resolution) - 2*c.Objective.Resolution
	at := Start().Add(begin)
	if err := ledger.SetObjectives(ctx, []*slo.Objective{c.Objective}, at); err != nil {
		return nil, err
	}
	reader, err := budget.NewReader(budget.ReaderOptions{
		Ledger: ledger, Querier: lab, MaxTileRange: 2 * slo.MaxWindow, MaxChunk: slo.MaxWindow,
		Continuity: rules.Continuity,
		Raw:        func(o *slo.Objective, r time.Duration) (bad, total string) { return rules.Raw(o, rules.Embedded, r) },
	})
	if err != nil {
		return nil, err
	}
	b := &books{c: c, ledger: ledger, reader: reader}
	if _, ok := c.Objective.Indicator.(slo.Events); ok && len(c.Series) == 0 {
		b.events, b.upTo = newCounts(c, slo.Group{}), begin+2*c.Objective.Resolution
		b.events.until(b.upTo)
	}
	return b, reader.Tick(ctx, at)
}

// tick brings the ledger up to a time, and returns what it says then.
func (b *books) tick(ctx context.Context, at time.Duration) ([]budget.Status, error) {
	if err := b.reader.Tick(ctx, Start().Add(at)); err != nil {
		return nil, err
	}
	if err := b.takeEvents(ctx, at); err != nil {
		return nil, err
	}
	return b.ledger.Status(b.c.Objective.ID, Start().Add(at)), nil
}

// takeEvents gives the ledger the platform events of every step that is over,
// as headroom's own store does.
func (b *books) takeEvents(ctx context.Context, at time.Duration) error {
	if b.events == nil {
		return nil
	}
	step := b.c.Objective.Resolution
	var list []budget.Slice
	for end := b.upTo + step; end <= at; end += step {
		before := b.events.last
		now := b.events.until(end)
		list = append(list, budget.Slice{
			Start: Start().Add(end - step).UnixMilli(), End: Start().Add(end).UnixMilli(),
			Bad: budget.CountOf(now.Bad - before.Bad), Total: budget.CountOf(now.Total - before.Total),
			Source: budget.SourceEvent,
		})
		b.upTo = end
	}
	key := budget.Key{SLO: b.c.Objective.ID, SLI: b.c.Objective.SLI()}
	_, err := b.ledger.Revise(ctx, key, Start().Add(-b.c.Before), list...)
	return err
}

// sum adds up what the ledger has of a group in a window that ends where its
// balance does.
func (b *books) sum(g slo.Group, end time.Time, window time.Duration) budget.Sum {
	key := budget.Key{SLO: b.c.Objective.ID, SLI: b.c.Objective.SLI(), Group: g}
	return b.ledger.Sum(key, end.Add(-window), end)
}
