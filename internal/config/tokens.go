package config

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"headroom/internal/strictyaml"
)

// Token is one that the API accepts. It has a role, scopes or both.
type Token struct {
	Name   string // who holds it
	SHA256 [sha256.Size]byte
	Role   string   // of Roles, or ""
	Scopes []string // of Scopes
	Owners []string // whose objectives it may change; none: everybody's
}

// Scopes lists what a token may allow.
func Scopes() []string {
	return []string{"read", "events", "decide", "exempt", "correct", "annotate", "approve", "admin"}
}

// Roles lists the usual sets of scopes.
func Roles() []string { return []string{"viewer", "editor", "approver", "admin"} }

func (r *reader) tokens(list []tokenFile) (tokens []Token) {
	for _, f := range list {
		t := Token{
			Name: r.name(f.Name, "a token"), SHA256: r.tokenHash(f.SHA256),
			Role: r.oneOf(f.Role, "role", "", Roles()), Scopes: r.scopes(f.Scopes), Owners: r.owners(f.Owners),
		}
		if !f.Role.IsSet() && !f.Scopes.IsSet() {
			r.report(f.Name.Node, checkValue, fmt.Sprintf("token %s may do nothing", t.Name),
				"write role: "+strings.Join(Roles(), ", ")+", or scopes")
		}
		if len(t.Owners) > 0 && !changes(t) && (f.Role.IsSet() || f.Scopes.IsSet()) {
			r.report(f.Owners.Key, checkConflict, "owners of a token that changes nothing",
				"remove owners: they bound what a token changes, and not what it reads")
		}
		for _, other := range tokens {
			if other.Name == t.Name {
				r.report(f.Name.Node, checkConflict, fmt.Sprintf("token %s is given twice", t.Name), "give each token a name of its own, so that the log tells them apart")
			}
			if other.SHA256 == t.SHA256 && t.SHA256 != [sha256.Size]byte{} {
				r.report(f.SHA256.Node, checkConflict, fmt.Sprintf("this is the token of %s, too", other.Name), "make a token for each holder")
			}
		}
		tokens = append(tokens, t)
	}
	return tokens
}

func (r *reader) tokenHash(v strictyaml.Value[string]) (hash [sha256.Size]byte) {
	sum, err := hex.DecodeString(v.V)
	switch {
	case err != nil || len(sum) != sha256.Size:
		r.report(v.Node, checkValue, "this is not a SHA-256 in hexadecimal", "headroom token NAME makes a token and prints the line for it; never write the token itself here")
	case [sha256.Size]byte(sum) == sha256.Sum256(nil):
		r.report(v.Node, checkValue, "this is the SHA-256 of nothing", "headroom token NAME makes a token and prints the line for it")
	default:
		hash = [sha256.Size]byte(sum)
	}
	return hash
}

// changes reports whether a token lets its holder change anything.
func changes(t Token) bool {
	reads := func(scope string) bool { return scope == "read" || scope == "decide" }
	return t.Role != "" && t.Role != "viewer" || slices.ContainsFunc(t.Scopes, func(s string) bool { return !reads(s) })
}

func (r *reader) scopes(v strictyaml.Value[[]strictyaml.Value[string]]) (scopes []string) {
	if v.IsSet() && len(v.V) == 0 {
		r.report(v.Node, checkValue, "the token has no scopes", "write some of "+strings.Join(Scopes(), ", "))
	}
	for _, scope := range v.V {
		word := r.oneOf(scope, "scope", "", Scopes())
		if slices.Contains(scopes, word) {
			r.report(scope.Node, checkConflict, fmt.Sprintf("scope %s is given twice", word), "name it once")
		}
		scopes = append(scopes, word)
	}
	return scopes
}

// owners reads whose objectives a token may change, as specs declare them.
func (r *reader) owners(v strictyaml.Value[[]strictyaml.Value[string]]) (owners []string) {
	if v.IsSet() && len(v.V) == 0 {
		r.report(v.Node, checkValue, "no owners", "name some, or remove the key: the token may then change the objectives of everybody")
	}
	for _, owner := range v.V {
		switch {
		case strings.TrimSpace(owner.V) == "":
			r.report(owner.Node, checkValue, "an owner without a name", "write an owner as specs declare it, such as team-payments")
		case slices.Contains(owners, owner.V):
			r.report(owner.Node, checkConflict, fmt.Sprintf("owner %s is given twice", owner.V), "name it once")
		}
		owners = append(owners, owner.V)
	}
	return owners
}
