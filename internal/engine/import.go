package engine

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"

	"headroom/budget"
)

// Import writes samples into the storage of a data directory that no Engine
// has open, so that an Engine starts with a history: from another system, or
// for a demonstration. Labels include __name__. The samples must be newer than
// what the storage has, and lie within an hour of one another or so: what lies
// too far back of the newest is refused with an error, and nothing is written.
func Import(ctx context.Context, dir string, series ...budget.Series) error {
	db, err := openStorage(filepath.Join(dir, "tsdb"), DefaultRetention, slog.New(slog.DiscardHandler), nil)
	if err != nil {
		return err
	}
	if err := importInto(ctx, db, series); err != nil {
		_ = db.Close() // the first error says more
		return fmt.Errorf("import into %s: %w", dir, err)
	}
	if err := db.Close(); err != nil {
		return fmt.Errorf("import into %s: %w", dir, err)
	}
	return nil
}

// imported is one sample on its way.
type imported struct {
	series int
	point  budget.Point
}

func importInto(ctx context.Context, db *tsdb.DB, series []budget.Series) error {
	var samples []imported
	names := make([]labels.Labels, len(series))
	for i, s := range series {
		names[i] = labels.FromMap(s.Labels)
		for _, p := range s.Points {
			samples = append(samples, imported{i, p})
		}
	}
	slices.SortStableFunc(samples, func(a, b imported) int { return cmp.Compare(a.point.T, b.point.T) })
	app := db.AppenderV2(ctx)
	refs := make([]storage.SeriesRef, len(series))
	for _, s := range samples {
		ref, err := app.Append(refs[s.series], names[s.series], 0, s.point.T, s.point.V, nil, nil, storage.AOptions{})
		if err != nil {
			return rollback(app, fmt.Errorf("sample of %s at %s: %w", names[s.series], time.UnixMilli(s.point.T).UTC().Format(time.RFC3339), err))
		}
		refs[s.series] = ref
	}
	return app.Commit()
}
