package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"headroom/alerting/silence"
)

// Silences keeps what headroom has silenced at Alertmanagers.
type Silences struct{ s *Store }

var _ silence.Store = Silences{}

// Silences returns the part of the store that keeps silences.
func (s *Store) Silences() Silences { return Silences{s} }

// Silences returns the records of one Alertmanager.
func (k Silences) Silences(ctx context.Context, alertmanager string) ([]silence.Record, error) {
	var list []silence.Record
	err := k.s.each(ctx, "SELECT mark, silence, content, comment, ends_ms FROM silences WHERE alertmanager = ? ORDER BY mark", func(rows *sql.Rows) error {
		var r silence.Record
		var ends int64
		if err := rows.Scan(&r.Mark, &r.ID, &r.Content, &r.Comment, &ends); err != nil {
			return err
		}
		r.Ends = fromMillis(ends)
		list = append(list, r)
		return nil
	}, alertmanager)
	if err != nil {
		return nil, fmt.Errorf("read silences: %w", explain(err))
	}
	return list, nil
}

// SaveSilence inserts or replaces a record.
func (k Silences) SaveSilence(ctx context.Context, alertmanager string, r silence.Record) error {
	err := k.s.inTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO silences (alertmanager, mark, silence, content, comment, ends_ms) VALUES (?, ?, ?, ?, ?, ?)",
			alertmanager, r.Mark, r.ID, r.Content, r.Comment, toMillis(r.Ends))
		return err
	})
	if err != nil {
		return fmt.Errorf("write silence: %w", err)
	}
	return nil
}

// ForgetSilence removes a record.
func (k Silences) ForgetSilence(ctx context.Context, alertmanager, mark string) error {
	err := k.s.inTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM silences WHERE alertmanager = ? AND mark = ?", alertmanager, mark)
		return err
	})
	if err != nil {
		return fmt.Errorf("forget silence: %w", err)
	}
	return nil
}
