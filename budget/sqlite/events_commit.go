package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"headroom/budget/events"
)

// Commit writes a batch in one transaction.
func (e *Events) Commit(ctx context.Context, b events.Batch) error {
	err := e.store.inTx(ctx, func(tx *sql.Tx) error {
		w := eventWriter{ctx: ctx, tx: tx, counters: map[events.Target]int64{}}
		for _, c := range b.Counters {
			if err := w.counter(c); err != nil {
				return fmt.Errorf("counter of %s: %w", c.Target.SLO, err)
			}
		}
		for i := range b.Events {
			if err := w.event(&b.Events[i]); err != nil {
				return fmt.Errorf("event %s %s: %w", b.Events[i].Event.Subject, b.Events[i].Event.Run, err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("write events: %w", err)
	}
	return nil
}

// eventWriter writes one batch.
type eventWriter struct {
	ctx      context.Context
	tx       *sql.Tx
	counters map[events.Target]int64 // row ids
}

func (w *eventWriter) counter(c events.Counter) error {
	var id int64
	err := w.tx.QueryRowContext(w.ctx, `INSERT INTO event_counters (slo, sli, good, bad, since_ms, active) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (slo, sli) DO UPDATE SET good = excluded.good, bad = excluded.bad, since_ms = excluded.since_ms, active = excluded.active RETURNING id`,
		c.Target.SLO.String(), c.Target.SLI, int64(c.Good), int64(c.Bad), c.Since.UnixMilli(), c.Active).Scan(&id)
	w.counters[c.Target] = id
	return err
}

func (w *eventWriter) counterID(t events.Target) (int64, error) {
	if id, found := w.counters[t]; found {
		return id, nil
	}
	var id int64
	if err := w.tx.QueryRowContext(w.ctx, "SELECT id FROM event_counters WHERE slo = ? AND sli = ?", t.SLO.String(), t.SLI).Scan(&id); err != nil {
		return 0, fmt.Errorf("find the counter of %s: %w", t.SLO, err)
	}
	w.counters[t] = id
	return id, nil
}

func (w *eventWriter) event(s *events.Stored) error {
	data, err := json.Marshal(s.Event)
	if err != nil {
		return err
	}
	finished := int64(0)
	if s.Event.Settled() {
		finished = s.Event.Finished.UnixMilli()
	}
	e := &s.Event
	var id int64
	err = w.tx.QueryRowContext(w.ctx, `INSERT INTO events (source, kind, subject, run, attempt, finished_ms, at_ms, pending, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (source, kind, subject, run, attempt) DO UPDATE
		SET finished_ms = excluded.finished_ms, at_ms = excluded.at_ms, pending = excluded.pending, data = excluded.data RETURNING id`,
		e.Source, string(e.Kind), e.Subject, e.Run, e.Attempt, finished, s.At.UnixMilli(), s.Pending, string(data)).Scan(&id)
	if err != nil {
		return err
	}
	for _, o := range s.Outcomes {
		counter, err := w.counterID(o.Target)
		if err != nil {
			return err
		}
		_, err = w.tx.ExecContext(w.ctx, `INSERT INTO event_outcomes (counter_id, event_id, finished_ms, first, now) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (counter_id, event_id) DO UPDATE SET finished_ms = excluded.finished_ms, now = excluded.now`,
			counter, id, finished, int(o.First), int(o.Now))
		if err != nil {
			return err
		}
	}
	return nil
}
