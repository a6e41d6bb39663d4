package sqlite

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
)

// Limit lets the file grow by no more than some database pages.
func (s *Store) Limit(ctx context.Context, pages int) error {
	var now int
	if err := s.db.QueryRowContext(ctx, "PRAGMA page_count").Scan(&now); err != nil {
		return err
	}
	_, err := s.db.ExecContext(ctx, fmt.Sprintf("PRAGMA max_page_count = %d", now+pages))
	return err
}

// Versions lists the schema versions.
func Versions() ([]int64, error) {
	s := &Store{log: slog.New(slog.DiscardHandler), ids: ids{}}
	if err := s.connect(":memory:"); err != nil {
		return nil, err
	}
	p, err := s.provider()
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	var list []int64
	for _, source := range p.ListSources() {
		list = append(list, source.Version)
	}
	return list, s.Close()
}

// CreateAt creates a database of an earlier schema version.
func CreateAt(ctx context.Context, path string, version int64) error {
	s := &Store{log: slog.New(slog.DiscardHandler), ids: ids{}}
	if err := s.connect(path); err != nil {
		return err
	}
	p, err := s.provider()
	if err == nil && version > 0 {
		_, err = p.UpTo(ctx, version)
	}
	return errors.Join(err, s.Close())
}
