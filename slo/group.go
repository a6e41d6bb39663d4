package slo

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Group holds the labels that tell the groups of one objective apart, such as
// {region="eu"}. It is canonical, comparable and usable as a map key; the zero
// value is the group of an objective that is not grouped.
type Group struct {
	canonical string
}

// NewGroup makes the group of the given labels. Labels with empty values are
// left out, as Prometheus treats them as absent.
func NewGroup(labels map[string]string) Group {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		if labels[name] == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.Quote(name))
		b.WriteByte('=')
		b.WriteString(strconv.Quote(labels[name]))
	}
	return Group{canonical: b.String()}
}

// ParseGroup reads what Group.String wrote.
func ParseGroup(s string) (Group, error) {
	labels := map[string]string{}
	for rest := s; rest != ""; {
		name, after, err := unquotePrefix(rest)
		if err != nil || !strings.HasPrefix(after, "=") {
			return Group{}, fmt.Errorf("group %q: want \"name\"=\"value\" pairs", s)
		}
		value, after, err := unquotePrefix(after[1:])
		if err != nil || after != "" && !strings.HasPrefix(after, ",") {
			return Group{}, fmt.Errorf("group %q: want \"name\"=\"value\" pairs", s)
		}
		labels[name] = value
		rest = strings.TrimPrefix(after, ",")
	}
	return NewGroup(labels), nil
}

func unquotePrefix(s string) (value, rest string, err error) {
	quoted, err := strconv.QuotedPrefix(s)
	if err != nil {
		return "", "", err
	}
	value, err = strconv.Unquote(quoted)
	return value, s[len(quoted):], err
}

// String returns the canonical form: "" or `"region"="eu","zone"="1"`.
func (g Group) String() string { return g.canonical }

// IsZero reports whether the group has no labels.
func (g Group) IsZero() bool { return g.canonical == "" }

// Labels returns the labels in a map of the caller's own, never nil.
func (g Group) Labels() map[string]string {
	labels := map[string]string{}
	for rest := g.canonical; rest != ""; {
		name, after, _ := unquotePrefix(rest)
		value, after, _ := unquotePrefix(after[1:])
		labels[name] = value
		rest = strings.TrimPrefix(after, ",")
	}
	return labels
}

// MarshalJSON writes the labels as an object.
func (g Group) MarshalJSON() ([]byte, error) { return json.Marshal(g.Labels()) }

// UnmarshalJSON reads an object of labels.
func (g *Group) UnmarshalJSON(data []byte) error {
	var labels map[string]string
	if err := json.Unmarshal(data, &labels); err != nil {
		return fmt.Errorf("read group: %w", err)
	}
	*g = NewGroup(labels)
	return nil
}
