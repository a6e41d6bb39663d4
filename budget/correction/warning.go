package correction

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"headroom/budget"
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
	if text := b.excessive(c); text != "" {
		warnings = append(warnings, text)
	}
	for _, f := range c.Terms.Clocks(b.o.Now()) {
		warnings = append(warnings, f.Message+"; "+f.Hint)
	}
	return warnings
}

// excessive says that a correction that does not count yet takes more away than
// was measured in its past interval, slices that lie partly in it as a whole.
func (b *Book) excessive(c *Correction) string {
	t := &c.Terms
	counts := c.ID != "" && c.State() == InForce // and is in the sum already
	if b.o.Sum == nil || t.Kind != Adjust || counts || !t.To.After(t.From) || t.To.After(b.o.Now()) {
		return ""
	}
	for _, o := range b.Selected(t) {
		sum := b.o.Sum(budget.Key{SLO: o.ID, SLI: o.SLI(), Group: t.Group}, t.From.Truncate(o.Resolution), t.To.Add(o.Resolution-time.Millisecond))
		for _, x := range []struct {
			what      string
			adds, has budget.Count
		}{{"bad events", t.Bad, sum.Bad}, {"events", t.Total, sum.Total}} {
			if sum.Measured > 0 && -x.adds > x.has {
				return fmt.Sprintf("it takes away %s %s of %s, whose interval has %s as measured so far: the rest takes from other times of the window, down to 0",
					decimal(-x.adds), x.what, o.ID, decimal(x.has))
			}
		}
	}
	return ""
}

func decimal(c budget.Count) string { return strconv.FormatFloat(c.Events(), 'f', -1, 64) }

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
