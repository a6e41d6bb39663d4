package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"headroom/budget"
)

var _ budget.PageStore = (*Store)(nil)

// EachPage calls f with every page in order of series and days. The data is
// valid during the call only.
func (s *Store) EachPage(ctx context.Context, f func(budget.PageRecord) error) error {
	s.rows.RLock()
	keys := make(map[int64]budget.Key, len(s.ids))
	for key, row := range s.ids {
		keys[row] = key
	}
	s.rows.RUnlock()
	err := each(ctx, s.read, "SELECT id, data FROM pages ORDER BY id", func(rows *sql.Rows) error {
		var id int64
		var data sql.RawBytes
		if err := rows.Scan(&id, &data); err != nil {
			return err
		}
		if key, found := keys[id/daysPerSeries]; found {
			return f(budget.PageRecord{Key: key, Day: id % daysPerSeries, Data: data})
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read pages: %w", explain(err))
	}
	return nil
}

// ReadPage returns the data of one page, none when there is no such page. It
// does not wait for a Commit.
func (s *Store) ReadPage(ctx context.Context, k budget.Key, day int64) ([]byte, error) {
	s.rows.RLock()
	row, found := s.ids[k]
	s.rows.RUnlock()
	if !found {
		return nil, nil
	}
	var data []byte
	err := s.page.QueryRowContext(ctx, row*daysPerSeries+day).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read page of %s: %w", k.SLO, explain(err))
	}
	return data, nil
}

// prepare prepares what is read often.
func (s *Store) prepare(ctx context.Context) error {
	var err error
	s.page, err = s.read.PrepareContext(ctx, "SELECT data FROM pages WHERE id = ?")
	return err
}
