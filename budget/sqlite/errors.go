package sqlite

import (
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Causes that an operator can mend. Errors of this package wrap them.
var (
	ErrCorrupt     = errors.New("the file is damaged or not a ledger database: restore it from a backup, or move it away to begin a new ledger from the metrics store's history")
	ErrNewerSchema = errors.New("the database was written by a newer headroom: run that version, or restore a backup from before the upgrade")
	ErrReadOnly    = errors.New("the database cannot be written: check the permissions of the file and its directory, and whether the file system is mounted read-only")
	ErrDisk        = errors.New("the disk does not do as it is told: see the system's log, and check the file system, its quota and its limits; nothing that was acknowledged is lost")
	ErrFull        = errors.New("the disk is full: free some space; nothing that was acknowledged is lost")
)

// explain adds the cause that an operator can mend to an error of SQLite.
func explain(err error) error {
	var failure *sqlite.Error
	if !errors.As(err, &failure) {
		return err
	}
	cause := causeOf(failure.Code() & 0xff)
	if cause == nil || errors.Is(err, cause) {
		return err
	}
	return fmt.Errorf("%w (%w)", cause, err)
}

func causeOf(code int) error {
	switch code {
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return ErrCorrupt
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return ErrReadOnly
	case sqlite3.SQLITE_FULL:
		return ErrFull
	case sqlite3.SQLITE_IOERR:
		return ErrDisk
	default:
		return nil
	}
}
