package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"headroom/budget"
)

// Checked is what a check has read and found.
type Checked struct {
	Series, Pages, Slices, Events int64
	Faults                        []string // what is wrong, at most maxFaults
}

// maxFaults bounds how many faults are listed.
const maxFaults = 100

func (c *Checked) fault(format string, args ...any) {
	if len(c.Faults) < maxFaults {
		c.Faults = append(c.Faults, fmt.Sprintf(format, args...))
	}
}

// Check reads everything as it is at one moment: the file's own structure, what
// refers to what, and every page of the ledger with its checksum, its slices and
// what they add up to. What it finds is in the faults; its error says why it
// cannot be read at all.
func (i *Inspector) Check(ctx context.Context) (Checked, error) {
	var c Checked
	tx, err := i.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return c, fmt.Errorf("check %s: %w", i.path, explain(err))
	}
	defer func() { _ = tx.Rollback() }() // it has changed nothing
	for _, step := range []func(context.Context, *sql.Tx, *Checked) error{checkStructure, checkReferences, checkPages, checkRevisions} {
		if err := step(ctx, tx, &c); err != nil {
			return c, fmt.Errorf("check %s: %w", i.path, explain(err))
		}
	}
	return c, nil
}

func checkStructure(ctx context.Context, tx *sql.Tx, c *Checked) error {
	if err := eachRow(ctx, tx, "PRAGMA integrity_check(100)", func(rows *sql.Rows) error {
		var verdict string
		err := rows.Scan(&verdict)
		if verdict != "ok" {
			c.fault("the file: %s", verdict)
		}
		return err
	}); err != nil {
		return err
	}
	return tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM events").Scan(&c.Events)
}

func checkReferences(ctx context.Context, tx *sql.Tx, c *Checked) error {
	if err := eachRow(ctx, tx, "PRAGMA foreign_key_check", func(rows *sql.Rows) error {
		var table, parent string
		var row, key sql.NullInt64
		err := rows.Scan(&table, &row, &parent, &key)
		c.fault("%s: row %d refers to nothing in %s", table, row.Int64, parent)
		return err
	}); err != nil {
		return err
	}
	return eachRow(ctx, tx, "SELECT slo, sli FROM series WHERE NOT EXISTS (SELECT 1 FROM tracks WHERE tracks.slo = series.slo AND tracks.sli = series.sli)", func(rows *sql.Rows) error {
		var id, sli string
		err := rows.Scan(&id, &sli)
		c.fault("series of %s (%s): it belongs to no objective", id, sli)
		return err
	})
}

func checkPages(ctx context.Context, tx *sql.Tx, c *Checked) error {
	if err := tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM series").Scan(&c.Series); err != nil {
		return err
	}
	var of, end int64 // the series before, and the end of its last slice
	return eachRow(ctx, tx, "SELECT pages.id, data, COALESCE(slo || ' ' || grp, ''), COALESCE(since_ms, 0) FROM pages LEFT JOIN series ON series.id = pages.id / 100000 ORDER BY pages.id", func(rows *sql.Rows) error {
		var id, since int64
		var data []byte
		var name string
		if err := rows.Scan(&id, &data, &name, &since); err != nil {
			return err
		}
		series, day := id/daysPerSeries, id%daysPerSeries
		place := fmt.Sprintf("%s, %s", name, time.Unix(day*24*60*60, 0).UTC().Format(time.DateOnly))
		list, err := budget.Unpack(day, data)
		c.Pages, c.Slices = c.Pages+1, c.Slices+int64(len(list))
		switch {
		case name == "":
			c.fault("page %d: it belongs to no series", id)
		case err != nil:
			c.fault("%s: %v", place, err)
		case series == of && len(list) > 0 && list[0].Start < end:
			c.fault("%s: it overlaps the page before it", place)
		}
		of = series
		if len(list) > 0 {
			end = list[len(list)-1].End
		}
		return nil
	})
}

// checkRevisions checks what pages were. Databases of before have none.
func checkRevisions(ctx context.Context, tx *sql.Tx, c *Checked) error {
	var found int
	err := tx.QueryRowContext(ctx, "SELECT 1 FROM sqlite_master WHERE name = 'page_revisions'").Scan(&found)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return eachRow(ctx, tx, "SELECT page_id, at_ms, before FROM page_revisions WHERE length(before) > 0", func(rows *sql.Rows) error {
		var id, at int64
		var data []byte
		if err := rows.Scan(&id, &at, &data); err != nil {
			return err
		}
		if _, err := budget.Unpack(id%daysPerSeries, data); err != nil {
			c.fault("page %d as it was before %s: %v", id, time.UnixMilli(at).UTC().Format(time.RFC3339), err)
		}
		return nil
	})
}

func eachRow(ctx context.Context, tx *sql.Tx, query string, use func(*sql.Rows) error) (err error) {
	rows, err := tx.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := use(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
