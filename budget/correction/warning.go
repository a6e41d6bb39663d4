package correction

import (
	"fmt"
	"slices"
	"strings"

	"headroom/slo"
)

// maxNamed bounds how many groups a warning names.
const maxNamed = 5

// Warnings says, in sentences for its author, what about a correction is likely
// not meant so; never nil.
func (b *Book) Warnings(c *Correction) []string {
	warnings := []string{}
	if text := b.unmeasured(c); text != "" {
		warnings = append(warnings, text)
	}
	for _, f := range c.Terms.Clocks(b.o.Now()) {
		warnings = append(warnings, f.Message+"; "+f.Hint)
	}
	return warnings
}

// Unmeasured returns the corrections that are not revoked and adjust a group of
// which nothing has been measured, with what to say of each, but for those whose
// time has left every window.
func (b *Book) Unmeasured() (list []Correction, texts []string) {
	horizon := b.o.Now().Add(-slo.MaxWindow)
	for _, c := range b.List() {
		if c.State() == Revoked || !c.Terms.To.After(horizon) {
			continue
		}
		if text := b.unmeasured(&c); text != "" {
			list, texts = append(list, c), append(texts, text)
		}
	}
	return list, texts
}

// unmeasured says that a correction adjusts a group that does not exist, as far
// as is known: it may be that it has had no events yet.
func (b *Book) unmeasured(c *Correction) string {
	if c.Terms.Kind != Adjust || c.Terms.Group == (slo.Group{}) {
		return ""
	}
	for _, o := range b.Selected(&c.Terms) {
		groups := b.o.Groups(o.ID)
		if slices.Contains(groups, c.Terms.Group) || groupOf(&c.Terms, o) != nil {
			continue // the latter is said by Unused
		}
		if len(groups) == 0 {
			return fmt.Sprintf("nothing has been measured of %s yet, so it adjusts nothing until there is a group {%s}", o.ID, c.Terms.Group)
		}
		var names []string
		for _, g := range groups[:min(len(groups), maxNamed)] {
			names = append(names, "{"+g.String()+"}")
		}
		if more := len(groups) - maxNamed; more > 0 {
			names = append(names, fmt.Sprintf("%d more", more))
		}
		return fmt.Sprintf("%s has no group {%s}, so it adjusts nothing; it has %s", o.ID, c.Terms.Group, strings.Join(names, ", "))
	}
	return ""
}
