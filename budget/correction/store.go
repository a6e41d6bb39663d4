package correction

import (
	"context"
	"errors"
	"fmt"
	"time"

	"headroom/budget/audit"
)

// Store keeps corrections durable. None is ever deleted, and every change is
// kept with who made it and when.
type Store interface {
	// LoadCorrections returns all corrections, the oldest first. Of their terms
	// only Draft is filled in.
	LoadCorrections(ctx context.Context) ([]Correction, error)
	// ChangeCorrections makes changes with their entries of the audit, all or none,
	// and returns the ids of those that were added, in their order.
	ChangeCorrections(ctx context.Context, changes []Change) (ids []string, err error)
	// CorrectionHistory returns what happened to a correction, the oldest first.
	CorrectionHistory(ctx context.Context, id string) ([]Entry, error)
}

// Action is a kind of change.
type Action string

// The actions.
const (
	Added    Action = "added"
	Approved Action = "approved"
	Moved    Action = "moved" // its document to another file
	Withdrew Action = "revoked"
)

// Change is one change of the books.
type Change struct {
	Action Action
	Files  bool       // as the operator's files say: whom they name, no token has shown to be it
	ID     string     // of the correction that is approved, moved or revoked
	New    Correction // that is added; its approval, if it has one, is part of it
	Who    string
	At     time.Time
	Reason string // of revoking
	File   string // that the document has moved to
	About  string // the correction in a line, for the audit
}

// Audit returns the entry of a change of the correction with an id; false for
// what changes no budget.
func (c *Change) Audit(id string) (audit.Entry, bool) {
	who, details := c.Who, c.About
	var action audit.Action
	switch c.Action {
	case Added:
		action = audit.CorrectionAdd
		if c.Files {
			details += "; by " + c.Who + " in " + c.New.File
		}
		if c.New.ApprovedBy != "" {
			details += "; approved by " + c.New.ApprovedBy
		}
		if c.New.State() == Pending {
			details += "; it waits for a second person"
		}
		if c.New.DeclaredFor != nil {
			details += "; one person was enough, for " + Named(c.New.DeclaredFor)
		}
	case Approved:
		action = audit.CorrectionApprove
		if c.Files {
			details += "; by " + c.Who
		}
	case Withdrew:
		action = audit.CorrectionRevoke
		if c.Reason != "" {
			details += "; revoked: " + c.Reason
		}
	default:
		return audit.Entry{}, false
	}
	if c.Files {
		who = audit.Files
	}
	return audit.NewEntry(c.At, who, action, "correction "+id, details), true
}

// Entry is one line of a correction's history.
type Entry struct {
	At     time.Time `json:"at"`
	Action Action    `json:"action"`
	Who    string    `json:"who"`
	Note   string    `json:"note,omitempty"`
}

// ErrNotFound says that there is no such correction.
var ErrNotFound = errors.New("there is no such correction")

// Refusal says why a change is not made, in words for whoever wanted it.
//
//nolint:errname // read as correction.Refusal at the call site
type Refusal struct {
	Message string
	// Forbidden: who asks may not do this, another may. Otherwise the state of
	// the correction does not allow it.
	Forbidden bool
	// Conflict: the same was done before, which Message names.
	Conflict bool
}

func (r *Refusal) Error() string { return r.Message }

func refusef(format string, args ...any) error {
	return &Refusal{Message: fmt.Sprintf(format, args...)}
}
