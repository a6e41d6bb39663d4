package v1

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"headroom/rules"
	"headroom/slo"
)

// Span is the time that is asked about. Zero times are left to the service: the
// window of the objective that ends now.
type Span struct {
	From, To time.Time
}

// MaxSpan is the longest time that may be asked about at once.
const MaxSpan = 400 * 24 * time.Hour

func (s *Span) setFrom(text string) (err error) { s.From, err = ParseTime(text); return err }
func (s *Span) setTo(text string) (err error)   { s.To, err = ParseTime(text); return err }

func (s Span) add(query url.Values) {
	for name, at := range map[string]time.Time{"from": s.From, "to": s.To} {
		if !at.IsZero() {
			query.Set(name, at.UTC().Format(time.RFC3339Nano))
		}
	}
}

// Resolve fills in what was left out: up to now, and so long before that.
func (s Span) Resolve(now time.Time, length time.Duration) (from, to time.Time, err error) {
	from, to = s.From, s.To
	if to.IsZero() || to.After(now) {
		to = now
	}
	if from.IsZero() {
		from = to.Add(-length)
	}
	switch {
	case !from.Before(to):
		return from, to, fmt.Errorf("the time does not begin before it ends: from %s to %s", from.UTC().Format(time.RFC3339), to.UTC().Format(time.RFC3339))
	case to.Sub(from) > MaxSpan:
		return from, to, fmt.Errorf("the time is longer than %d days", MaxSpan/(24*time.Hour))
	default:
		return from, to, nil
	}
}

// Around is Resolve for what may lie ahead, too: up to as long after now as
// before it.
func (s Span) Around(now time.Time, length time.Duration) (from, to time.Time, err error) {
	from, to = s.From, s.To
	if to.IsZero() {
		to = now
		if from.After(now) {
			to = from.Add(length)
		}
	}
	return Span{From: from, To: to}.Resolve(to, length)
}

// ParseSpan reads the query parameters from and to.
func ParseSpan(query url.Values) (Span, error) {
	var s Span
	err := parseOnce(query, map[string]func(string) error{"from": s.setFrom, "to": s.setTo})
	return s, err
}

// Query writes the span as ParseSpan reads it.
func (s Span) Query() url.Values {
	query := url.Values{}
	s.add(query)
	return query
}

// ParseForecastQuery reads the query parameter lookback; 0 is the service's
// choice.
func ParseForecastQuery(query url.Values) (lookback time.Duration, err error) {
	err = parseOnce(query, map[string]func(string) error{"lookback": func(v string) (err error) {
		if lookback, err = slo.ParseDuration(v); err == nil && lookback <= 0 {
			err = fmt.Errorf("%q is not above 0", v)
		}
		return err
	}})
	return lookback, err
}

// ParseWindowsQuery reads the query parameter limit.
func ParseWindowsQuery(query url.Values) (limit int, err error) {
	limit = DefaultWindows
	err = parseOnce(query, map[string]func(string) error{"limit": func(v string) (err error) {
		limit, err = parseLimit(v, MaxWindows)
		return err
	}})
	return limit, err
}

// How many past windows are returned.
const (
	DefaultWindows = 13
	MaxWindows     = 100
)

// AttributionQuery asks which values of a label spent a budget.
type AttributionQuery struct {
	Span

	By    string    // the label
	Group slo.Group // of the objective; zero: all groups together
	Limit int       // values; 0: the service's choice
}

// ParseAttributionQuery reads the query parameters by, from, to, limit, and
// group, a JSON object of labels.
func ParseAttributionQuery(query url.Values) (AttributionQuery, error) {
	var q AttributionQuery
	err := parseOnce(query, map[string]func(string) error{
		"by":    func(v string) error { q.By = v; return nil },
		"group": func(v string) error { return json.Unmarshal([]byte(v), &q.Group) },
		"from":  q.setFrom, "to": q.setTo,
		"limit": func(v string) (err error) { q.Limit, err = parseLimit(v, rules.MaxAttributed); return err },
	})
	if err == nil && q.By == "" {
		err = errors.New("parameter by is missing: name a label, such as one of those at …/labels")
	}
	return q, err
}

// Query writes the query as ParseAttributionQuery reads it.
func (q AttributionQuery) Query() url.Values {
	query := url.Values{}
	q.add(query)
	set(query, "by", q.By)
	if !q.Group.IsZero() {
		if text, err := json.Marshal(q.Group); err == nil {
			query.Set("group", string(text))
		}
	}
	if q.Limit > 0 {
		query.Set("limit", strconv.Itoa(q.Limit))
	}
	return query
}
