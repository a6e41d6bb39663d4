// Package sqlite keeps a budget.Ledger and the last good specs in one SQLite
// file: write-ahead log, synchronous=FULL, one transaction per batch, embedded
// migrations. What a call has acknowledged survives the death of the process
// and of the machine.
package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"

	_ "modernc.org/sqlite" // the database driver

	"headroom/budget"
)

// Options are what a store needs.
type Options struct {
	Path   string       // of the database file; it and its directory are created
	Logger *slog.Logger // nil discards
	// Decisions is how many answers of the gate to known callers are kept, and a
	// tenth of it of those to others; 0 is 10,000.
	Decisions int
}

// Store is the SQLite file. It is safe for concurrent use.
type Store struct {
	db   *sql.DB
	read *sql.DB // reads beside a transaction
	log  *slog.Logger
	keep int // decisions to known callers

	ledger sync.Mutex   // held over a batch
	rows   sync.RWMutex // guards ids, which change under ledger too
	ids    ids
	page   *sql.Stmt // reads one page
}

var _ budget.Store = (*Store)(nil)

// Open opens or creates the database, checks its integrity and brings its
// schema up to date. The error wraps ErrCorrupt, ErrNewerSchema, ErrReadOnly
// or ErrFull where one of them is the cause.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Path == "" {
		return nil, errors.New("open ledger database: no path given")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Store{log: o.Logger, keep: cmp.Or(o.Decisions, keepDecisions), ids: ids{}}
	if err := s.open(ctx, o.Path); err != nil {
		return nil, errors.Join(fmt.Errorf("open ledger database %s: %w", o.Path, explain(err)), s.Close())
	}
	return s, nil
}

func (s *Store) open(ctx context.Context, path string) error {
	if err := s.connect(path); err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{s.checkIntegrity, s.migrate, s.checkWritable, s.loadIDs, s.prepare} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) connect(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	db, err := sql.Open("sqlite", dsn(path))
	if err != nil {
		return err
	}
	// One connection writes. What a ledger does not keep in memory is read by
	// others, which the write-ahead log lets read meanwhile.
	db.SetMaxOpenConns(1)
	s.db = db
	read, err := sql.Open("sqlite", dsn(path))
	if err != nil {
		return err
	}
	read.SetMaxOpenConns(readers)
	s.read = read
	return nil
}

// readers is how many connections read at once.
const readers = 2

func dsn(path string) string {
	query := url.Values{
		"_busy_timeout": {"5000"},
		"_journal_mode": {"WAL"},
		"_synchronous":  {"FULL"},
		"_foreign_keys": {"on"},
		"_txlock":       {"immediate"},
		// Little of 8 KiB is left over by five pages of the ledger, half of
		// 4 KiB by two.
		"_pragma": {"page_size(8192)"},
	}
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: query.Encode()}).String()
}

// Close closes the database. What was committed is on disk already.
func (s *Store) Close() error {
	if s.db == nil {
		return nil
	}
	var err error
	if s.page != nil {
		err = s.page.Close()
	}
	if s.read != nil {
		err = errors.Join(err, s.read.Close())
	}
	if err := errors.Join(err, s.db.Close()); err != nil {
		return fmt.Errorf("close ledger database: %w", err)
	}
	return nil
}

func (s *Store) checkIntegrity(ctx context.Context) error {
	var verdict string
	if err := s.db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&verdict); err != nil {
		return fmt.Errorf("check integrity: %w", err)
	}
	if verdict != "ok" {
		return fmt.Errorf("check integrity: %w: %s", ErrCorrupt, verdict)
	}
	return nil
}

func (s *Store) checkWritable(ctx context.Context) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM pages WHERE id = -1")
		return err
	})
}

// inTx runs f in a transaction that is rolled back when f returns an error.
func (s *Store) inTx(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return explain(err)
	}
	if err := f(tx); err != nil {
		if undo := tx.Rollback(); undo != nil && !errors.Is(undo, sql.ErrTxDone) {
			err = errors.Join(err, undo)
		}
		return explain(err)
	}
	return explain(tx.Commit())
}
