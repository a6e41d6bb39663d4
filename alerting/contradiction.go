package alerting

import (
	"fmt"
	"math/big"
	"slices"

	"headroom/slo"
)

// Contradiction is something in a plan that cannot be meant, of one objective.
type Contradiction struct {
	Message string // a sentence without its full stop
	Hint    string // how to mend it
}

// Contradictions returns what the document of an objective's plan says that its
// tiers, as derived in p, make senseless. Without a document there is nothing.
func (p Plan) Contradictions(o *slo.Objective) []Contradiction {
	if o.Plan == nil {
		return nil
	}
	var list []Contradiction
	for _, w := range o.Plan.Without {
		if !slices.ContainsFunc(Presets(o.Window.Rolling), func(preset Preset) bool { return leavesOut(w, preset) }) {
			list = append(list, Contradiction{
				Message: fmt.Sprintf("without leaves out a %s over %s, and headroom's own tiers for a window of %s have none", w.Severity, slo.FormatDuration(w.Long), o.Window),
				Hint:    "write the window of a tier that headroom explain shows without the plan, or leave over out for all of the severity",
			})
		}
	}
	if len(o.Plan.Tiers) > 0 {
		list = append(list, p.dead()...)
		list = append(list, p.eager()...)
	}
	for _, t := range p.Of(Page) {
		if p.Guard.Off && t.Sparse == nil && rat(t.FactorString).Cmp(big.NewRat(1, 1)) <= 0 {
			list = append(list, Contradiction{
				Message: fmt.Sprintf("the page over %s fires at a burn of 1, which a service on its budget has half of the time, and the guard is off", t.Name()),
				Hint:    "wait for a higher burn, make it a ticket, or leave the guard on",
			})
		}
	}
	return list
}

// dead are tiers that never fire before a shorter one of their severity.
func (p Plan) dead() []Contradiction {
	var list []Contradiction
	for _, t := range p.Tiers {
		burn := rat(t.FactorString)
		// What an objective's target or window bounds is no wish of anybody's.
		if t.Sparse != nil || t.ThresholdString == maxThreshold {
			continue
		}
		i := slices.IndexFunc(p.Tiers, func(s Tier) bool {
			return s.Sparse == nil && s.Severity == t.Severity && s.Long < t.Long && burn.Cmp(rat(s.FactorString)) > 0
		})
		if i >= 0 {
			list = append(list, Contradiction{
				Message: fmt.Sprintf("the %s over %s waits for a burn of %s, and the one over %s, which is faster, only for %s",
					t.Severity, t.Name(), t.FactorString, p.Tiers[i].Name(), p.Tiers[i].FactorString),
				Hint: "remove the longer one, or have it wait for a lower burn than the shorter one",
			})
		}
	}
	return list
}

// eager are pages at a burn that no ticket waits for.
func (p Plan) eager() []Contradiction {
	page, wakes := p.lowest(Page)
	ticket, waits := p.lowest(Ticket)
	if !wakes || !waits || rat(page.FactorString).Cmp(rat(ticket.FactorString)) >= 0 {
		return nil
	}
	return []Contradiction{{
		Message: fmt.Sprintf("the page over %s fires at a burn of %s, at which no ticket does: the lowest is over %s at %s", page.Name(), page.FactorString, ticket.Name(), ticket.FactorString),
		Hint:    "let a ticket wait for a lower burn than every page, or exchange the two",
	}}
}

// lowest is the tier of a severity that waits for the lowest burn.
func (p Plan) lowest(severity Severity) (Tier, bool) {
	var found Tier
	for _, t := range p.Of(severity) {
		if t.Sparse == nil && (found.FactorString == "" || rat(t.FactorString).Cmp(rat(found.FactorString)) < 0) {
			found = t
		}
	}
	return found, found.FactorString != ""
}
