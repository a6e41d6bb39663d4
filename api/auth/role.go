package auth

import "slices"

// Role is a usual set of scopes.
type Role string

// The roles, each with the scopes of the one before it.
const (
	Viewer        Role = "viewer"   // reads
	Editor        Role = "editor"   // reports events, asks gates, corrects and annotates
	Approver      Role = "approver" // approves what editors wrote, too
	Administrator Role = "admin"    // everything, exempt changes included
)

// Roles returns all roles.
func Roles() []Role { return []Role{Viewer, Editor, Approver, Administrator} }

// Scopes returns what a role allows.
func (r Role) Scopes() []Scope {
	editing := []Scope{Read, Events, Decide, Correct, Annotate}
	switch r {
	case Viewer:
		return []Scope{Read}
	case Editor:
		return editing
	case Approver:
		return append(editing, Approve)
	case Administrator:
		return []Scope{Admin}
	default:
		return nil
	}
}

func (t Token) allowed() []Scope {
	return slices.Concat(t.Role.Scopes(), t.Scopes)
}

// Changes reports whether scopes let a token change anything.
func Changes(scopes []Scope) bool {
	return slices.ContainsFunc(scopes, func(s Scope) bool { return s != Read && s != Decide })
}
