package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"

	"headroom/budget"
	"headroom/slo"
)

// daysPerSeries is the factor of series.id in pages.id.
const daysPerSeries = 100_000

// ids are the row ids of the series.
type ids map[budget.Key]int64

// Load returns all that was committed, with every page in memory.
func (s *Store) Load(ctx context.Context) (budget.Content, error) {
	c, err := s.LoadRecords(ctx)
	if err != nil {
		return c, err
	}
	err = s.EachPage(ctx, func(r budget.PageRecord) error {
		r.Data = bytes.Clone(r.Data)
		c.Pages = append(c.Pages, r)
		return nil
	})
	return c, err
}

// LoadRecords returns all that was committed but the pages.
func (s *Store) LoadRecords(ctx context.Context) (budget.Content, error) {
	s.ledger.Lock()
	defer s.ledger.Unlock()
	var c budget.Content
	var err error
	if c.Tracks, err = s.loadTracks(ctx); err != nil {
		return c, fmt.Errorf("read tracks: %w", explain(err))
	}
	if c.Series, err = s.loadSeries(ctx); err != nil {
		return c, fmt.Errorf("read series: %w", explain(err))
	}
	return c, nil
}

func (s *Store) loadIDs(ctx context.Context) error {
	_, err := s.loadSeries(ctx)
	return err
}

func (s *Store) loadTracks(ctx context.Context) ([]budget.TrackRecord, error) {
	var list []budget.TrackRecord
	err := s.each(ctx, "SELECT slo, sli, first_seen_ms, history_from_ms, active, since_ms FROM tracks", func(rows *sql.Rows) error {
		var r budget.TrackRecord
		var id string
		if err := rows.Scan(&id, &r.Key.SLI, &r.FirstSeen, &r.HistoryFrom, &r.Active, &r.Since); err != nil {
			return err
		}
		var err error
		r.Key.SLO, err = slo.ParseID(id)
		list = append(list, r)
		return err
	})
	return list, err
}

func (s *Store) loadSeries(ctx context.Context) ([]budget.SeriesRecord, error) {
	var list []budget.SeriesRecord
	err := s.each(ctx, "SELECT id, slo, sli, grp, since_ms FROM series", func(rows *sql.Rows) error {
		var r budget.SeriesRecord
		var row int64
		var id, group string
		if err := rows.Scan(&row, &id, &r.Key.SLI, &group, &r.Since); err != nil {
			return err
		}
		var err error
		if r.Key.SLO, err = slo.ParseID(id); err != nil {
			return err
		}
		if r.Key.Group, err = slo.ParseGroup(group); err != nil {
			return err
		}
		s.rows.Lock()
		s.ids[r.Key] = row
		s.rows.Unlock()
		list = append(list, r)
		return nil
	})
	return list, err
}

func (s *Store) each(ctx context.Context, query string, scan func(*sql.Rows) error, args ...any) error {
	return each(ctx, s.db, query, scan, args...)
}

func each(ctx context.Context, db *sql.DB, query string, scan func(*sql.Rows) error, args ...any) (err error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Commit writes a batch in one transaction.
func (s *Store) Commit(ctx context.Context, b budget.Batch) error {
	s.ledger.Lock()
	defer s.ledger.Unlock()
	w := &writer{ctx: ctx, ids: s.ids, added: ids{}}
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		w.tx = tx
		return w.write(b)
	})
	if err != nil {
		return err
	}
	s.rows.Lock()
	defer s.rows.Unlock()
	for _, key := range b.RemoveSeries {
		delete(s.ids, key)
	}
	maps.Copy(s.ids, w.added)
	return nil
}

// writer writes one batch. Row ids that it adds count only when its
// transaction does.
type writer struct {
	ctx        context.Context
	tx         *sql.Tx
	ids, added ids
}

func (w *writer) write(b budget.Batch) error {
	for _, step := range []func(budget.Batch) error{w.remove, w.tracks, w.series, w.pages, w.revisions} {
		if err := step(b); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) remove(b budget.Batch) error {
	for _, key := range b.RemoveTracks {
		if _, err := w.tx.ExecContext(w.ctx, "DELETE FROM tracks WHERE slo = ? AND sli = ?", key.SLO.String(), key.SLI); err != nil {
			return fmt.Errorf("remove track %s: %w", key.SLO, err)
		}
	}
	for _, key := range b.RemoveSeries {
		row := w.ids[key]
		if _, err := w.tx.ExecContext(w.ctx, "DELETE FROM pages WHERE id >= ? AND id < ?", row*daysPerSeries, (row+1)*daysPerSeries); err != nil {
			return fmt.Errorf("remove pages of %s: %w", key.SLO, err)
		}
		if _, err := w.tx.ExecContext(w.ctx, "DELETE FROM series WHERE id = ?", row); err != nil {
			return fmt.Errorf("remove series of %s: %w", key.SLO, err)
		}
	}
	return nil
}

func (w *writer) tracks(b budget.Batch) error {
	if len(b.Tracks) == 0 {
		return nil
	}
	return w.prepared(`INSERT INTO tracks (slo, sli, first_seen_ms, history_from_ms, active, since_ms) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (slo, sli) DO UPDATE SET first_seen_ms = excluded.first_seen_ms, history_from_ms = excluded.history_from_ms, active = excluded.active,
		since_ms = excluded.since_ms`,
		func(upsert *sql.Stmt) error {
			for _, r := range b.Tracks {
				if _, err := upsert.ExecContext(w.ctx, r.Key.SLO.String(), r.Key.SLI, r.FirstSeen, r.HistoryFrom, r.Active, r.Since); err != nil {
					return fmt.Errorf("write track %s: %w", r.Key.SLO, err)
				}
			}
			return nil
		})
}

func (w *writer) series(b budget.Batch) error {
	if len(b.Series) == 0 {
		return nil
	}
	return w.prepared(`INSERT INTO series (slo, sli, grp, since_ms) VALUES (?, ?, ?, ?)
		ON CONFLICT (slo, sli, grp) DO UPDATE SET since_ms = excluded.since_ms RETURNING id`,
		func(upsert *sql.Stmt) error {
			for _, r := range b.Series {
				var row int64
				if err := upsert.QueryRowContext(w.ctx, r.Key.SLO.String(), r.Key.SLI, r.Key.Group.String(), r.Since).Scan(&row); err != nil {
					return fmt.Errorf("write series %s: %w", r.Key.SLO, err)
				}
				w.added[r.Key] = row
			}
			return nil
		})
}

func (w *writer) pages(b budget.Batch) error {
	if len(b.Pages) == 0 {
		return nil
	}
	return w.prepared("INSERT INTO pages (id, data) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET data = excluded.data", func(upsert *sql.Stmt) error {
		for _, r := range b.Pages {
			if err := w.page(upsert, r); err != nil {
				return fmt.Errorf("write page of %s: %w", r.Key.SLO, err)
			}
		}
		return nil
	})
}

func (w *writer) page(upsert *sql.Stmt, r budget.PageRecord) error {
	row, found := w.added[r.Key]
	if !found {
		row, found = w.ids[r.Key]
	}
	if len(r.Data) == 0 {
		_, err := w.tx.ExecContext(w.ctx, "DELETE FROM pages WHERE id = ?", row*daysPerSeries+r.Day)
		return err
	}
	if !found || r.Day < 0 || r.Day >= daysPerSeries {
		return fmt.Errorf("no series row, or day %d out of range", r.Day)
	}
	_, err := upsert.ExecContext(w.ctx, row*daysPerSeries+r.Day, r.Data)
	return err
}

func (w *writer) prepared(query string, use func(*sql.Stmt) error) (err error) {
	stmt, err := w.tx.PrepareContext(w.ctx, query)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stmt.Close()) }()
	return use(stmt)
}
