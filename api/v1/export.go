package v1

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"headroom/slo"
)

// SliceRow is one line of GET /api/v1/export/slices.
type SliceRow struct {
	ID slo.ID `json:"id"`
	Slice
}

// SliceColumns are the columns of exported slices.
func SliceColumns() []string {
	return []string{"id", "group", "start", "end", "bad", "total", "source", "counted_seconds"}
}

// Cells are the columns of a slice.
func (r SliceRow) Cells() []string {
	return []string{
		r.ID.String(), jsonCell(r.Group), timeCell(&r.Start), timeCell(&r.End),
		numberCell(&r.Bad), numberCell(&r.Total), r.Source, numberCell(&r.Counted),
	}
}

// BalanceRow is one line of GET /api/v1/export/balances: in JSON an SLO.
type BalanceRow SLO

// BalanceColumns are the columns of exported balances.
func BalanceColumns() []string {
	return []string{
		"id", "group", "owner", "target", "window", "at", "since", "data", "budget_state", "coverage", "total", "bad", "error_ratio",
		"budget_events", "budget_spent", "budget_remaining", "burn_1h", "burn_6h", "burn_3d", "corrected",
		"raw_coverage", "raw_total", "raw_bad", "raw_error_ratio", "raw_budget_events", "raw_budget_spent", "raw_budget_remaining", "measured", "reason",
	}
}

// Cells are the columns of a balance. The raw ones are filled in always.
func (r BalanceRow) Cells() []string {
	raw := Account{r.Coverage, r.Total, r.Bad, r.ErrorRatio, r.Budget}
	if r.Raw != nil {
		raw = *r.Raw
	}
	return []string{
		r.ID.String(), jsonCell(r.Group), TextCell(r.Owner), r.Target.String(), r.Window, timeCell(&r.At), timeCell(r.Since), string(r.Data), string(r.BudgetState),
		numberCell(r.Coverage), numberCell(r.Total), numberCell(r.Bad), numberCell(r.ErrorRatio),
		numberCell(r.Budget.Events), numberCell(r.Budget.Spent), numberCell(r.Budget.Remaining),
		numberCell(r.Burn.Hour), numberCell(r.Burn.SixHours), numberCell(r.Burn.ThreeDays), strconv.FormatBool(r.Corrected),
		numberCell(raw.Coverage), numberCell(raw.Total), numberCell(raw.Bad), numberCell(raw.ErrorRatio),
		numberCell(raw.Budget.Events), numberCell(raw.Budget.Spent), numberCell(raw.Budget.Remaining), TextCell(r.Measured), TextCell(r.Reason),
	}
}

// TextCell is text that a spreadsheet takes for text: what it would take for a
// formula gets an apostrophe in front (OWASP, "CSV Injection").
func TextCell(text string) string {
	if text == "" {
		return ""
	}
	if first := strings.TrimLeft(text, " "); first != "" && strings.ContainsRune("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20", []rune(first)[0]) {
		return "'" + text
	}
	return text
}

func jsonCell(g slo.Group) string {
	text, err := json.Marshal(g)
	if err != nil {
		return ""
	}
	return string(text)
}

func timeCell(t *time.Time) string {
	if t == nil || t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

func numberCell(f *float64) string {
	if f == nil {
		return ""
	}
	return strconv.FormatFloat(*f, 'f', -1, 64)
}
