// Package auth knows who may do what: static tokens, of which only hashes are
// kept, each with scopes.
package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
)

// Scope is what a token allows.
type Scope string

// The scopes.
const (
	Read     Scope = "read"     // read, where reading needs a token at all
	Events   Scope = "events"   // report platform events, of any source
	Decide   Scope = "decide"   // ask gates, where reading needs a token
	Exempt   Scope = "exempt"   // claim a kind of change that passes a freeze
	Correct  Scope = "correct"  // write and revoke corrections
	Annotate Scope = "annotate" // write annotations
	Approve  Scope = "approve"  // approve what others wrote
	Admin    Scope = "admin"    // everything
)

// Scopes returns all scopes.
func Scopes() []Scope {
	return []Scope{Read, Events, Decide, Exempt, Correct, Annotate, Approve, Admin}
}

// Hash is the SHA-256 of a token. A token is 256 random bits, so that its hash
// needs neither salt nor stretching.
type Hash [sha256.Size]byte

// HashOf returns the hash of a token.
func HashOf(token string) Hash { return sha256.Sum256([]byte(token)) }

// Token is one that is accepted.
type Token struct {
	Name   string // who holds it; recorded as who did something
	Hash   Hash
	Role   Role     // what it allows besides Scopes; may be empty
	Scopes []Scope  // may be empty with a role
	Owners []string // whose objectives it may change; empty: everybody's
}

// prefix makes tokens recognisable for people and for scanners of secrets.
const prefix = "headroom_"

// Generate returns a new random token.
func Generate() string {
	var random [32]byte
	_, _ = rand.Read(random[:]) // never returns an error
	return prefix + base64.RawURLEncoding.EncodeToString(random[:])
}

// Tokens are all that are accepted. The zero value, and nil, accept none.
type Tokens struct {
	list []Token
}

// New returns a set of tokens. Two of one name or of one hash are an error, as
// is a scope that is not known.
func New(tokens []Token) (*Tokens, error) {
	for i, t := range tokens {
		if t.Role != "" && !slices.Contains(Roles(), t.Role) {
			return nil, fmt.Errorf("token %s: role %q is not known", t.Name, t.Role)
		}
		for _, scope := range t.Scopes {
			if !slices.Contains(Scopes(), scope) {
				return nil, fmt.Errorf("token %s: scope %q is not known", t.Name, scope)
			}
		}
		for _, other := range tokens[:i] {
			if t.Name == other.Name || t.Hash == other.Hash {
				return nil, fmt.Errorf("token %s is there twice", t.Name)
			}
		}
	}
	return &Tokens{list: slices.Clone(tokens)}, nil
}

// Identity is who asks. The zero value is nobody.
type Identity struct {
	Name   string
	scopes []Scope
	owners []string // empty: everybody
}

// Known reports whether a token was shown.
func (i Identity) Known() bool { return i.Name != "" }

// May reports whether the identity has a scope; admin has all.
func (i Identity) May(scope Scope) bool {
	return slices.Contains(i.scopes, scope) || slices.Contains(i.scopes, Admin)
}

// Owns reports whether the identity may change what belongs to an owner: a token
// that is bound to owners may touch theirs alone, and nothing without an owner.
// Nobody owns anything.
func (i Identity) Owns(owner string) bool {
	return i.Known() && (len(i.owners) == 0 || slices.Contains(i.owners, owner))
}

// Owners returns whose objectives the identity may change; none when it may
// change everybody's.
func (i Identity) Owners() []string { return slices.Clone(i.owners) }

// Identify reads the value of an Authorization header. An empty one is nobody.
// How long it takes does not depend on how much of a token is right.
func (t *Tokens) Identify(authorization string) (Identity, error) {
	if authorization == "" {
		return Identity{}, nil
	}
	scheme, token, _ := strings.Cut(authorization, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return Identity{}, &Error{Message: "the Authorization header is not 'Bearer TOKEN'"}
	}
	var found Identity
	token = strings.TrimSpace(token)
	hash := HashOf(token)
	if t != nil && token != "" {
		for _, known := range t.list {
			if subtle.ConstantTimeCompare(hash[:], known.Hash[:]) == 1 {
				found = Identity{Name: known.Name, scopes: known.allowed(), owners: known.Owners}
			}
		}
	}
	if !found.Known() {
		return Identity{}, &Error{Message: "the token is not known here"}
	}
	return found, nil
}
