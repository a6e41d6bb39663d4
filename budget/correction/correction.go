// Package correction keeps what was decided about the past and the future of
// error budgets: intervals that do not count, such as planned maintenance, and
// counts that were measured wrong. A correction is never changed and never
// deleted, only revoked; every balance exists with and without them.
package correction

import (
	"fmt"
	"time"

	"headroom/budget"
	"headroom/slo"
)

// Kind says what a correction does.
type Kind string

// The kinds.
const (
	Exclude Kind = "exclude" // its time counts as if it had never been
	Adjust  Kind = "adjust"  // adds signed counts to the account of one objective
)

// Kinds returns every kind.
func Kinds() []Kind { return []Kind{Exclude, Adjust} }

// Category says why something is corrected.
type Category string

// The categories.
const (
	Maintenance Category = "planned-maintenance"
	LoadTest    Category = "load-test"
	OutOfScope  Category = "out-of-scope"
	WrongData   Category = "wrong-data"
)

// Categories returns every category.
func Categories() []Category { return []Category{Maintenance, LoadTest, OutOfScope, WrongData} }

// Source says where a correction was declared.
type Source string

// The sources.
const (
	FromAPI  Source = "api"
	FromFile Source = "file" // of the operator's paths
)

// State says whether a correction counts.
type State string

// The states.
const (
	Pending State = "pending" // waits for the approval of a second person
	InForce State = "in_force"
	Revoked State = "revoked"
)

// States returns every state.
func States() []State { return []State{Pending, InForce, Revoked} }

// Terms are what a correction says, resolved and checked; they never change.
type Terms struct {
	Draft      Draft // as it was declared
	Kind       Kind
	Category   Category
	Reason     string
	Objectives Selector
	Group      slo.Group // of the objective that an adjustment is about
	From, To   time.Time // of the only interval, or of the first
	Repeat     *Repeat   // nil when there is only one interval
	Bad, Total budget.Count
}

// Correction is one that was declared, with who decided what about it and when.
type Correction struct {
	ID             string // a number that the store gives
	Name           string // of the document, "" when it came over the API
	File           string // of the document
	Terms          Terms
	Author         string
	Owners         []string // that the author is bound to: only their objectives are meant; empty: everybody's
	CreatedAt      time.Time
	ApprovalNeeded bool      // it counts only once a second person has approved it
	ApprovedBy     string    // "" when nobody had to
	ApprovedAt     time.Time // zero while it is pending
	ApprovedInFile bool      // its document names who has approved it, and nobody else has
	RevokedBy      string
	RevokedAt      time.Time // zero while it is not revoked
	RevokeReason   string

	// DeclaredFor are the objectives that it was about when one person was enough
	// to declare it, in order; nil: a second person was asked for or has approved
	// it at once, or it is not known.
	DeclaredFor []slo.ID
	SecondedAt  time.Time // when somebody approved what counted without; zero: nobody did

	needsTwo func(*slo.Objective) bool // whether a policy asks for two persons now; nil: never
}

// String says in a line what is corrected and why.
func (c *Correction) String() string {
	return fmt.Sprintf("%s, %s, of %s: %s", c.Terms.Kind, c.Terms.Category, c.Terms.Objectives.String(), c.Terms.Reason)
}

// Source returns where the correction was declared.
func (c *Correction) Source() Source {
	if c.File != "" {
		return FromFile
	}
	return FromAPI
}

// State says whether the correction counts today.
func (c *Correction) State() State {
	switch {
	case !c.RevokedAt.IsZero():
		return Revoked
	case c.ApprovedAt.IsZero():
		return Pending
	default:
		return InForce
	}
}

// CountedAt reports whether the correction counted as the world was known at a
// time: it was approved by then and not revoked.
func (c *Correction) CountedAt(known time.Time) bool {
	return !c.ApprovedAt.IsZero() && !c.ApprovedAt.After(known) &&
		(c.RevokedAt.IsZero() || c.RevokedAt.After(known))
}
