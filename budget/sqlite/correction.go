package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"headroom/budget/audit"
	"headroom/budget/correction"
	"headroom/slo"
)

var _ correction.Store = (*Store)(nil)

// LoadCorrections returns all corrections, the oldest first.
func (s *Store) LoadCorrections(ctx context.Context) ([]correction.Correction, error) {
	var list []correction.Correction
	declared := declaredLists{}
	err := s.each(ctx, `SELECT id, name, file, terms, author, created_ms, approval_needed, approved_by, approved_ms, revoked_by, revoked_ms, revoke_reason, owners, approved_in_file, declared_for, seconded_ms
		FROM corrections ORDER BY id`, func(rows *sql.Rows) error {
		var c correction.Correction
		var id, created, approved, revoked, seconded int64
		var terms, owners, declaredFor string
		err := rows.Scan(&id, &c.Name, &c.File, &terms, &c.Author, &created, &c.ApprovalNeeded, &c.ApprovedBy, &approved, &c.RevokedBy, &revoked, &c.RevokeReason, &owners, &c.ApprovedInFile,
			&declaredFor, &seconded)
		if err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(terms), &c.Terms.Draft); err != nil {
			return fmt.Errorf("correction %d: %w", id, err)
		}
		if err := json.Unmarshal([]byte(owners), &c.Owners); err != nil {
			return fmt.Errorf("owners of correction %d: %w", id, err)
		}
		if c.DeclaredFor, err = declared.read(declaredFor); err != nil {
			return fmt.Errorf("objectives of correction %d: %w", id, err)
		}
		c.ID = strconv.FormatInt(id, 10)
		c.CreatedAt, c.ApprovedAt, c.RevokedAt, c.SecondedAt = fromMillis(created), fromMillis(approved), fromMillis(revoked), fromMillis(seconded)
		list = append(list, c)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read corrections: %w", explain(err))
	}
	return list, nil
}

// declaredLists are lists of objectives by their text: corrections of the same
// objectives share one.
type declaredLists map[string][]slo.ID

func (d declaredLists) read(text string) ([]slo.ID, error) {
	list, found := d[text]
	if !found {
		if err := json.Unmarshal([]byte(text), &list); err != nil {
			return nil, err
		}
		d[text] = list
	}
	return list, nil
}

// ChangeCorrections makes changes in one transaction, each with its line of
// history and its entry of the audit, and returns the ids of those that were added.
func (s *Store) ChangeCorrections(ctx context.Context, changes []correction.Change) (ids []string, err error) {
	err = s.inTx(ctx, func(tx *sql.Tx) error {
		ids = nil
		for _, c := range changes {
			id, err := changeCorrection(ctx, tx, c)
			if err != nil {
				return err
			}
			if c.Action == correction.Added {
				ids = append(ids, id)
			}
			if err := recordChange(ctx, tx, id, c); err != nil {
				return err
			}
			if e, told := c.Audit(id); told {
				if err := appendAudit(ctx, tx, []audit.Entry{e}); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("write corrections: %w", err)
	}
	return ids, nil
}

func changeCorrection(ctx context.Context, tx *sql.Tx, c correction.Change) (id string, err error) {
	var result sql.Result
	switch c.Action {
	case correction.Added:
		return addCorrection(ctx, tx, c.New)
	case correction.Approved:
		result, err = tx.ExecContext(ctx, `UPDATE corrections SET approved_by = ?, approved_ms = iif(approved_ms = 0, ?, approved_ms), seconded_ms = iif(approved_ms = 0, 0, ?), approved_in_file = ?
			WHERE id = ? AND approved_by = '' AND revoked_ms = 0`, c.Who, c.At.UnixMilli(), c.At.UnixMilli(), c.Files, c.ID)
	case correction.Moved:
		result, err = tx.ExecContext(ctx, "UPDATE corrections SET file = ? WHERE id = ? AND revoked_ms = 0", c.File, c.ID)
	case correction.Withdrew:
		result, err = tx.ExecContext(ctx, "UPDATE corrections SET revoked_by = ?, revoked_ms = ?, revoke_reason = ? WHERE id = ? AND revoked_ms = 0",
			c.Who, c.At.UnixMilli(), c.Reason, c.ID)
	default:
		return "", fmt.Errorf("correction %s: action %q is not known", c.ID, c.Action)
	}
	if err != nil {
		return "", err
	}
	n, err := result.RowsAffected()
	if err == nil && n != 1 {
		err = fmt.Errorf("correction %s cannot be %s: %w", c.ID, c.Action, correction.ErrNotFound)
	}
	return c.ID, err
}

func addCorrection(ctx context.Context, tx *sql.Tx, c correction.Correction) (id string, err error) {
	terms, err := json.Marshal(c.Terms.Draft)
	if err != nil {
		return "", err
	}
	owners, err := json.Marshal(append([]string{}, c.Owners...))
	if err != nil {
		return "", err
	}
	declaredFor, err := json.Marshal(c.DeclaredFor)
	if err != nil {
		return "", err
	}
	result, err := tx.ExecContext(ctx, `INSERT INTO corrections
		(name, file, terms, author, created_ms, approval_needed, approved_by, approved_ms, revoked_by, revoked_ms, revoke_reason, owners, approved_in_file, declared_for)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, '', 0, '', ?, ?, ?)`,
		c.Name, c.File, string(terms), c.Author, c.CreatedAt.UnixMilli(), c.ApprovalNeeded, c.ApprovedBy, toMillis(c.ApprovedAt), string(owners), c.ApprovedInFile, string(declaredFor))
	if err != nil {
		return "", err
	}
	n, err := result.LastInsertId()
	return strconv.FormatInt(n, 10), err
}

func recordChange(ctx context.Context, tx *sql.Tx, id string, c correction.Change) error {
	line := func(action correction.Action, who, note string) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO correction_history (correction, at_ms, action, who, note) VALUES (?, ?, ?, ?, ?)",
			id, c.At.UnixMilli(), string(action), who, note)
		return err
	}
	note := c.Reason
	switch {
	case c.Action == correction.Added && c.New.File != "":
		note = c.New.File
	case c.Action == correction.Moved:
		note = c.File
	}
	if err := line(c.Action, c.Who, note); err != nil {
		return err
	}
	if c.Action == correction.Added && c.New.ApprovedBy != "" {
		return line(correction.Approved, c.New.ApprovedBy, note)
	}
	return nil
}

// CorrectionHistory returns what happened to a correction, the oldest first.
func (s *Store) CorrectionHistory(ctx context.Context, id string) ([]correction.Entry, error) {
	var list []correction.Entry
	err := s.each(ctx, "SELECT at_ms, action, who, note FROM correction_history WHERE correction = ? ORDER BY id", func(rows *sql.Rows) error {
		var e correction.Entry
		var at int64
		if err := rows.Scan(&at, &e.Action, &e.Who, &e.Note); err != nil {
			return err
		}
		e.At = fromMillis(at)
		list = append(list, e)
		return nil
	}, id)
	if err != nil {
		return nil, fmt.Errorf("read the history of correction %s: %w", id, explain(err))
	}
	return list, nil
}

// toMillis writes the zero time as 0.
func toMillis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// fromMillis reads what toMillis wrote.
func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
