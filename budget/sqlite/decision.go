package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"headroom/budget/audit"
	"headroom/budget/gate"
)

// keepDecisions is how many decisions of callers with a token are kept unless
// Options say otherwise; of others it is a tenth.
const keepDecisions = 10_000

var _ gate.Store = (*Store)(nil)

// SaveDecision inserts a record, with its entry of the audit, or updates its end. Beyond Options.Decisions
// records of known callers, and a tenth of it of others, the oldest are removed.
func (s *Store) SaveDecision(ctx context.Context, r gate.Record) (string, error) {
	id := r.ID
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		updated, err := updateDecision(ctx, tx, r)
		if err != nil || updated {
			return err
		}
		if id, err = insertDecision(ctx, tx, r); err != nil {
			return err
		}
		if e, told := r.Audit(id); told && r.ID == "" {
			if err := appendAudit(ctx, tx, []audit.Entry{e}); err != nil {
				return err
			}
		}
		return s.pruneDecisions(ctx, tx, r.Caller != "")
	})
	if err != nil {
		return "", fmt.Errorf("write decision: %w", err)
	}
	return id, nil
}

func updateDecision(ctx context.Context, tx *sql.Tx, r gate.Record) (bool, error) {
	if r.ID == "" {
		return false, nil
	}
	id, err := strconv.ParseInt(r.ID, 10, 64)
	if err != nil {
		return false, fmt.Errorf("decision %q: %w", r.ID, err)
	}
	result, err := tx.ExecContext(ctx, "UPDATE decisions SET last_ms = ?, count = ? WHERE id = ?", r.LastAt.UnixMilli(), r.Count, id)
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

func insertDecision(ctx context.Context, tx *sql.Tx, r gate.Record) (id string, err error) {
	text, err := json.Marshal(r.Decision)
	if err != nil {
		return "", err
	}
	d := &r.Decision
	result, err := tx.ExecContext(ctx, `INSERT INTO decisions (service, environment, change, counted_as, caller, first_ms, last_ms, count, decision)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		d.Service, d.Environment, string(d.Change), string(d.CountedAs), r.Caller, r.FirstAt.UnixMilli(), r.LastAt.UnixMilli(), r.Count, string(text))
	if err != nil {
		return "", err
	}
	n, err := result.LastInsertId()
	return strconv.FormatInt(n, 10), err
}

func (s *Store) pruneDecisions(ctx context.Context, tx *sql.Tx, known bool) error {
	keep := s.keep / 10
	if known {
		keep = s.keep
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM decisions WHERE id IN (
		SELECT id FROM decisions WHERE (caller != '') = ? ORDER BY last_ms DESC, id DESC LIMIT -1 OFFSET ?)`, known, keep)
	return err
}

// Decisions returns the selected records, the latest first.
func (s *Store) Decisions(ctx context.Context, q gate.Query) ([]gate.Record, error) {
	where, args := []string{"1 = 1"}, []any{}
	add := func(column, value string) {
		where, args = append(where, column+" = ?"), append(args, value)
	}
	if q.Service != "" {
		add("service", q.Service)
	}
	if sub := q.Subject; sub != nil {
		add("service", sub.Service)
		add("environment", sub.Environment)
		add("change", string(sub.Change))
		add("counted_as", string(sub.CountedAs))
		add("caller", sub.Caller)
	}
	if q.After != nil {
		id, err := strconv.ParseInt(q.After.ID, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("read decisions after %q: %w", q.After.ID, err)
		}
		where, args = append(where, "(last_ms, id) < (?, ?)"), append(args, q.After.LastAt.UnixMilli(), id)
	}
	query := "SELECT id, caller, first_ms, last_ms, count, decision FROM decisions WHERE " + strings.Join(where, " AND ") +
		" ORDER BY last_ms DESC, id DESC LIMIT ?"
	list, err := s.decisions(ctx, query, append(args, q.Limit)...)
	if err != nil {
		return nil, fmt.Errorf("read decisions: %w", explain(err))
	}
	return list, nil
}

func (s *Store) decisions(ctx context.Context, query string, args ...any) (list []gate.Record, err error) {
	rows, err := s.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var r gate.Record
		var id, first, last int64
		var text []byte
		if err := rows.Scan(&id, &r.Caller, &first, &last, &r.Count, &text); err != nil {
			return nil, err
		}
		if err := json.Unmarshal(text, &r.Decision); err != nil {
			return nil, fmt.Errorf("decision %d: %w", id, err)
		}
		r.ID = strconv.FormatInt(id, 10)
		r.FirstAt, r.LastAt = time.UnixMilli(first).UTC(), time.UnixMilli(last).UTC()
		list = append(list, r)
	}
	return list, rows.Err()
}
