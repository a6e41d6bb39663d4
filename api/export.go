package api

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"headroom/api/v1"
	"headroom/budget"
)

// Formats of an export.
const (
	formatCSV   = "csv"
	formatLines = "jsonl"
)

// exportQuery is what an export is asked for.
type exportQuery struct {
	format string
	filter v1.Filter
	past   v1.PastQuery
	at     time.Time // of balances; zero: now
}

func parseExport(query url.Values) (q exportQuery, err error) {
	rest, times := url.Values{}, url.Values{}
	for name, values := range query {
		switch name {
		case "format", "at":
			if len(values) > 1 {
				return q, fmt.Errorf("parameter %q is given %d times: give it once", name, len(values))
			}
		case "from", "to", "corrected":
			times[name] = values
		default:
			rest[name] = values
		}
	}
	if q.format = query.Get("format"); q.format == "" {
		q.format = formatCSV
	}
	if q.format != formatCSV && q.format != formatLines {
		return q, fmt.Errorf("parameter format: %q is not one of %s, %s", q.format, formatCSV, formatLines)
	}
	if q.filter, err = v1.ParseFilter(rest); err != nil {
		return q, err
	}
	if q.past, err = v1.ParsePastQuery(times, "corrected"); err != nil {
		return q, err
	}
	if at := query.Get("at"); at != "" {
		var when v1.PastQuery
		if when, err = v1.ParsePastQuery(url.Values{"to": {at}}); err != nil {
			return q, errors.New(strings.Replace(err.Error(), "parameter to", "parameter at", 1))
		}
		q.at = when.To
	}
	return q, nil
}

// exportSlices streams the slices of all objectives that match, by objective,
// group and time.
func (s *service) exportSlices(c echo.Context) error {
	q, err := parseExport(c.QueryParams())
	if err == nil && !q.at.IsZero() {
		err = errors.New(`parameter "at" is not known`)
	}
	if err != nil {
		return &Error{Code: v1.CodeInvalid, Message: err.Error()}
	}
	if _, _, err := q.past.Interval(s.Now(), time.Hour); err != nil {
		return &Error{Code: v1.CodeInvalid, Message: err.Error()}
	}
	now, err := s.snapshots.get()
	if err != nil {
		return err
	}
	out := startExport(c, q.format, "slices", v1.SliceColumns())
	for i, status := range now.slos {
		if !q.filter.Match(status) {
			continue
		}
		o := now.sources[i].Objective
		from, to, _ := q.past.Interval(s.Now(), o.Window.Rolling) // was checked
		k := budget.Key{SLO: o.ID, SLI: o.SLI(), Group: status.Group}
		stopped := s.eachSlice(k, from, to, q.past.Corrected, func(sl budget.CountedSlice) bool {
			return out.write(v1.SliceRow{ID: o.ID, Slice: v1.NewSlice(status.Group, sl)}) == nil
		})
		if stopped {
			break
		}
	}
	return out.end()
}

// exportBalances streams the balances of all objectives that match.
func (s *service) exportBalances(c echo.Context) error {
	q, err := parseExport(c.QueryParams())
	if err == nil && (!q.past.From.IsZero() || !q.past.To.IsZero() || q.past.Corrected) {
		err = errors.New("balances are of a time: use at")
	}
	if err == nil && q.at.After(s.Now()) {
		err = errors.New("parameter at: this time lies in the future")
	}
	if err != nil {
		return &Error{Code: v1.CodeInvalid, Message: err.Error()}
	}
	now, err := s.snapshots.get()
	if err != nil {
		return err
	}
	list := now.slos
	if !q.at.IsZero() {
		list = nil
		for _, status := range s.Ledger.StatusesAt(q.at) {
			list = append(list, v1.NewSLO(status))
		}
	}
	out := startExport(c, q.format, "balances", v1.BalanceColumns())
	for _, status := range list {
		if q.filter.Match(status) && out.write(v1.BalanceRow(status)) != nil {
			break
		}
	}
	return out.end()
}

// export writes rows as they come.
type export struct {
	c       echo.Context
	csv     *csv.Writer
	lines   *json.Encoder
	written int
	err     error
}

// exported is a row in either form.
type exported interface{ Cells() []string }

func startExport(c echo.Context, format, name string, columns []string) *export {
	kind := "text/csv; charset=utf-8; header=present"
	if format == formatLines {
		kind = "application/jsonl"
	}
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, kind)
	h.Set(echo.HeaderContentDisposition, `attachment; filename="headroom-`+name+`.`+format+`"`)
	c.Response().WriteHeader(http.StatusOK)
	e := &export{c: c}
	if format == formatLines {
		e.lines = json.NewEncoder(c.Response())
		return e
	}
	e.csv = csv.NewWriter(c.Response())
	e.err = e.csv.Write(columns)
	return e
}

// exportFlush is after how many rows a client gets what there is, and more time
// to read on: the server bounds a whole answer otherwise.
const exportFlush = 5000

func (e *export) write(row exported) error {
	if e.err != nil {
		return e.err
	}
	if e.lines != nil {
		e.err = e.lines.Encode(row)
	} else {
		e.err = e.csv.Write(row.Cells())
	}
	if e.written++; e.err == nil && e.written%exportFlush == 0 {
		if e.csv != nil {
			e.csv.Flush()
		}
		e.err = errors.Join(e.c.Request().Context().Err(), e.extend())
	}
	return e.err
}

func (e *export) extend() error {
	control := http.NewResponseController(e.c.Response())
	if err := control.SetWriteDeadline(time.Now().Add(exportTimeout)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return nil
}

// exportTimeout is how long a client may take for exportFlush rows.
const exportTimeout = time.Minute

// end ends the answer. A half one must not pass for a whole one: its connection
// is cut.
func (e *export) end() error {
	if e.csv != nil && e.err == nil {
		e.csv.Flush()
		e.err = e.csv.Error()
	}
	if e.err != nil {
		panic(http.ErrAbortHandler)
	}
	return nil
}
