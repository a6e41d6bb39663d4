package slo

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"
)

// Indicator says how events are counted. The set is closed: the types that
// implement it here are all there are, and only package rules tells them apart.
type Indicator interface {
	// Kind is the indicator's key in the spec, such as "ratio".
	Kind() string
	// Canonical is a text that is equal for two indicators exactly when they
	// count the same events.
	Canonical() string
	// Parts are what a reader is shown of it, at most one of each role.
	Parts() []Part
	// Exprs are the PromQL expressions that it reads, as the spec states them;
	// none when it reads no metrics store. The caller must not change them.
	Exprs() []parser.Expr
	// Notes are sentences that say what counts and what does not.
	Notes() []string
}

// Role is what a part of an indicator is for.
type Role string

// The roles.
const (
	RoleBad   Role = "bad"   // which events are bad
	RoleGood  Role = "good"  // which events are good
	RoleTotal Role = "total" // which events there are
	RoleUnder Role = "under" // the threshold of a duration: "300ms"
)

// Part is one piece of an indicator, in the notation of the spec: PromQL
// without ranges, CEL or a duration.
type Part struct {
	Role Role
	Text string
}

// PartOf returns the text of an indicator's part, "" when it has none.
func PartOf(in Indicator, role Role) string {
	for _, p := range in.Parts() {
		if p.Role == role {
			return p.Text
		}
	}
	return ""
}

// exprsOf lists the expressions of the counters that are set.
func exprsOf(counters ...Counter) []parser.Expr {
	var list []parser.Expr
	for _, c := range counters {
		if !c.IsZero() {
			list = append(list, c.expr)
		}
	}
	return list
}

// indicatorHash returns the first 8 hex digits of the SHA-256 of what decides
// which events are counted and how they are split.
func indicatorHash(in Indicator, groupBy []string) string {
	sum := sha256.Sum256([]byte(in.Canonical() + " by " + strings.Join(groupBy, ",")))
	return hex.EncodeToString(sum[:4])
}
