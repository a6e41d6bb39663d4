package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"headroom/budget/audit"
)

var _ audit.Store = (*Store)(nil)

// AppendAudit adds entries, all or none.
func (s *Store) AppendAudit(ctx context.Context, entries []audit.Entry) error {
	err := s.inTx(ctx, func(tx *sql.Tx) error { return appendAudit(ctx, tx, entries) })
	if err != nil {
		return fmt.Errorf("write audit: %w", err)
	}
	return nil
}

func appendAudit(ctx context.Context, tx *sql.Tx, entries []audit.Entry) error {
	for i := range entries {
		e := &entries[i]
		if e.Merged() {
			hour := e.At.Truncate(audit.MergeSpan)
			done, err := tx.ExecContext(ctx, `UPDATE audit SET count = count + ?, last_ms = max(last_ms, ?), details = ?
				WHERE id = (SELECT id FROM audit WHERE last_ms >= ? AND at_ms >= ? AND at_ms < ?
					AND actor = ? AND action = ? AND subject = ? AND outcome = ? LIMIT 1)`,
				e.Count, e.Until.UnixMilli(), e.Details, hour.UnixMilli(), hour.UnixMilli(), hour.Add(audit.MergeSpan).UnixMilli(),
				e.Actor, string(e.Action), e.Subject, string(e.Outcome))
			if err != nil {
				return err
			}
			if n, err := done.RowsAffected(); err != nil || n > 0 {
				if err != nil {
					return err
				}
				continue
			}
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO audit (at_ms, last_ms, count, actor, action, subject, outcome, details) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
			e.At.UnixMilli(), e.Until.UnixMilli(), e.Count, e.Actor, string(e.Action), e.Subject, string(e.Outcome), e.Details)
		if err != nil {
			return err
		}
	}
	return nil
}

// Audit returns the selected entries, the latest first.
func (s *Store) Audit(ctx context.Context, q audit.Query) ([]audit.Entry, error) {
	where, args := []string{"1 = 1"}, []any{}
	add := func(condition string, values ...any) {
		where, args = append(where, condition), append(args, values...)
	}
	for column, value := range map[string]string{"actor": q.Actor, "action": string(q.Action), "outcome": string(q.Outcome)} {
		if value != "" {
			add(column+" = ?", value)
		}
	}
	if q.Subject != "" {
		add("(subject = ? OR substr(subject, 1, length(?)) IN (?, ?))", q.Subject, q.Subject+"/", q.Subject+"/", q.Subject+" ")
	}
	if !q.From.IsZero() {
		add("last_ms >= ?", q.From.UnixMilli())
	}
	if !q.To.IsZero() {
		add("at_ms < ?", q.To.UnixMilli())
	}
	if q.Before > 0 {
		add("id < ?", q.Before)
	}
	limit := q.Limit
	if limit <= 0 {
		limit = -1
	}
	var list []audit.Entry
	err := s.each(ctx, "SELECT id, at_ms, last_ms, count, actor, action, subject, outcome, details FROM audit WHERE "+
		strings.Join(where, " AND ")+" ORDER BY id DESC LIMIT ?", func(rows *sql.Rows) error {
		var e audit.Entry
		var at, last int64
		if err := rows.Scan(&e.ID, &at, &last, &e.Count, &e.Actor, &e.Action, &e.Subject, &e.Outcome, &e.Details); err != nil {
			return err
		}
		e.At, e.Until = time.UnixMilli(at).UTC(), time.UnixMilli(last).UTC()
		list = append(list, e)
		return nil
	}, append(args, limit)...)
	if err != nil {
		return nil, fmt.Errorf("read audit: %w", explain(err))
	}
	return list, nil
}

// PruneAudit forgets entries that ended before a time.
func (s *Store) PruneAudit(ctx context.Context, before time.Time) (n int64, err error) {
	err = s.inTx(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, "DELETE FROM audit WHERE last_ms < ?", before.UnixMilli())
		if err == nil {
			n, err = result.RowsAffected()
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("forget old audit: %w", err)
	}
	return n, nil
}

// AuditState returns what was last seen of a kind of things.
func (s *Store) AuditState(ctx context.Context, kind string) (map[string]string, error) {
	state := map[string]string{}
	err := s.each(ctx, "SELECT name, value FROM audit_state WHERE kind = ?", func(rows *sql.Rows) error {
		var name, value string
		err := rows.Scan(&name, &value)
		state[name] = value
		return err
	}, kind)
	if err != nil {
		return nil, fmt.Errorf("read what was last seen: %w", explain(err))
	}
	return state, nil
}

// ChangeAuditState notes what is seen now together with the entries about it.
func (s *Store) ChangeAuditState(ctx context.Context, kind string, changed map[string]string, entries []audit.Entry) error {
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		for name, value := range changed {
			query, args := "INSERT INTO audit_state (kind, name, value) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", []any{kind, name, value}
			if value == "" {
				query, args = "DELETE FROM audit_state WHERE kind = ? AND name = ?", []any{kind, name}
			}
			if _, err := tx.ExecContext(ctx, query, args...); err != nil {
				return err
			}
		}
		return appendAudit(ctx, tx, entries)
	})
	if err != nil {
		return fmt.Errorf("write audit: %w", err)
	}
	return nil
}
