package v1

import (
	"time"

	"headroom/budget/correction"
	"headroom/slo"
)

// CorrectionDraft is what POST /api/v1/corrections takes: a correction as
// somebody declares it.
type CorrectionDraft = correction.Draft

// Interval is the time from From up to and without To.
type Interval = correction.Interval

// CorrectionEffect is what a change makes of one group of one objective.
type CorrectionEffect = correction.Effect

// CorrectionEntry is one line of a correction's history.
type CorrectionEntry = correction.Entry

// Correction is one element of what GET /api/v1/corrections answers.
type Correction struct {
	ID    string           `json:"id"`             // "" in a preview of one that is not declared yet
	Name  string           `json:"name,omitempty"` // of the document that declares it
	State correction.State `json:"state"`          // pending, in_force or revoked
	CorrectionDraft
	Source         correction.Source `json:"source"`         // api or file
	File           string            `json:"file,omitempty"` // of the document
	Author         string            `json:"author"`
	BoundTo        []string          `json:"bound_to,omitempty"` // owners that its author is bound to: it is about their objectives alone
	CreatedAt      time.Time         `json:"created_at"`
	ApprovalNeeded bool              `json:"approval_needed"` // a policy asks for a second person
	ApprovedBy     string            `json:"approved_by,omitempty"`
	ApprovedAt     *time.Time        `json:"approved_at"` // since when it counts; null while it is pending
	RevokedBy      string            `json:"revoked_by,omitempty"`
	RevokedAt      *time.Time        `json:"revoked_at"`
	RevokeReason   string            `json:"revoke_reason,omitempty"`
	Next           []Interval        `json:"next"` // the next intervals that are not over, at most three
}

// CorrectionDetail is what GET /api/v1/corrections/{id} answers.
type CorrectionDetail struct {
	Correction
	Selected    []slo.ID          `json:"selected"`               // the declared objectives that it is about
	DeclaredFor []slo.ID          `json:"declared_for,omitempty"` // those of its declaration, where one person was enough and it is known
	Withheld    []slo.ID          `json:"withheld"`               // those of selected that it does not count for until somebody approves it
	History     []CorrectionEntry `json:"history"`                // the oldest first
}

// CorrectionChange is what POST /api/v1/corrections/preview takes: one of its
// fields is set.
type CorrectionChange struct {
	Add     *CorrectionDraft `json:"add,omitempty"`
	Approve string           `json:"approve,omitempty"` // id of a pending correction
	Revoke  string           `json:"revoke,omitempty"`  // id of a correction
}

// CorrectionPreview is what it answers: what the change would make of each
// group of each objective that it is about.
type CorrectionPreview struct {
	Correction Correction         `json:"correction"`
	Selected   []slo.ID           `json:"selected"`
	Effects    []CorrectionEffect `json:"effects"`
	Warnings   []string           `json:"warnings"` // what is likely not meant so, such as a group that does not exist
}

// CorrectionRevocation is what POST /api/v1/corrections/{id}/revoke takes.
type CorrectionRevocation struct {
	Reason string `json:"reason,omitempty"`
}

// nextIntervals is how many intervals of a correction are listed.
const nextIntervals = 3

// NewCorrection writes a correction as the API's, as of a time.
func NewCorrection(c correction.Correction, now time.Time) Correction {
	draft := c.Terms.Draft
	draft.Kind = string(c.Terms.Kind)
	return Correction{
		ID: c.ID, Name: c.Name, State: c.State(), CorrectionDraft: draft, Source: c.Source(), File: c.File,
		Author: c.Author, BoundTo: c.Owners, CreatedAt: c.CreatedAt, ApprovalNeeded: c.ApprovalNeeded,
		ApprovedBy: c.ApprovedBy, ApprovedAt: instant(c.ApprovedAt),
		RevokedBy: c.RevokedBy, RevokedAt: instant(c.RevokedAt), RevokeReason: c.RevokeReason,
		Next: append([]Interval{}, c.Terms.Next(now, nextIntervals)...),
	}
}
