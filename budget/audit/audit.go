// Package audit keeps who changed what, and when: every call of the API that
// changes state, done or refused, and what the operator's files and the
// configuration changed.
package audit

import (
	"context"
	"time"
)

// Entry is one change, or several alike within an hour.
type Entry struct {
	ID      int64 // rises with time
	At      time.Time
	Until   time.Time // of the last of several; At of one
	Count   int       // how many requests it stands for
	Actor   string    // the name of a token, "webhook NAME", Files, Service, or "" when it is not known who asked
	Action  Action
	Subject string // what was changed: "correction 12", "default/checkout/availability"
	Outcome Outcome
	Details string // a sentence or less; never a secret
}

// NewEntry returns the entry of one change that was done. What is too long of it
// is shortened.
func NewEntry(at time.Time, actor string, action Action, subject, details string) Entry {
	at = at.UTC().Truncate(time.Millisecond)
	return Entry{
		At: at, Until: at, Count: 1, Actor: actor, Action: action, Outcome: Done,
		Subject: shorten(subject, maxSubject), Details: shorten(details, maxDetails),
	}
}

// Action is a kind of change.
type Action string

// The actions.
const (
	CorrectionAdd     Action = "correction.add"
	CorrectionApprove Action = "correction.approve"
	CorrectionRevoke  Action = "correction.revoke"
	NoteAdd           Action = "note.add"
	EventsRecord      Action = "events.record"
	GateExempt        Action = "gate.exempt" // a change passed a freeze
	SpecAccept        Action = "spec.accept"
	SpecRemove        Action = "spec.remove"
	PolicyAccept      Action = "policy.accept"
	PolicyRemove      Action = "policy.remove"
	TokenAccept       Action = "token.accept" // the configuration has another token, or another role of one
	TokenRemove       Action = "token.remove"
	ConfigRead        Action = "config.read" // the service was started with another configuration
	ServiceStart      Action = "service.start"
)

// Actions returns all actions.
func Actions() []Action {
	return []Action{
		CorrectionAdd, CorrectionApprove, CorrectionRevoke, NoteAdd, EventsRecord, GateExempt,
		SpecAccept, SpecRemove, PolicyAccept, PolicyRemove, TokenAccept, TokenRemove, ConfigRead, ServiceStart,
	}
}

// Actors that are no tokens.
const (
	Files   = "files"    // what the operator's and the teams' files say
	Service = "headroom" // the service itself, as it was configured
)

// Outcome says what became of a change.
type Outcome string

// The outcomes.
const (
	Done    Outcome = "done"
	Refused Outcome = "refused" // who asked may not, or what was asked cannot be
	Failed  Outcome = "failed"  // headroom could not
)

// Outcomes returns all outcomes.
func Outcomes() []Outcome { return []Outcome{Done, Refused, Failed} }

// Query selects entries. What is empty selects all.
type Query struct {
	Actor    string
	Action   Action
	Subject  string // whole, or what it begins with up to a slash or a space
	Outcome  Outcome
	From, To time.Time // [From, To)
	Before   int64     // ids below it; 0: all
	Limit    int
}

// Store keeps entries durable.
type Store interface {
	// AppendAudit adds entries, all or none. One with several alike, as Merged
	// says, is added to one of the same hour.
	AppendAudit(ctx context.Context, entries []Entry) error
	// Audit returns the selected entries, the latest first.
	Audit(ctx context.Context, q Query) ([]Entry, error)
	// PruneAudit forgets entries that ended before a time.
	PruneAudit(ctx context.Context, before time.Time) (int64, error)
	// AuditState returns what was last seen of a kind of things, by their names.
	AuditState(ctx context.Context, kind string) (map[string]string, error)
	// ChangeAuditState notes what is seen now, "" for what is gone, together with
	// the entries that say so.
	ChangeAuditState(ctx context.Context, kind string, changed map[string]string, entries []Entry) error
}

// Merged reports whether an entry is counted with others like it: what comes by
// the thousand, and what was refused, so that nobody who is refused can fill
// the disk.
func (e *Entry) Merged() bool { return e.Action == EventsRecord || e.Outcome == Refused }

// MergeSpan is for how long entries that are alike are one.
const MergeSpan = time.Hour
