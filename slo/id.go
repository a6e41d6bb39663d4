package slo

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// DefaultNamespace is the namespace of a service that is declared without one.
const DefaultNamespace = "default"

// MaxNameLength is the longest namespace, service or objective name, in bytes.
const MaxNameLength = 63

// ID is the identity of an objective: namespace/service/objective. It is the
// value of the label slo on every recorded series and never changes while the
// objective lives; renames are declared with formerly.
type ID struct {
	Namespace string
	Service   string
	Objective string
}

// String returns "namespace/service/objective".
func (id ID) String() string {
	return id.Namespace + "/" + id.Service + "/" + id.Objective
}

// DashboardUID returns the uid of the objective's dashboard: 33 characters that
// depend on nothing but the id.
func (id ID) DashboardUID() string {
	sum := sha256.Sum256([]byte(id.String()))
	return "headroom-" + hex.EncodeToString(sum[:12])
}

// Compare orders ids by namespace, service and objective.
func (id ID) Compare(other ID) int {
	if c := strings.Compare(id.Namespace, other.Namespace); c != 0 {
		return c
	}
	if c := strings.Compare(id.Service, other.Service); c != 0 {
		return c
	}
	return strings.Compare(id.Objective, other.Objective)
}

// MarshalText writes the id as String does.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads what ParseID reads.
func (id *ID) UnmarshalText(text []byte) error {
	parsed, err := ParseID(string(text))
	if err != nil {
		return err
	}
	*id = parsed
	return nil
}

// ParseID reads "namespace/service/objective", or "service/objective" for the
// default namespace. Every part must satisfy ValidName.
func ParseID(s string) (ID, error) {
	parts := strings.Split(s, "/")
	if len(parts) == 2 {
		parts = append([]string{DefaultNamespace}, parts...)
	}
	if len(parts) != 3 {
		return ID{}, fmt.Errorf("id %q: want namespace/service/objective or service/objective", s)
	}
	for _, part := range parts {
		if !ValidName(part) {
			return ID{}, fmt.Errorf("id %q: %q is not a name: use a-z, 0-9 and inner dashes, at most %d characters", s, part, MaxNameLength)
		}
	}
	return ID{Namespace: parts[0], Service: parts[1], Objective: parts[2]}, nil
}

// ParseService reads "namespace/name", or "name" for the default namespace.
func ParseService(s string) (namespace, name string, err error) {
	namespace, name, found := strings.Cut(s, "/")
	if !found {
		namespace, name = DefaultNamespace, s
	}
	for _, part := range []string{namespace, name} {
		if !ValidName(part) {
			return "", "", fmt.Errorf("service %q: %q is not a name: use a-z, 0-9 and inner dashes, at most %d characters", s, part, MaxNameLength)
		}
	}
	return namespace, name, nil
}

// ValidName reports whether s can name a namespace, service or objective: a
// DNS label of RFC 1123 (lower-case letters, digits and inner dashes, 1 to
// MaxNameLength characters).
func ValidName(s string) bool {
	if s == "" || len(s) > MaxNameLength {
		return false
	}
	for i := range len(s) {
		c := s[i]
		alnum := c >= 'a' && c <= 'z' || c >= '0' && c <= '9'
		inner := i > 0 && i < len(s)-1
		if !alnum && (c != '-' || !inner) {
			return false
		}
	}
	return true
}
