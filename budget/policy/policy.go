// Package policy reads what an organisation has decided to do when an error
// budget is gone: which objectives hold which releases, from which remaining
// budget on, and which kinds of change pass all the same. Policies come from
// files that the operator names, never from a team's own specs.
package policy

import (
	"slices"
	"strings"

	"headroom/slo"
)

// Change is a kind of change that somebody wants to release.
type Change string

// The kinds of change.
const (
	Feature  Change = "feature"  // anything that is none of the others; never passes a freeze
	Fix      Change = "fix"      // makes the service more reliable
	Security Change = "security" // closes a hole
	Rollback Change = "rollback" // returns to a version that ran before
)

// Changes returns every kind of change.
func Changes() []Change { return []Change{Feature, Fix, Security, Rollback} }

// Unknown says what to answer when it cannot be known how a budget stands.
type Unknown string

// The answers to what cannot be known.
const (
	Open   Unknown = "open"   // let it through, and say so
	Closed Unknown = "closed" // let nothing through
)

// Mode says whether a policy holds releases.
type Mode string

// The modes.
const (
	Enforce Mode = "enforce" // hold
	Advise  Mode = "advise"  // say what would be held, and hold nothing
)

// Approval says whether corrections wait for a second person.
type Approval string

// The approvals.
const (
	ApprovalNone     Approval = "none"
	ApprovalRequired Approval = "required"
)

// NeedApproval reports whether any of the policies asks for a second person's
// approval of corrections about an objective.
func NeedApproval(policies []Policy, o *slo.Objective) bool {
	return slices.ContainsFunc(policies, func(p Policy) bool { return p.Approval == ApprovalRequired && p.Objectives.Matches(o) })
}

// All is the only entry of Selector.Namespaces or Policy.Environments that
// stands for every one.
const All = "*"

// Policy is one resolved policy: every default is filled in and every bound is
// checked.
type Policy struct {
	Name       string
	Objectives Selector
	// FreezeAt is the share of the budget at which a freeze begins: it is on
	// while what remains is no more. Negative allows to overdraw.
	FreezeAt     float64
	Environments []string // whose releases it holds; []string{All} for all
	Pass         []Change // the kinds that pass a freeze, when the caller may claim them
	Unknown      Unknown
	Mode         Mode
	Approval     Approval  // of corrections about its objectives
	Place        slo.Place // of its name
}

// Selector says which objectives a policy is about. What is empty selects all;
// all that is given must match.
type Selector struct {
	Namespaces []string
	Services   []string // "namespace/name"
	Owners     []string
	IDs        []slo.ID
	Labels     map[string]string
	Place      slo.Place // where it is written, or the policy's when it is not
}

// Matches reports whether the selector selects an objective.
func (s *Selector) Matches(o *slo.Objective) bool {
	for name, value := range s.Labels {
		if got, found := o.Labels[name]; !found || got != value {
			return false
		}
	}
	return among(s.Namespaces, o.ID.Namespace, All) &&
		among(s.Services, o.Service(), "") &&
		among(s.Owners, o.Owner, "") &&
		(len(s.IDs) == 0 || slices.Contains(s.IDs, o.ID))
}

func among(list []string, value, all string) bool {
	return len(list) == 0 || slices.Contains(list, value) || all != "" && slices.Contains(list, all)
}

// Covers reports whether the policy is about releases to an environment. Names
// of environments are compared without regard to case, as their platforms do.
func (p *Policy) Covers(environment string) bool {
	return slices.ContainsFunc(p.Environments, func(e string) bool {
		return e == All || strings.EqualFold(e, environment)
	})
}

// Passes reports whether a kind of change passes a freeze of this policy.
func (p *Policy) Passes(c Change) bool { return slices.Contains(p.Pass, c) }

// Defaults of a policy's document.
const (
	DefaultUnknown  = Open
	DefaultMode     = Enforce
	DefaultApproval = ApprovalNone
)

// DefaultEnvironments returns the environments of a policy that names none.
func DefaultEnvironments() []string { return []string{"production"} }

// DefaultPass returns the kinds of change that pass when a policy names none.
func DefaultPass() []Change { return []Change{Security, Fix, Rollback} }
