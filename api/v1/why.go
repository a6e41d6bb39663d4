package v1

import (
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"headroom/budget/why"
	"headroom/slo"
)

// Why is one element of what
// GET /api/v1/slos/{namespace}/{service}/{objective}/why answers: how the
// balance of one group came to be.
type Why = why.Chain

// WhyQuery asks how numbers came to be.
type WhyQuery struct {
	Group *slo.Group // nil: those of every group
	At    time.Time  // at which the window ends; zero: now
	Known time.Time  // by what was known then; zero: by what is known now
}

// ParseWhyQuery reads the query parameters group, a JSON object of labels, at
// and known. A parameter that is not known is an error.
func ParseWhyQuery(query url.Values) (WhyQuery, error) {
	var q WhyQuery
	err := parseOnce(query, map[string]func(string) error{
		"group": func(v string) error {
			q.Group = new(slo.Group)
			return json.Unmarshal([]byte(v), q.Group)
		},
		"at":    func(v string) (err error) { q.At, err = ParseTime(v); return err },
		"known": func(v string) (err error) { q.Known, err = ParseTime(v); return err },
	})
	if err == nil && !q.Known.IsZero() && q.At.After(q.Known) {
		err = fmt.Errorf("parameter at: what happened until %s was not known at %s", q.At.UTC().Format(time.RFC3339), q.Known.UTC().Format(time.RFC3339))
	}
	return q, err
}

// Query writes the query as ParseWhyQuery reads it.
func (q WhyQuery) Query() url.Values {
	query := url.Values{}
	if q.Group != nil {
		if text, err := json.Marshal(*q.Group); err == nil {
			query.Set("group", string(text))
		}
	}
	for name, t := range map[string]time.Time{"at": q.At, "known": q.Known} {
		if !t.IsZero() {
			query.Set(name, t.UTC().Format(time.RFC3339Nano))
		}
	}
	return query
}

// Parts of a Why.
type (
	// WhyDeclared is what is promised.
	WhyDeclared = why.Declared
	// WhyApplied is a correction and what it took out.
	WhyApplied = why.Applied
	// WhyStep is a line of the arithmetic.
	WhyStep = why.Step
	// WhyVerdict is what follows.
	WhyVerdict = why.Verdict
	// WhyRecorded is how to check it.
	WhyRecorded = why.Recorded
)
