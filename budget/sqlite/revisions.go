package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"

	"headroom/budget"
)

var _ budget.RevisionStore = (*Store)(nil)

// manySeries is from how many series on all revisions are gone through, and not
// those of each series.
const manySeries = 200

const (
	pagesThen = "SELECT page_id, min(at_ms), before, reason FROM page_revisions WHERE at_ms > ?1 AND page_id >= ?2 AND page_id < ?3 GROUP BY page_id"
	sinceThen = "SELECT series_id, min(at_ms), since_ms, reason FROM since_revisions WHERE at_ms > ?1 AND series_id >= ?2 AND series_id < ?3 GROUP BY series_id"
)

// EachRevision calls f with the earliest revision after a time of every day,
// and of the begin of its life, of the given series. It does not wait for a
// Commit.
func (s *Store) EachRevision(ctx context.Context, keys []budget.Key, after int64, f func(budget.Revision) error) error {
	rows := map[int64]budget.Key{}
	s.rows.RLock()
	for _, key := range keys {
		if row, found := s.ids[key]; found {
			rows[row] = key
		}
	}
	s.rows.RUnlock()
	spans := [][2]int64{{0, 1 << 40}}
	if len(rows) < manySeries {
		spans = nil
		for _, row := range slices.Sorted(maps.Keys(rows)) {
			spans = append(spans, [2]int64{row, row + 1})
		}
	}
	for _, span := range spans {
		if err := s.revisionsOf(ctx, span, rows, after, f); err != nil {
			return fmt.Errorf("read revisions: %w", explain(err))
		}
	}
	return nil
}

// revisionsOf reads the revisions of the series with row ids in a span.
func (s *Store) revisionsOf(ctx context.Context, span [2]int64, keys map[int64]budget.Key, after int64, f func(budget.Revision) error) error {
	err := each(ctx, s.read, pagesThen, func(rows *sql.Rows) error {
		var id int64
		var r budget.Revision
		if err := rows.Scan(&id, &r.At, &r.Before, &r.Reason); err != nil {
			return err
		}
		var found bool
		if r.Key, found = keys[id/daysPerSeries]; !found {
			return nil
		}
		r.Day = id % daysPerSeries
		return f(r)
	}, after, span[0]*daysPerSeries, span[1]*daysPerSeries)
	if err != nil {
		return err
	}
	return each(ctx, s.read, sinceThen, func(rows *sql.Rows) error {
		var id int64
		r := budget.Revision{Day: budget.NoDay}
		if err := rows.Scan(&id, &r.At, &r.Since, &r.Reason); err != nil {
			return err
		}
		var found bool
		if r.Key, found = keys[id]; !found {
			return nil
		}
		return f(r)
	}, after, span[0], span[1])
}

// revisions moves the revisions of series that go on under other keys, removes
// those of removed series, and writes the new ones.
func (w *writer) revisions(b budget.Batch) error {
	for _, move := range b.Inherited {
		if err := w.inherit(move); err != nil {
			return fmt.Errorf("move the revisions of %s: %w", move.From.SLO, err)
		}
	}
	for _, key := range b.RemoveSeries {
		row := w.ids[key]
		if _, err := w.tx.ExecContext(w.ctx, "DELETE FROM page_revisions WHERE page_id >= ? AND page_id < ?", row*daysPerSeries, (row+1)*daysPerSeries); err != nil {
			return fmt.Errorf("remove revisions of %s: %w", key.SLO, err)
		}
		if _, err := w.tx.ExecContext(w.ctx, "DELETE FROM since_revisions WHERE series_id = ?", row); err != nil {
			return fmt.Errorf("remove revisions of %s: %w", key.SLO, err)
		}
	}
	if b.Forget > 0 {
		for _, table := range []string{"page_revisions", "since_revisions"} {
			if _, err := w.tx.ExecContext(w.ctx, "DELETE FROM "+table+" WHERE at_ms <= ?", b.Forget); err != nil {
				return fmt.Errorf("forget revisions: %w", err)
			}
		}
	}
	if len(b.Revisions) == 0 {
		return nil
	}
	return w.prepared("INSERT INTO page_revisions (page_id, step, at_ms, before, reason) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", func(page *sql.Stmt) error {
		return w.prepared("INSERT INTO since_revisions (series_id, step, at_ms, since_ms, reason) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", func(since *sql.Stmt) error {
			for _, r := range b.Revisions {
				if err := w.revision(page, since, r); err != nil {
					return fmt.Errorf("write revision of %s: %w", r.Key.SLO, err)
				}
			}
			return nil
		})
	})
}

func (w *writer) inherit(move budget.Inheritance) error {
	from, to := w.ids[move.From], w.row(move.To)
	if to == 0 {
		return nil // it had no slices
	}
	if _, err := w.tx.ExecContext(w.ctx, "UPDATE OR IGNORE page_revisions SET page_id = page_id + ? WHERE page_id >= ? AND page_id < ?",
		(to-from)*daysPerSeries, from*daysPerSeries, (from+1)*daysPerSeries); err != nil {
		return err
	}
	_, err := w.tx.ExecContext(w.ctx, "UPDATE OR IGNORE since_revisions SET series_id = ? WHERE series_id = ?", to, from)
	return err
}

func (w *writer) revision(page, since *sql.Stmt, r budget.Revision) error {
	row, step := w.row(r.Key), (r.At-1)/budget.RevisionStep.Milliseconds()
	if r.Day == budget.NoDay {
		_, err := since.ExecContext(w.ctx, row, step, r.At, r.Since, r.Reason)
		return err
	}
	before := r.Before
	if before == nil {
		before = []byte{}
	}
	_, err := page.ExecContext(w.ctx, row*daysPerSeries+r.Day, step, r.At, before, r.Reason)
	return err
}

// row returns the row id of a series, 0 when it has none.
func (w *writer) row(key budget.Key) int64 {
	if row, found := w.added[key]; found {
		return row
	}
	return w.ids[key]
}
