package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"headroom/budget/policy"
)

var _ policy.Store = (*Store)(nil)

// LoadGoodPolicies returns what SaveGoodPolicies saved last.
func (s *Store) LoadGoodPolicies(ctx context.Context) ([]policy.Good, error) {
	var list []policy.Good
	err := s.each(ctx, "SELECT file, line, name, document FROM good_policies ORDER BY rowid", func(rows *sql.Rows) error {
		var g policy.Good
		if err := rows.Scan(&g.File, &g.Line, &g.Name, &g.Text); err != nil {
			return err
		}
		list = append(list, g)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read last good policies: %w", explain(err))
	}
	return list, nil
}

// SaveGoodPolicies replaces everything that was saved before, in one
// transaction.
func (s *Store) SaveGoodPolicies(ctx context.Context, good []policy.Good) error {
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM good_policies"); err != nil {
			return err
		}
		for _, g := range good {
			_, err := tx.ExecContext(ctx, "INSERT INTO good_policies (file, line, name, document) VALUES (?, ?, ?, ?)",
				g.File, g.Line, g.Name, append([]byte{}, g.Text...))
			if err != nil {
				return fmt.Errorf("%s: %w", g.File, err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("write last good policies: %w", err)
	}
	return nil
}
