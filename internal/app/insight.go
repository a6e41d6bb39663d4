package app

import (
	"context"

	"headroom/budget/annotation"
	"headroom/budget/gate"
	"headroom/budget/insight"
	"headroom/budget/sqlite"
)

// decisionsRead is how many decisions of a service are looked through for holds.
const decisionsRead = 500

// newInsight joins what explains budgets. The metrics store of an
// objective is the one that is read for the ledger.
func (a *App) newInsight(db *sqlite.Store) (*insight.Insight, error) {
	return insight.New(insight.Options{
		Ledger: a.ledger, Store: a.stores.ask,
		Sources: []annotation.Source{
			db.Notes(), db.Events(), annotation.SourceFunc(a.holds), annotation.SourceFunc(a.corrections),
		},
		Now: a.Now, Logger: a.Logger,
	})
}

// holds are told by the gate's journal, with what it has not written yet.
func (a *App) holds(ctx context.Context, q annotation.Query) ([]annotation.Annotation, error) {
	if !q.Wants(annotation.Hold) {
		return nil, nil
	}
	records, err := a.gate.gate.Decisions(ctx, gate.Query{Service: q.ServiceName(), Limit: decisionsRead})
	if err != nil {
		return nil, err
	}
	return annotation.FromDecisions(records), nil
}

func (a *App) corrections(_ context.Context, q annotation.Query) ([]annotation.Annotation, error) {
	return annotation.FromCorrections(a.correct.List(), q), nil
}
