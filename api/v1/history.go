package v1

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"headroom/budget"
	"headroom/slo"
)

// History is what GET /api/v1/slos/{namespace}/{service}/{objective}/history
// answers: how an objective fared, for charts.
type History struct {
	ID     slo.ID    `json:"id"`
	SLI    string    `json:"sli"`  // hash of what was counted; target and window are today's
	From   time.Time `json:"from"` // begin of the first point
	To     time.Time `json:"to"`   // end of the last point
	Step   string    `json:"step"` // length of a point: "1h"
	Series []Series  `json:"series"`
}

// Series is the history of one group.
type Series struct {
	Group  slo.Group  `json:"group"`
	Since  *time.Time `json:"since"` // when its life begins in the ledger
	Points []Point    `json:"points"`
}

// Point is what the slices that end in (Start, End] add up to, as corrected.
type Point struct {
	Start     time.Time `json:"start"`
	End       time.Time `json:"end"`
	Bad       float64   `json:"bad"`
	Total     float64   `json:"total"`
	Measured  *float64  `json:"measured"`  // share of the objective's life in the point, 0 to 1
	Remaining *float64  `json:"remaining"` // share of the budget of the window that ends with the point
}

// NewSeries writes a group's history.
func NewSeries(g slo.Group, h budget.History) Series {
	s := Series{Group: g, Since: instant(h.Since), Points: make([]Point, len(h.Buckets))}
	for i, b := range h.Buckets {
		p := Point{Start: b.Start, End: b.End, Bad: b.Bad.Events(), Total: b.Total.Events(), Remaining: finite(b.Remaining)}
		if b.Life > 0 {
			share := float64(b.Measured) / float64(b.Life)
			p.Measured = &share
		}
		s.Points[i] = p
	}
	return s
}

// Slice is one element of what
// GET /api/v1/slos/{namespace}/{service}/{objective}/slices answers: what was
// measured in (Start, End].
type Slice struct {
	Group  slo.Group `json:"group"`
	Start  time.Time `json:"start"`
	End    time.Time `json:"end"`
	Bad    float64   `json:"bad"`
	Total  float64   `json:"total"`
	Source string    `json:"source"` // tile, raw or event
	// Counted is how much of its time counts: all of it, or, as corrections
	// leave it, what they do not exclude.
	Counted float64 `json:"counted_seconds"`
}

// NewSlice writes a slice of a group.
func NewSlice(g slo.Group, s budget.CountedSlice) Slice {
	return Slice{
		Group: g, Start: time.UnixMilli(s.Start).UTC(), End: time.UnixMilli(s.End).UTC(),
		Bad: s.Bad.Events(), Total: s.Total.Events(), Source: s.Source.Name(), Counted: s.Counted.Seconds(),
	}
}

// Defaults and bounds of what is asked about the past.
const (
	DefaultPoints = 200
	MaxPoints     = budget.MaxBuckets
)

// PastQuery asks about an interval of the past of one objective. Its zero value
// asks for the last window, of all groups.
type PastQuery struct {
	From, To  time.Time  // zero: the window that ends now
	Group     *slo.Group // nil: all of them
	Points    int        // of a history; 0: DefaultPoints
	Corrected bool       // of slices: as corrections leave them
	SLI       string     // what was counted; "": what is now
}

// ParsePastQuery reads the query parameters from, to, group and those that are
// named besides: points, corrected, sli. A parameter that is not known is an error.
func ParsePastQuery(query url.Values, besides ...string) (PastQuery, error) {
	var q PastQuery
	set := map[string]func(string) error{
		"from": func(v string) (err error) { q.From, err = ParseTime(v); return err },
		"to":   func(v string) (err error) { q.To, err = ParseTime(v); return err },
		"group": func(v string) error {
			q.Group = new(slo.Group)
			return json.Unmarshal([]byte(v), q.Group)
		},
	}
	optional := map[string]func(string) error{
		"points": func(v string) (err error) {
			if q.Points, err = strconv.Atoi(v); err != nil || q.Points < 2 || q.Points > MaxPoints {
				return fmt.Errorf("%q is not a number from 2 to %d", v, MaxPoints)
			}
			return nil
		},
		"corrected": func(v string) (err error) { q.Corrected, err = strconv.ParseBool(v); return err },
		"sli":       func(v string) error { q.SLI = v; return nil },
	}
	for _, name := range besides {
		set[name] = optional[name]
	}
	for name, values := range query {
		switch {
		case set[name] == nil:
			return PastQuery{}, fmt.Errorf("parameter %q is not known", name)
		case len(values) > 1:
			return PastQuery{}, fmt.Errorf("parameter %q is given %d times: give it once", name, len(values))
		}
		if err := set[name](values[0]); err != nil {
			return PastQuery{}, fmt.Errorf("parameter %s: %w", name, err)
		}
	}
	return q, nil
}

// Query writes the query as ParsePastQuery reads it, without empty parameters.
func (q PastQuery) Query() url.Values {
	query := url.Values{}
	for name, t := range map[string]time.Time{"from": q.From, "to": q.To} {
		if !t.IsZero() {
			query.Set(name, t.UTC().Format(time.RFC3339Nano))
		}
	}
	if q.Group != nil {
		if text, err := json.Marshal(*q.Group); err == nil {
			query.Set("group", string(text))
		}
	}
	if q.Points > 0 {
		query.Set("points", strconv.Itoa(q.Points))
	}
	if q.Corrected {
		query.Set("corrected", "true")
	}
	set(query, "sli", q.SLI)
	return query
}

// maxPast bounds how long an interval may be.
const maxPast = 10 * 366 * 24 * time.Hour

// Interval returns the interval that is asked for.
func (q PastQuery) Interval(now time.Time, window time.Duration) (from, to time.Time, err error) {
	from, to = q.From, q.To
	if to.IsZero() {
		to = now
	}
	if from.IsZero() {
		from = to.Add(-window)
	}
	switch {
	case !from.Before(to):
		return from, to, fmt.Errorf("parameter from: %s is not before %s", from.Format(time.RFC3339), to.Format(time.RFC3339))
	case to.Sub(from) > maxPast:
		return from, to, errors.New("parameter from: the interval is longer than 10 years")
	}
	return from, to, nil
}

// ParseTime reads an RFC 3339 time, or a date, which is its begin in UTC.
func ParseTime(text string) (time.Time, error) {
	for _, form := range []string{time.RFC3339Nano, time.DateOnly} {
		switch t, err := time.Parse(form, text); {
		case err != nil:
		case t.Year() < 1970 || t.Year() > 2200:
			return time.Time{}, fmt.Errorf("the year of %q is not from 1970 to 2200", text)
		default:
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a time such as 2026-11-23T14:30:00Z, nor a date such as 2026-11-23", text)
}
