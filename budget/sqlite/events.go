package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"headroom/budget/events"
	"headroom/slo"
	"headroom/slo/event"
)

// Events returns the platform events that the file keeps.
func (s *Store) Events() *Events { return &Events{s} }

// Events keeps platform events. It is safe for concurrent use.
type Events struct{ store *Store }

var _ events.Store = (*Events)(nil)

// Counters returns the counters of every target that ever was.
func (e *Events) Counters(ctx context.Context) ([]events.Counter, error) {
	var list []events.Counter
	err := e.store.each(ctx, "SELECT slo, sli, good, bad, since_ms, active FROM event_counters ORDER BY slo, sli", func(rows *sql.Rows) error {
		var c events.Counter
		var id string
		var since int64
		if err := rows.Scan(&id, &c.Target.SLI, &c.Good, &c.Bad, &since, &c.Active); err != nil {
			return err
		}
		c.Since = time.UnixMilli(since).UTC()
		var err error
		c.Target.SLO, err = slo.ParseID(id)
		list = append(list, c)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read event counters: %w", explain(err))
	}
	return list, nil
}

const eventColumns = "id, at_ms, pending, data"

// row is an event with the id of its row.
type row struct {
	id     int64
	stored events.Stored
}

func scanEvent(scan func(...any) error) (row, error) {
	var r row
	var at int64
	var data []byte
	if err := scan(&r.id, &at, &r.stored.Pending, &data); err != nil {
		return r, err
	}
	r.stored.At = time.UnixMilli(at).UTC()
	return r, json.Unmarshal(data, &r.stored.Event)
}

// Find returns the events of those keys that are there.
func (e *Events) Find(ctx context.Context, keys []event.Key) (map[event.Key]events.Stored, error) {
	found := make(map[event.Key]events.Stored, len(keys))
	for _, k := range keys {
		query := "SELECT " + eventColumns + " FROM events WHERE source = ? AND kind = ? AND subject = ? AND run = ? AND attempt = ?"
		r, err := scanEvent(e.store.db.QueryRowContext(ctx, query, k.Source, string(k.Kind), k.Subject, k.Run, k.Attempt).Scan)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err == nil {
			r.stored.Outcomes, err = e.outcomes(ctx, r.id)
		}
		if err != nil {
			return nil, fmt.Errorf("read event %s %s attempt %d: %w", k.Subject, k.Run, k.Attempt, explain(err))
		}
		found[k] = r.stored
	}
	return found, nil
}

func (e *Events) outcomes(ctx context.Context, id int64) ([]events.Outcome, error) {
	var list []events.Outcome
	query := "SELECT slo, sli, first, now FROM event_outcomes JOIN event_counters ON event_counters.id = counter_id WHERE event_id = ?"
	err := e.store.each(ctx, query, func(rows *sql.Rows) error {
		var o events.Outcome
		var objective string
		if err := rows.Scan(&objective, &o.Target.SLI, &o.First, &o.Now); err != nil {
			return err
		}
		var err error
		o.Target.SLO, err = slo.ParseID(objective)
		list = append(list, o)
		return err
	}, id)
	return list, err
}

// Scan returns a page of settled events in the order of their arrival.
func (e *Events) Scan(ctx context.Context, s events.Scan) ([]events.Stored, int64, error) {
	query := fmt.Sprintf("SELECT %s FROM events WHERE id > %d AND finished_ms > 0", eventColumns, s.After)
	if s.Pending {
		query += " AND pending = 1"
	}
	if !s.Since.IsZero() {
		query += fmt.Sprintf(" AND finished_ms >= %d", s.Since.UnixMilli())
	}
	query += fmt.Sprintf(" ORDER BY id LIMIT %d", s.Limit)
	var found []row
	err := e.store.each(ctx, query, func(rows *sql.Rows) error {
		r, err := scanEvent(rows.Scan)
		found = append(found, r)
		return err
	})
	next := s.After
	list := make([]events.Stored, 0, len(found))
	for _, r := range found {
		if err == nil {
			r.stored.Outcomes, err = e.outcomes(ctx, r.id)
		}
		list, next = append(list, r.stored), r.id
	}
	if err != nil {
		return nil, 0, fmt.Errorf("read events: %w", explain(err))
	}
	return list, next, nil
}

// Tally counts a target's events by steps.
func (e *Events) Tally(ctx context.Context, t events.Target, from, to time.Time, step time.Duration) ([]events.Tally, error) {
	var list []events.Tally
	err := e.store.each(ctx, `SELECT (finished_ms - 1) / ?, SUM(now = 1), SUM(now = 2)
		FROM event_outcomes JOIN event_counters ON event_counters.id = counter_id
		WHERE slo = ? AND sli = ? AND finished_ms > ? AND finished_ms <= ? AND now > 0
		GROUP BY 1 ORDER BY 1`, func(rows *sql.Rows) error {
		var n int64
		var tally events.Tally
		if err := rows.Scan(&n, &tally.Good, &tally.Bad); err != nil {
			return err
		}
		tally.End = time.UnixMilli((n + 1) * step.Milliseconds()).UTC()
		list = append(list, tally)
		return nil
	}, step.Milliseconds(), t.SLO.String(), t.SLI, from.UnixMilli(), to.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("count events of %s: %w", t.SLO, explain(err))
	}
	return list, nil
}

// Lives returns when headroom ran.
func (e *Events) Lives(ctx context.Context) ([]events.Life, error) {
	var list []events.Life
	err := e.store.each(ctx, "SELECT started_ms, last_ms FROM event_life ORDER BY started_ms", func(rows *sql.Rows) error {
		var from, to int64
		if err := rows.Scan(&from, &to); err != nil {
			return err
		}
		list = append(list, events.Life{From: time.UnixMilli(from).UTC(), To: time.UnixMilli(to).UTC()})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read when headroom ran: %w", explain(err))
	}
	return list, nil
}

// SaveLife replaces the life that began at the same time.
func (e *Events) SaveLife(ctx context.Context, l events.Life) error {
	err := e.store.inTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO event_life (started_ms, last_ms) VALUES (?, ?) ON CONFLICT (started_ms) DO UPDATE SET last_ms = excluded.last_ms",
			l.From.UnixMilli(), l.To.UnixMilli())
		return err
	})
	if err != nil {
		return fmt.Errorf("write that headroom runs: %w", err)
	}
	return nil
}

// Prune forgets events and lives before a time.
func (e *Events) Prune(ctx context.Context, before time.Time) (int64, error) {
	var pruned int64
	err := e.store.inTx(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, "DELETE FROM events WHERE at_ms < ?", before.UnixMilli())
		if err != nil {
			return err
		}
		if pruned, err = result.RowsAffected(); err != nil {
			return err
		}
		if _, err = tx.ExecContext(ctx, "DELETE FROM event_life WHERE last_ms < ?", before.UnixMilli()); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "UPDATE event_life SET started_ms = ?1 WHERE started_ms < ?1", before.UnixMilli())
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("forget old events: %w", err)
	}
	return pruned, nil
}
