package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"headroom/slo/registry"
)

var _ registry.Store = (*Store)(nil)

// LoadGood returns what SaveGood saved last.
func (s *Store) LoadGood(ctx context.Context) ([]registry.Good, error) {
	var list []registry.Good
	err := s.each(ctx, "SELECT file, line, namespace, service, document, refused FROM good_specs ORDER BY rowid", func(rows *sql.Rows) error {
		var g registry.Good
		var refused []byte
		if err := rows.Scan(&g.File, &g.Line, &g.Namespace, &g.Service, &g.Text, &refused); err != nil {
			return err
		}
		if err := json.Unmarshal(refused, &g.Refused); err != nil {
			return fmt.Errorf("%s: refused objectives: %w", g.File, err)
		}
		list = append(list, g)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read last good specs: %w", explain(err))
	}
	return list, nil
}

// SaveGood replaces everything that was saved before, in one transaction.
func (s *Store) SaveGood(ctx context.Context, good []registry.Good) error {
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM good_specs"); err != nil {
			return err
		}
		for _, g := range good {
			if err := insertGood(ctx, tx, g); err != nil {
				return fmt.Errorf("%s: %w", g.File, err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("write last good specs: %w", err)
	}
	return nil
}

func insertGood(ctx context.Context, tx *sql.Tx, g registry.Good) error {
	refused, err := json.Marshal(g.Refused)
	if err != nil {
		return err
	}
	text := g.Text
	if text == nil {
		text = []byte{}
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO good_specs (file, line, namespace, service, document, refused) VALUES (?, ?, ?, ?, ?, ?)",
		g.File, g.Line, g.Namespace, g.Service, text, string(refused))
	return err
}
