package engine

import (
	"context"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"

	"headroom/budget"
)

// Store appends samples as a scrape would, so that tests decide their times.
func (e *Engine) Store(series ...budget.Series) error {
	app := e.db.AppenderV2(context.Background())
	for _, s := range series {
		for _, p := range s.Points {
			if _, err := app.Append(0, labels.FromMap(s.Labels), 0, p.T, p.V, nil, nil, storage.AOptions{}); err != nil {
				return rollback(app, err)
			}
		}
	}
	return app.Commit()
}
