// Package why tells how a number on the screen came to be: from the declaration
// over the slices and the corrections to the arithmetic, with what to check it
// by in the metrics store.
package why

import (
	"context"
	"errors"
	"time"

	"headroom/budget"
	"headroom/budget/correction"
	"headroom/budget/gate"
	"headroom/rules"
	"headroom/slo"
)

// Options are what chains are made from.
type Options struct {
	Ledger      *budget.Ledger                    // required
	Corrections func() []correction.Correction    // in the order of their ids; nil: there are none
	Freezes     func(budget.Status) []gate.Freeze // nil: nothing is held
	Stand       func(budget.Status) []string      // says what each policy makes of a budget; nil: there are none
	Dialect     rules.Dialect                     // of the metrics store
	// Store returns the name and the dialect of the metrics store of an
	// objective; nil: it has no name and the dialect is Dialect.
	Store func(o *slo.Objective) (name string, dialect rules.Dialect)
	Now   func() time.Time // nil: time.Now
}

// Teller tells how numbers came to be. It is safe for concurrent use.
type Teller struct{ o Options }

// New makes a Teller.
func New(o Options) (*Teller, error) {
	if o.Ledger == nil {
		return nil, errors.New("why: Options.Ledger is missing")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Store == nil {
		o.Store = func(*slo.Objective) (string, rules.Dialect) { return "", o.Dialect }
	}
	if o.Freezes == nil {
		o.Freezes = func(budget.Status) []gate.Freeze { return nil }
	}
	if o.Stand == nil {
		o.Stand = func(s budget.Status) []string { return gate.Stand(&s, nil) }
	}
	return &Teller{o}, nil
}

// Query says which numbers are meant.
type Query struct {
	Group *slo.Group // nil: those of every group
	At    time.Time  // at which the window ends; zero: now
	Known time.Time  // by what was known then; zero: by what is known now
}

// ErrFuture says that a time of a Query is not over.
var ErrFuture = errors.New("the time is in the future")

// Tell tells of the groups of an objective, in order; of none when it is not
// declared. The error may be ErrFuture, budget.ErrManyGroups or
// budget.ErrNoRevisions.
func (t *Teller) Tell(ctx context.Context, o *slo.Objective, q Query) ([]Chain, error) {
	now := t.o.Now()
	if q.At.After(now) || q.Known.After(now) {
		return nil, ErrFuture
	}
	trace := budget.TraceQuery{ID: o.ID, Group: q.Group, At: q.At, Known: q.Known}
	if trace.At.IsZero() {
		trace.At, trace.Now = now, q.Known.IsZero()
	}
	known := q.Known
	if known.IsZero() {
		known = now
	}
	counted := t.counted(o, known, now, &trace)
	list, err := t.o.Ledger.Trace(ctx, trace)
	if err != nil {
		return nil, err
	}
	chains := make([]Chain, 0, len(list))
	for _, traced := range list {
		chains = append(chains, t.chain(traced, q, counted))
	}
	return chains, nil
}

// counted returns the corrections of an objective that counted at a time, and
// sets the steps of a trace: each has what it does and what those before it do.
func (t *Teller) counted(o *slo.Objective, known, now time.Time, trace *budget.TraceQuery) []correction.Correction {
	if t.o.Corrections == nil {
		return nil
	}
	trace.Steps = []budget.Corrections{}
	var counted []correction.Correction
	var all budget.Corrections
	for _, c := range t.o.Corrections() {
		if !c.CountsFor(o, known) {
			continue
		}
		one := correction.Expand([]correction.Correction{c}, []*slo.Objective{o}, known, now)[o.ID]
		all.Excluded = append(all.Excluded[:len(all.Excluded):len(all.Excluded)], one.Excluded...)
		all.Adjustments = append(all.Adjustments[:len(all.Adjustments):len(all.Adjustments)], one.Adjustments...)
		counted, trace.Steps = append(counted, c), append(trace.Steps, all)
	}
	return counted
}
