package v1

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"

	"headroom/budget/audit"
)

// AuditEntry is one change, or several alike within an hour.
type AuditEntry struct {
	ID    string    `json:"id"`
	At    time.Time `json:"at"`
	Until time.Time `json:"until"` // of the last of several; at of one
	Count int       `json:"count"` // how many requests it stands for
	// Actor is the name of the token that was used, "webhook NAME", "files" for
	// what files say, "headroom" for the service itself, or "" when it is not
	// known who asked.
	Actor   string        `json:"actor"`
	Action  audit.Action  `json:"action"`
	Subject string        `json:"subject"` // what was changed
	Outcome audit.Outcome `json:"outcome"`
	Details string        `json:"details"`
}

// NewAuditEntry writes an entry for the API.
func NewAuditEntry(e audit.Entry) AuditEntry {
	return AuditEntry{
		ID: strconv.FormatInt(e.ID, 10), At: e.At, Until: e.Until, Count: e.Count,
		Actor: e.Actor, Action: e.Action, Subject: e.Subject, Outcome: e.Outcome, Details: e.Details,
	}
}

// AuditQuery selects entries. What is empty selects all.
type AuditQuery struct {
	Actor    string
	Action   audit.Action
	Subject  string // whole, or its first words or parts
	Outcome  audit.Outcome
	From, To time.Time
	Page     Page
}

// DefaultAuditLimit is how many entries a page has unless it says so.
const DefaultAuditLimit = 100

// ParseAuditQuery reads query parameters. One that is not known is an error.
func ParseAuditQuery(query url.Values) (q AuditQuery, err error) {
	if q.Page, err = TakePage(query); err != nil {
		return q, err
	}
	if q.Page.Limit == 0 {
		q.Page.Limit = DefaultAuditLimit
	}
	err = parseOnce(query, map[string]func(string) error{
		"actor":   func(v string) error { q.Actor = v; return nil },
		"subject": func(v string) error { q.Subject = v; return nil },
		"action": func(v string) error {
			if q.Action = audit.Action(v); !slices.Contains(audit.Actions(), q.Action) {
				return fmt.Errorf("%q is not known", v)
			}
			return nil
		},
		"outcome": func(v string) error {
			if q.Outcome = audit.Outcome(v); !slices.Contains(audit.Outcomes(), q.Outcome) {
				return fmt.Errorf("%q is not one of done, refused, failed", v)
			}
			return nil
		},
		"from": func(v string) (err error) { q.From, err = ParseTime(v); return err },
		"to":   func(v string) (err error) { q.To, err = ParseTime(v); return err },
	})
	if err == nil && !q.To.IsZero() && !q.From.Before(q.To) {
		err = fmt.Errorf("parameter from: %s is not before %s", q.From.Format(time.RFC3339), q.To.Format(time.RFC3339))
	}
	return q, err
}

// Query writes the query as ParseAuditQuery reads it.
func (q AuditQuery) Query() url.Values {
	query := url.Values{}
	for name, value := range map[string]string{"actor": q.Actor, "subject": q.Subject, "action": string(q.Action), "outcome": string(q.Outcome)} {
		if value != "" {
			query.Set(name, value)
		}
	}
	for name, t := range map[string]time.Time{"from": q.From, "to": q.To} {
		if !t.IsZero() {
			query.Set(name, t.UTC().Format(time.RFC3339Nano))
		}
	}
	q.Page.Add(query)
	return query
}

// Select returns what the store is asked for.
func (q AuditQuery) Select() (audit.Query, error) {
	s := audit.Query{Actor: q.Actor, Action: q.Action, Subject: q.Subject, Outcome: q.Outcome, From: q.From, To: q.To, Limit: q.Page.Limit + 1}
	parts, err := q.Page.Parts(1)
	if err != nil || parts == nil {
		return s, err
	}
	if s.Before, err = strconv.ParseInt(parts[0], 10, 64); err != nil || s.Before < 1 {
		return s, fmt.Errorf("parameter cursor: %q is not one that an answer gave", q.Page.Cursor)
	}
	return s, nil
}
