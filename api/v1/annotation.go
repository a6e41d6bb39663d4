package v1

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"headroom/budget/annotation"
	"headroom/slo"
)

// Annotation is something that happened around objectives.
type Annotation struct {
	ID        string          `json:"id"` // unique among all
	Kind      annotation.Kind `json:"kind"`
	Start     time.Time       `json:"start"`
	End       time.Time       `json:"end"`       // equal to start for a moment
	Service   string          `json:"service"`   // "namespace/name"; "" for every service
	Objective string          `json:"objective"` // its name; "" for all of the service
	Text      string          `json:"text"`
	URL       string          `json:"url,omitempty"`
	Author    string          `json:"author"` // a person's token, or the source of a deployment; may be empty
}

// NewAnnotations writes annotations.
func NewAnnotations(list []annotation.Annotation) []Annotation {
	all := make([]Annotation, len(list))
	for i, a := range list {
		all[i] = NewAnnotation(a)
	}
	return all
}

// NewAnnotation writes one annotation.
func NewAnnotation(a annotation.Annotation) Annotation {
	return Annotation{
		ID: a.ID, Kind: a.Kind, Start: a.Start.UTC(), End: a.End.UTC(), Service: a.Service, Objective: a.Objective,
		Text: a.Text, URL: a.URL, Author: a.Author,
	}
}

// Note is what somebody writes down. Its author is the name of the token.
type Note struct {
	Service   string     `json:"service,omitempty"`   // "namespace/name", or a name in the namespace default; "" for every service
	Objective string     `json:"objective,omitempty"` // its name; "" for all of the service
	At        *time.Time `json:"at,omitempty"`        // nil: now
	Until     *time.Time `json:"until,omitempty"`     // nil: a moment
	Text      string     `json:"text"`                // one line of at most 500 characters
	URL       string     `json:"url,omitempty"`       // http or https
}

// Annotation returns the note as one. Its error is of the service's name.
func (n Note) Annotation(author string) (annotation.Annotation, error) {
	a := annotation.Annotation{Kind: annotation.Note, Objective: n.Objective, Text: n.Text, URL: n.URL, Author: author}
	if n.Service != "" {
		namespace, name, err := slo.ParseService(n.Service)
		if err != nil {
			return a, err
		}
		a.Service = namespace + "/" + name
	}
	if n.At != nil {
		a.Start = *n.At
	}
	if n.Until != nil {
		a.End = *n.Until
	}
	return a, nil
}

// AnnotationQuery asks for annotations. Its zero value asks for all of the last
// 28 days.
type AnnotationQuery struct {
	Span

	Service   string // "namespace/name"; "" for all
	Objective string // its name, with Service
	Kinds     []annotation.Kind
	Limit     int    // 1 to MaxLimit; 0: 100
	Cursor    string // where the page before ended, as its answer said; "" for the first
}

// DefaultAnnotations is how many annotations are returned unless asked for
// another number.
const DefaultAnnotations = 100

// ParseAnnotationQuery reads the query parameters service, objective, kind,
// from, to, limit and cursor. Kind may be given several times.
func ParseAnnotationQuery(query url.Values) (AnnotationQuery, error) {
	q := AnnotationQuery{Limit: DefaultAnnotations}
	for _, kind := range query["kind"] {
		if !slices.Contains(annotation.Kinds(), annotation.Kind(kind)) {
			return q, fmt.Errorf("parameter kind: %q is not one of deployment, hold, correction, note", kind)
		}
		q.Kinds = append(q.Kinds, annotation.Kind(kind))
	}
	query = withoutKey(query, "kind")
	err := parseOnce(query, map[string]func(string) error{
		"service": func(v string) error {
			namespace, name, err := slo.ParseService(v)
			q.Service = namespace + "/" + name
			return err
		},
		"objective": func(v string) error { q.Objective = v; return nil },
		"from":      q.setFrom, "to": q.setTo,
		"limit":  func(v string) (err error) { q.Limit, err = parseLimit(v, MaxLimit); return err },
		"cursor": func(v string) error { q.Cursor = v; return nil },
	})
	if err == nil && q.Objective != "" && q.Service == "" {
		err = errors.New("parameter objective: give service, too")
	}
	return q, err
}

// Query writes the query as ParseAnnotationQuery reads it.
func (q AnnotationQuery) Query() url.Values {
	query := url.Values{}
	q.add(query)
	set(query, "service", q.Service)
	set(query, "objective", q.Objective)
	for _, k := range q.Kinds {
		query.Add("kind", string(k))
	}
	if q.Limit > 0 {
		query.Set("limit", strconv.Itoa(q.Limit))
	}
	set(query, "cursor", q.Cursor)
	return query
}

// After reads the cursor; nil for the first page.
func (q AnnotationQuery) After() (*annotation.Place, error) {
	parts, err := Page{Cursor: q.Cursor}.Parts(3)
	if err != nil || parts == nil {
		return nil, err
	}
	start, err := strconv.ParseInt(parts[0], 10, 64)
	var same int
	if err == nil {
		same, err = strconv.Atoi(parts[2])
	}
	if err != nil || same < 1 || same > MaxSame {
		return nil, fmt.Errorf("parameter cursor: %q is not one that an answer gave", q.Cursor)
	}
	return &annotation.Place{Start: time.Unix(0, start), ID: parts[1], Same: same}, nil
}

// MaxSame bounds how many annotations that begin at once a cursor passes.
const MaxSame = 1_000_000

// Next returns the query for the page after one that is not empty.
func (q AnnotationQuery) Next(page []annotation.Annotation, after *annotation.Place) AnnotationQuery {
	last := page[len(page)-1]
	same := 0
	for same < len(page) && page[len(page)-1-same].Start.Equal(last.Start) {
		same++
	}
	if after != nil && same == len(page) && after.Start.Equal(last.Start) {
		same += after.Same
	}
	q.Cursor = NewCursor(strconv.FormatInt(last.Start.UnixNano(), 10), last.ID, strconv.Itoa(same))
	return q
}

func withoutKey(query url.Values, key string) url.Values {
	rest := url.Values{}
	for name, values := range query {
		if name != key {
			rest[name] = values
		}
	}
	return rest
}

// parseOnce reads parameters that may each be given once; one that is not known
// is an error.
func parseOnce(query url.Values, known map[string]func(string) error) error {
	for name, values := range query {
		read, found := known[name]
		switch {
		case !found:
			names := make([]string, 0, len(known))
			for n := range known {
				names = append(names, n)
			}
			slices.Sort(names)
			return fmt.Errorf("parameter %q is not known: use %s", name, strings.Join(names, ", "))
		case len(values) > 1:
			return fmt.Errorf("parameter %q is given %d times: give it once", name, len(values))
		}
		if err := read(values[0]); err != nil {
			return fmt.Errorf("parameter %s: %w", name, err)
		}
	}
	return nil
}

func parseLimit(text string, most int) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		return 0, fmt.Errorf("%q is not a number from 1 to %d", text, most)
	}
	return n, nil
}

func set(query url.Values, name, value string) {
	if value != "" {
		query.Set(name, value)
	}
}
