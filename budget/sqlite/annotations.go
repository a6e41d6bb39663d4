package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"time"

	"headroom/budget/annotation"
	"headroom/budget/audit"
	"headroom/slo/event"
)

// Notes returns the annotations that people wrote.
func (s *Store) Notes() *Notes { return &Notes{s} }

// Notes keeps what people note. It is safe for concurrent use.
type Notes struct{ store *Store }

var _ annotation.Store = (*Notes)(nil)

// SaveNote inserts a note with its entry of the audit, and returns it with its
// ID.
func (n *Notes) SaveNote(ctx context.Context, a annotation.Annotation, now time.Time) (annotation.Annotation, error) {
	err := n.store.inTx(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, `INSERT INTO annotations (start_ms, end_ms, service, objective, text, url, author, created_ms)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, a.Start.UnixMilli(), a.End.UnixMilli(), a.Service, a.Objective, a.Text, a.URL, a.Author, now.UnixMilli())
		if err != nil {
			return err
		}
		id, err := result.LastInsertId()
		if err != nil {
			return err
		}
		a.ID = noteID(id)
		return appendAudit(ctx, tx, []audit.Entry{audit.NewEntry(now, a.Author, audit.NoteAdd, a.About(), a.ID+": "+a.Text)})
	})
	if err != nil {
		return annotation.Annotation{}, fmt.Errorf("write note: %w", err)
	}
	return a, nil
}

func noteID(id int64) string { return "note " + strconv.FormatInt(id, 10) }

// Annotations returns the selected notes, the latest first.
func (n *Notes) Annotations(ctx context.Context, q annotation.Query) ([]annotation.Annotation, error) {
	if !q.Wants(annotation.Note) {
		return nil, nil
	}
	service, objective := q.ServiceName(), ""
	if q.Objective != nil {
		objective = q.Objective.ID.Objective
	}
	var list []annotation.Annotation
	err := n.store.each(ctx, `SELECT id, start_ms, end_ms, service, objective, text, url, author FROM annotations
		WHERE start_ms <= ? AND end_ms >= ? AND (?3 = '' OR service IN ('', ?3)) AND (?4 = '' OR objective IN ('', ?4))
		ORDER BY start_ms DESC, 'note ' || id LIMIT ?`, func(rows *sql.Rows) error {
		a := annotation.Annotation{Kind: annotation.Note}
		var id, start, end int64
		if err := rows.Scan(&id, &start, &end, &a.Service, &a.Objective, &a.Text, &a.URL, &a.Author); err != nil {
			return err
		}
		a.ID, a.Start, a.End = noteID(id), time.UnixMilli(start).UTC(), time.UnixMilli(end).UTC()
		list = append(list, a)
		return nil
	}, q.To.UnixMilli(), q.From.UnixMilli(), service, objective, limitOf(q))
	if err != nil {
		return nil, fmt.Errorf("read notes: %w", explain(err))
	}
	return list, nil
}

// limitOf returns the limit for SQL, where a negative one is none.
func limitOf(q annotation.Query) int {
	if q.Limit > 0 {
		return q.Limit
	}
	return -1
}

// Annotations returns the deployments among the events, the latest first.
func (e *Events) Annotations(ctx context.Context, q annotation.Query) ([]annotation.Annotation, error) {
	if !q.Wants(annotation.Deployment) {
		return nil, nil
	}
	service := q.ServiceName()
	var list []event.Event
	err := e.store.each(ctx, "SELECT "+eventColumns+` FROM events
		WHERE at_ms >= ? AND at_ms <= ? AND kind = 'deployment' AND finished_ms > 0 AND (?3 = '' OR json_extract(data, '$.service') = ?3)
		ORDER BY at_ms DESC, concat_ws(' ', json_extract(data, '$.source'), json_extract(data, '$.subject'), json_extract(data, '$.run'), json_extract(data, '$.attempt')) LIMIT ?`, func(rows *sql.Rows) error {
		r, err := scanEvent(rows.Scan)
		list = append(list, r.stored.Event)
		return err
	}, q.From.UnixMilli(), q.To.UnixMilli(), service, limitOf(q))
	if err != nil {
		return nil, fmt.Errorf("read deployments: %w", explain(err))
	}
	return annotation.FromEvents(list), nil
}
