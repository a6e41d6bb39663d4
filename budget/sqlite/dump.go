package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"headroom/budget"
)

// Export writes everything as JSON Lines, as it is at one moment: one object for
// each row of each table, with the table's name under "table". Pages of the
// ledger are written as their slices. Times are as they are kept, in Unix
// milliseconds; counts of slices are hundredths of an event.
func (i *Inspector) Export(ctx context.Context, w io.Writer) error {
	tx, err := i.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return fmt.Errorf("export %s: %w", i.path, explain(err))
	}
	defer func() { _ = tx.Rollback() }() // it has changed nothing
	var tables []string
	if err := eachRow(ctx, tx, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name", func(rows *sql.Rows) error {
		var name string
		err := rows.Scan(&name)
		tables = append(tables, name)
		return err
	}); err != nil {
		return fmt.Errorf("export %s: %w", i.path, explain(err))
	}
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	for _, table := range tables {
		// #nosec G201 -- the name is the schema's own
		if err := eachRow(ctx, tx, `SELECT * FROM "`+strings.ReplaceAll(table, `"`, `""`)+`"`, func(rows *sql.Rows) error {
			return exportRow(out, table, rows)
		}); err != nil {
			return fmt.Errorf("export table %s: %w", table, explain(err))
		}
	}
	return nil
}

func exportRow(out *json.Encoder, table string, rows *sql.Rows) error {
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	values := make([]any, len(columns))
	into := make([]any, len(columns))
	for n := range values {
		into[n] = &values[n]
	}
	if err := rows.Scan(into...); err != nil {
		return err
	}
	row := map[string]any{"table": table}
	for n, column := range columns {
		row[column] = exported(column, values[n])
	}
	if data, ok := values[len(values)-1].([]byte); ok && table == "pages" {
		exportPage(row, data)
	}
	return out.Encode(row)
}

// exported writes JSON that is kept as text or bytes as what it is. What people
// wrote stays text, whatever it looks like.
func exported(column string, value any) any {
	var text []byte
	switch v := value.(type) {
	case []byte:
		text = v
	case string:
		text = []byte(v)
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	default:
		return value
	}
	if slices.Contains([]string{"refused", "data", "decision", "body", "terms", "owners", "declared_for"}, column) && json.Valid(text) {
		return json.RawMessage(append([]byte(nil), text...))
	}
	return value
}

func exportPage(row map[string]any, data []byte) {
	id, _ := row["id"].(int64)
	list, err := budget.Unpack(id%daysPerSeries, data)
	if err != nil {
		row["fault"] = err.Error()
		return
	}
	written := make([]map[string]any, len(list))
	for i, s := range list {
		written[i] = map[string]any{"start_ms": s.Start, "end_ms": s.End, "bad": s.Bad, "total": s.Total, "source": s.Source}
	}
	delete(row, "data")
	row["series"], row["day"] = id/daysPerSeries, time.Unix(id%daysPerSeries*24*60*60, 0).UTC().Format(time.DateOnly)
	row["slices"] = written
}
