package sqlite

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// provider runs the embedded migrations, each in a transaction of its own.
func (s *Store) provider() (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectSQLite3, s.db, files, goose.WithDisableGlobalRegistry(true), goose.WithTableName("schema_version"))
}

func (s *Store) migrate(ctx context.Context) error {
	p, err := s.provider()
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	current, latest, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	if current > latest {
		return fmt.Errorf("schema version %d, this program knows %d: %w", current, latest, ErrNewerSchema)
	}
	done, err := p.Up(ctx)
	if err != nil {
		return fmt.Errorf("migrate schema from version %d to %d: %w", current, latest, err)
	}
	if len(done) > 0 {
		s.log.Info("migrated the ledger database", "from", current, "to", latest)
	}
	return nil
}
