package correction

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"headroom/slo"
)

// CountsFor reports whether the correction counted for an objective as the world
// was known at a time.
func (c *Correction) CountsFor(o *slo.Objective, known time.Time) bool {
	return c.CountedAt(known) && c.Terms.Objectives.Matches(o) && c.reaches(o, known)
}

// Withheld reports whether the correction is about an objective and does not
// count for it until somebody approves it, although it is in force: a policy asks
// for two persons there, and the one who declared it had other objectives before
// them.
func (c *Correction) Withheld(o *slo.Objective) bool {
	return c.State() == InForce && c.Terms.Objectives.Matches(o) && !c.reaches(o, c.SecondedAt)
}

// Waits reports whether the correction would count for an objective that it is
// about if somebody approved it.
func (c *Correction) Waits(o *slo.Objective) bool { return c.State() == Pending || c.Withheld(o) }

// reaches reports whether what was decided by a time is decided for an objective
// that the correction is about, too: that came to be about it later, by a label,
// an owner or a name in the objective's own spec, is no decision of two.
func (c *Correction) reaches(o *slo.Objective, known time.Time) bool {
	seconded := !c.SecondedAt.IsZero() && !c.SecondedAt.After(known)
	return c.DeclaredFor == nil || seconded || c.declaredFor(o) || c.needsTwo == nil || !c.needsTwo(o)
}

func (c *Correction) declaredFor(o *slo.Objective) bool {
	has := func(id slo.ID) bool {
		_, found := slices.BinarySearchFunc(c.DeclaredFor, id, slo.ID.Compare)
		return found
	}
	return has(o.ID) || slices.ContainsFunc(o.Formerly, has)
}

// approve makes an approval in memory, as the store keeps it.
func (c *Correction) approve(change *Change) {
	c.ApprovedBy, c.ApprovedInFile = change.Who, change.Files
	if c.ApprovedAt.IsZero() {
		c.ApprovedAt = change.At
	} else {
		c.SecondedAt = change.At
	}
}

// Approved returns the correction as it is once somebody has approved it.
func (c Correction) Approved(who string, at time.Time) Correction {
	c.approve(&Change{Who: who, At: at})
	return c
}

// Named writes ids for people, of many the first: "shop/a, shop/b, 7 more".
func Named(ids []slo.ID) string {
	if len(ids) == 0 {
		return "no objective"
	}
	names := make([]string, 0, maxNamed+1)
	for _, id := range ids[:min(len(ids), maxNamed)] {
		names = append(names, id.String())
	}
	if more := len(ids) - maxNamed; more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return strings.Join(names, ", ")
}
