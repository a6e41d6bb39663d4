package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"headroom/alerting/outbox"
)

// Outbox is the part of the database that keeps messages until they are
// delivered.
type Outbox struct {
	s *Store
}

var _ outbox.Store = (*Outbox)(nil)

// Outbox returns the messages' part of the database.
func (s *Store) Outbox() *Outbox { return &Outbox{s} }

// keepSent is how long a delivered message is kept, so that its key is known:
// longer than any regular report's period.
const keepSent = 400 * 24 * time.Hour

// Enqueue takes a message unless there is one with its key, and forgets those
// that were delivered long ago.
func (b *Outbox) Enqueue(ctx context.Context, m outbox.Message, at time.Time) (bool, error) {
	added := false
	err := b.s.inTx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM outbox WHERE state = 'sent' AND sent_ms < ?", at.Add(-keepSent).UnixMilli()); err != nil {
			return err
		}
		result, err := tx.ExecContext(ctx, `INSERT INTO outbox
			(key, channel, title, body, state, attempts, last_error, repeat, enqueued_ms, next_ms, lease_ms, sent_ms)
			VALUES (?, ?, ?, ?, 'pending', 0, '', '', ?, ?, 0, 0) ON CONFLICT (key) DO NOTHING`,
			m.Key, m.Channel, m.Title, []byte(m.Body), at.UnixMilli(), at.UnixMilli())
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		added = n > 0
		return err
	})
	if err != nil {
		return false, fmt.Errorf("write message: %w", err)
	}
	return added, nil
}

const entryColumns = "id, key, channel, title, body, state, attempts, last_error, repeat, enqueued_ms, next_ms"

// Claim begins a try of the message that is due longest. What is to wait, or is
// leased, for longer than can be is due: the clock was set back.
func (b *Outbox) Claim(ctx context.Context, at, until time.Time) (outbox.Entry, bool, error) {
	var entry outbox.Entry
	err := b.s.inTx(ctx, func(tx *sql.Tx) error {
		row := tx.QueryRowContext(ctx, `UPDATE outbox SET attempts = attempts + 1,
			repeat = CASE WHEN lease_ms > 0 THEN ?1 ELSE repeat END, lease_ms = ?2
			WHERE id = (SELECT id FROM outbox WHERE state <> 'sent' AND (next_ms <= ?3 OR next_ms > ?4) AND (lease_ms <= ?3 OR lease_ms > ?4) ORDER BY next_ms, id LIMIT 1)
			RETURNING `+entryColumns, string(outbox.AfterRestart), until.UnixMilli(), at.UnixMilli(), at.Add(outbox.LongestPause).UnixMilli())
		var err error
		entry, err = scanEntry(row)
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		return outbox.Entry{}, false, nil
	}
	if err != nil {
		return outbox.Entry{}, false, fmt.Errorf("claim message: %w", err)
	}
	return entry, true, nil
}

func scanEntry(row interface{ Scan(dest ...any) error }) (outbox.Entry, error) {
	var e outbox.Entry
	var enqueued, next int64
	var body []byte
	err := row.Scan(&e.ID, &e.Key, &e.Channel, &e.Title, &body, (*string)(&e.State), &e.Attempts, &e.LastError, (*string)(&e.Repeat), &enqueued, &next)
	e.Body, e.Enqueued, e.NextTry = body, time.UnixMilli(enqueued).UTC(), time.UnixMilli(next).UTC()
	return e, err
}

// Record ends the try of a claimed message.
func (b *Outbox) Record(ctx context.Context, id int64, o outbox.Outcome) error {
	err := b.s.inTx(ctx, func(tx *sql.Tx) error {
		next, sent := o.NextTry.UnixMilli(), int64(0)
		if o.State == outbox.Sent {
			next, sent = 0, o.At.UnixMilli()
		}
		_, err := tx.ExecContext(ctx, `UPDATE outbox SET state = ?, last_error = ?, next_ms = ?, sent_ms = ?, lease_ms = 0,
			repeat = CASE WHEN ? = '' THEN repeat ELSE ? END WHERE id = ?`,
			string(o.State), o.Error, next, sent, string(o.Repeat), string(o.Repeat), id)
		return err
	})
	if err != nil {
		return fmt.Errorf("write outcome of message: %w", err)
	}
	return nil
}

// Hasten makes every failed message due.
func (b *Outbox) Hasten(ctx context.Context, at time.Time) error {
	err := b.s.inTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE outbox SET next_ms = ? WHERE state = 'failed' AND next_ms > ?", at.UnixMilli(), at.UnixMilli())
		return err
	})
	if err != nil {
		return fmt.Errorf("hasten messages: %w", err)
	}
	return nil
}

// Withdraw forgets a failed message unless a try of it goes on.
func (b *Outbox) Withdraw(ctx context.Context, id int64, at time.Time) (bool, error) {
	gone := false
	err := b.s.inTx(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, "DELETE FROM outbox WHERE id = ? AND state = 'failed' AND lease_ms <= ?", id, at.UnixMilli())
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		gone = n > 0
		return err
	})
	if err != nil {
		return false, fmt.Errorf("delete message: %w", err)
	}
	return gone, nil
}

// Unsent returns the messages that are not sent, the oldest first.
func (b *Outbox) Unsent(ctx context.Context) ([]outbox.Entry, error) {
	var list []outbox.Entry
	err := b.s.each(ctx, "SELECT "+entryColumns+" FROM outbox WHERE state <> 'sent' ORDER BY id", func(rows *sql.Rows) error {
		e, err := scanEntry(rows)
		list = append(list, e)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read unsent messages: %w", explain(err))
	}
	return list, nil
}

// Mark returns when a regular report was last due and taken into the outbox,
// and whether it ever was.
func (b *Outbox) Mark(ctx context.Context, name string) (time.Time, bool, error) {
	var done int64
	err := b.s.db.QueryRowContext(ctx, "SELECT done_ms FROM report_marks WHERE name = ?", name).Scan(&done)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, false, nil
	}
	if err != nil {
		return time.Time{}, false, fmt.Errorf("read mark of report %s: %w", name, explain(err))
	}
	return time.UnixMilli(done).UTC(), true, nil
}

// SetMark notes when a regular report was last due.
func (b *Outbox) SetMark(ctx context.Context, name string, done time.Time) error {
	err := b.s.inTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO report_marks (name, done_ms) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET done_ms = excluded.done_ms",
			name, done.UnixMilli())
		return err
	})
	if err != nil {
		return fmt.Errorf("write mark of report %s: %w", name, err)
	}
	return nil
}
