package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
)

// Inspector reads a ledger database beside the service that writes it. It
// changes nothing and holds nobody up: in SQLite's write-ahead log readers and
// the writer do not wait for one another.
type Inspector struct {
	db   *sql.DB
	path string
}

// Inspect opens a database that is there.
func Inspect(ctx context.Context, path string) (*Inspector, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("inspect ledger database: %w", err)
	}
	i, err := inspect(ctx, path, url.Values{"mode": {"rw"}})
	if errors.Is(err, ErrReadOnly) && closed(path) {
		// Where nothing can be written, not even the files beside the database
		// that readers share, nobody writes.
		i, err = inspect(ctx, path, url.Values{"mode": {"ro"}, "immutable": {"1"}})
	}
	if err != nil {
		return nil, fmt.Errorf("inspect ledger database %s: %w", path, err)
	}
	return i, nil
}

// closed reports whether everything is in the database's own file.
func closed(path string) bool {
	log, err := os.Stat(path + "-wal")
	return errors.Is(err, os.ErrNotExist) || err == nil && log.Size() == 0
}

func inspect(ctx context.Context, path string, query url.Values) (*Inspector, error) {
	query.Set("_busy_timeout", "5000")
	query.Set("_pragma", "query_only(1)")
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: query.Encode()}).String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	i := &Inspector{db: db, path: path}
	var tables int
	if err := db.QueryRowContext(ctx, "SELECT COUNT(*) FROM sqlite_master WHERE name IN ('pages', 'series', 'tracks')").Scan(&tables); err != nil {
		return nil, errors.Join(explain(err), i.Close())
	}
	if tables != 3 {
		return nil, errors.Join(ErrCorrupt, i.Close())
	}
	return i, nil
}

// Close closes the database.
func (i *Inspector) Close() error { return i.db.Close() }

// Backup writes a whole copy of the database as it is at one moment. The copy
// appears under its name when it is complete, checked and on disk; a file of
// that name must not be there.
func (i *Inspector) Backup(ctx context.Context, to string) error {
	if _, err := os.Lstat(to); err == nil {
		return fmt.Errorf("back up to %s: the file is there already", to)
	}
	part := to + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, os.ErrNotExist) { // of a backup that was cut short
		return fmt.Errorf("back up to %s: %w", to, err)
	}
	if err := i.backUp(ctx, part, to); err != nil {
		return errors.Join(fmt.Errorf("back up to %s: %w", to, explain(err)), removed(part))
	}
	return nil
}

func (i *Inspector) backUp(ctx context.Context, part, to string) error {
	f, err := os.OpenFile(part, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := i.copyInto(ctx, part); err != nil {
		return err
	}
	if err := checkCopy(ctx, part); err != nil {
		return fmt.Errorf("check the copy: %w", err)
	}
	if err := syncFile(part); err != nil {
		return err
	}
	if err := os.Link(part, to); err != nil { // unlike a rename it replaces nothing
		return err
	}
	return errors.Join(os.Remove(part), syncFile(filepath.Dir(to)))
}

// copyInto writes the copy from one reading transaction. The copy is a database
// of its own, which query_only would protect, too.
func (i *Inspector) copyInto(ctx context.Context, part string) (err error) {
	if _, err := i.db.ExecContext(ctx, "PRAGMA query_only = 0"); err != nil {
		return err
	}
	defer func() {
		_, back := i.db.ExecContext(context.WithoutCancel(ctx), "PRAGMA query_only = 1")
		err = errors.Join(err, back)
	}()
	_, err = i.db.ExecContext(ctx, "VACUUM INTO ?", part)
	return err
}

func checkCopy(ctx context.Context, path string) error {
	copied, err := Inspect(ctx, path)
	if err != nil {
		return err
	}
	result, err := copied.Check(ctx)
	if err = errors.Join(err, copied.Close()); err != nil {
		return err
	}
	if len(result.Faults) > 0 {
		return fmt.Errorf("%w: %s", ErrCorrupt, result.Faults[0])
	}
	return nil
}

func removed(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// syncFile makes a file or a directory durable.
func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
