package why

import (
	"fmt"
	"slices"

	"headroom/budget"
)

// verdict tells which rule the state follows from, and what follows from it.
func (t *Teller) verdict(s budget.Status) Verdict {
	v := Verdict{Data: s.Data, State: s.State, Reason: s.Reason, Rules: stateRules(), Freezes: []string{}, Gate: t.o.Stand(s)}
	if i := slices.IndexFunc(v.Rules, func(r Rule) bool { return r.State == s.State }); i >= 0 {
		v.Rules[i].Holds = true
	}
	for _, f := range t.o.Freezes(s) {
		v.Freezes = append(v.Freezes, f.Policy)
	}
	return v
}

func stateRules() []Rule {
	return []Rule{
		{State: budget.StateUnknown, When: fmt.Sprintf("coverage < %v, or there are no events", budget.MinCoverage)},
		{State: budget.StateExhausted, When: "remaining ≤ 0"},
		{State: budget.StateCaution, When: fmt.Sprintf("remaining < %v", budget.CautionRemaining)},
		{State: budget.StateHealthy, When: "otherwise"},
	}
}
