package gate

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"time"

	"headroom/budget"
	"headroom/budget/policy"
	"headroom/slo"
)

// maxReasons is how many reasons an answer has at most.
const maxReasons = 50

// Decide judges the budgets of a service among the statuses by the policies.
// It does not depend on the order of either. A service without statuses is one
// without objectives, and nothing holds it.
func Decide(statuses []budget.Status, policies []policy.Policy, r Request) Decision {
	j := judgement{request: r, countedAs: r.Change}
	if !r.Exempt {
		j.countedAs = policy.Feature
	}
	j.policies = slices.SortedFunc(slices.Values(policies), func(a, b policy.Policy) int { return strings.Compare(a.Name, b.Name) })
	for i := range statuses {
		if id := statuses[i].Objective.ID; id.Namespace == r.Namespace && id.Service == r.Service {
			j.own = append(j.own, &statuses[i])
		}
	}
	j.judge()
	return j.decision()
}

// judgement collects what the policies make of a service's budgets.
type judgement struct {
	request   Request
	countedAs policy.Change
	policies  []policy.Policy  // sorted by name
	own       []*budget.Status // of the service
	covering  int              // policies that cover the environment
	about     int              // pairs of such a policy with a budget that it selects
	findings  []finding
}

// finding is what one policy makes of one budget, when it makes anything.
type finding struct {
	policy *policy.Policy
	status *budget.Status
	effect Effect
}

func (j *judgement) judge() {
	for i := range j.policies {
		p := &j.policies[i]
		if !p.Covers(j.request.Environment) {
			continue
		}
		j.covering++
		for _, s := range j.own {
			if !p.Objectives.Matches(s.Objective) {
				continue
			}
			j.about++
			if effect, found := j.effect(p, s); found {
				j.findings = append(j.findings, finding{p, s, effect})
			}
		}
	}
	slices.SortStableFunc(j.findings, func(a, b finding) int {
		return cmp.Or(
			cmp.Compare(slices.Index(effects(), a.effect), slices.Index(effects(), b.effect)),
			a.status.Objective.ID.Compare(b.status.Objective.ID),
			strings.Compare(a.status.Group.String(), b.status.Group.String()),
			strings.Compare(a.policy.Name, b.policy.Name),
		)
	})
}

func (j *judgement) effect(p *policy.Policy, s *budget.Status) (Effect, bool) {
	unknown := !known(s)
	switch {
	case !unknown && !frozen(p, s):
		return "", false
	case young(s):
		return Young, true
	case unknown && p.Unknown == policy.Open:
		return Opens, true
	case p.Mode == policy.Advise:
		return Advises, true
	case p.Passes(j.countedAs):
		return Passes, true
	case unknown:
		return Closes, true
	default:
		return Holds, true
	}
}

// known reports whether it is known how a budget stands. A budget that is
// known stays so when its series vanish afterwards: losing the metrics lifts no
// freeze as long as most of the window was measured.
func known(s *budget.Status) bool {
	return s.State != budget.StateUnknown && finite(s.Balance.Remaining) != nil
}

func frozen(p *policy.Policy, s *budget.Status) bool {
	return *s.Balance.Remaining <= p.FreezeAt
}

// young reports whether an objective has not lived for a whole window,
// whatever else is wrong with its data. One that was never measured is the
// youngest: the first release of a service must not wait for what only that
// release can bring forth.
func young(s *budget.Status) bool {
	life := s.Balance.Life
	if s.Balance.Corrected {
		life = s.Balance.Raw.Life // excluded time does not count, and makes nothing younger
	}
	return s.Data == budget.DataYoung || unborn(s) || life > 0 && life < s.Objective.Window.Rolling
}

// unborn reports whether an objective was never measured at all.
func unborn(s *budget.Status) bool {
	return s.Balance.Life == 0 && s.Balance.Since.IsZero() && s.Balance.Total == nil
}

// Freezes returns the policies that hold releases because of a budget, in the
// order given.
func Freezes(s *budget.Status, policies []policy.Policy) []Freeze {
	var freezes []Freeze
	for i := range policies {
		p := &policies[i]
		if p.Mode == policy.Enforce && p.Objectives.Matches(s.Objective) && known(s) && frozen(p, s) && !young(s) {
			freezes = append(freezes, Freeze{Policy: p.Name, Environments: p.Environments})
		}
	}
	return freezes
}

// Stand says in sentences what each of the policies makes of a budget, in the
// order given: that it holds releases because of it, or why it does not.
func Stand(s *budget.Status, policies []policy.Policy) []string {
	var j judgement
	said := []string{}
	for i := range policies {
		p := &policies[i]
		if !p.Objectives.Matches(s.Objective) {
			continue
		}
		effect, found := j.effect(p, s)
		if !found {
			said = append(said, enough(p))
			continue
		}
		said = append(said, finding{p, s, effect}.consequence(policy.Feature))
	}
	switch {
	case len(policies) == 0:
		said = append(said, "Nothing is held because of it: no policy is declared.")
	case len(said) == 0:
		said = append(said, "Nothing is held because of it: no policy is about it.")
	}
	return said
}

func (j *judgement) decision() Decision {
	r := j.request
	d := Decision{
		Verdict: Allowed, Service: r.Namespace + "/" + r.Service, Environment: r.Environment,
		Change: r.Change, CountedAs: j.countedAs, Reasons: []Reason{}, Ways: []string{}, CheckedAt: r.At.UTC(),
	}
	if len(j.findings) > 0 && j.findings[0].effect == Holds {
		d.Verdict = Held
	} else if len(j.findings) > 0 && j.findings[0].effect == Closes {
		d.Verdict = Unknown
	}
	d.Allowed = d.Verdict == Allowed
	d.State = j.state(d)
	for _, f := range j.findings[:min(len(j.findings), maxReasons)] {
		d.Reasons = append(d.Reasons, f.reason(j.countedAs))
	}
	d.Omitted = len(j.findings) - len(d.Reasons)
	d.Summary = j.summary(d.Verdict)
	d.Ways = append(d.Ways, j.ways(d.Verdict)...)
	return d
}

// state hashes the verdict and its reasons without their figures.
func (j *judgement) state(d Decision) string {
	parts := []any{d.Service, strings.ToLower(d.Environment), d.Change, d.CountedAs, d.Verdict}
	for _, f := range j.findings {
		parts = append(parts, []any{f.effect, f.status.Objective.ID, f.status.Group.String(), f.policy.Name})
	}
	text, err := json.Marshal(parts)
	if err != nil {
		panic("gate: marshal of plain values: " + err.Error())
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

func (f finding) reason(change policy.Change) Reason {
	o, b := f.status.Objective, f.status.Balance
	burn := func(d time.Duration) *float64 { return finite(b.Burn[d]) }
	return Reason{
		Objective: o.ID, Group: f.status.Group, Policy: f.policy.Name, Effect: f.effect, Text: f.text(change),
		Target: o.Target, Window: o.Window.String(), Data: f.status.Data, BudgetState: f.status.State, FreezeAt: f.policy.FreezeAt,
		Remaining: finite(b.Remaining), Spent: finite(b.Spent), Bad: finite(b.Bad), Total: finite(b.Total), BudgetEvents: finite(b.Budget),
		Burn: Burn{Hour: burn(time.Hour), SixHours: burn(6 * time.Hour), ThreeDays: burn(72 * time.Hour)},
	}
}

func (f finding) id() slo.ID { return f.status.Objective.ID }

// finite leaves out what JSON cannot say.
func finite(f *float64) *float64 {
	if f == nil || math.IsNaN(*f) || math.IsInf(*f, 0) {
		return nil
	}
	return f
}
