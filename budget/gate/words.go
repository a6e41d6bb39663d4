package gate

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"headroom/api/figure"
	"headroom/budget/policy"
)

// text says what happened to a budget, and what the policy makes of it.
func (f finding) text(change policy.Change) string {
	if !known(f.status) {
		return fmt.Sprintf("It is not known what is left of the error budget of %s%s. %s", f.name(), f.whyUnknown(), f.consequence(change))
	}
	b := f.status.Balance
	text := fmt.Sprintf("%s has %s: %s of %s events were bad in the last %s, where the target %s lets %s be bad.",
		f.name(), left(*b.Remaining), figure.Count(b.Bad), figure.Count(b.Total),
		f.status.Objective.Window, f.status.Objective.Target, figure.Count(b.Budget))
	if burn := finite(b.Burn[time.Hour]); burn != nil && *burn > 1 {
		text += fmt.Sprintf(" It still burns: over the last hour %s times as fast as the budget allows.", figure.Burn(burn))
	} else if burn != nil {
		text += fmt.Sprintf(" Over the last hour it burned no faster than allowed (%s).", figure.Burn(burn))
	}
	return text + " " + f.consequence(change)
}

// left says how a budget stands: "4.2% of its error budget left".
func left(remaining float64) string {
	figures := figure.Remaining(&remaining)
	over, negative := strings.CutPrefix(figures, "-")
	far, veryFar := strings.CutPrefix(figures, "<-")
	switch {
	case veryFar:
		return "overdrawn its error budget by more than " + far
	case negative:
		return "overdrawn its error budget by " + over
	case remaining == 0:
		return "used up its error budget"
	default:
		return figures + " of its error budget left"
	}
}

func (f finding) name() string {
	name := figure.Objective(f.id())
	if g := f.status.Group; !g.IsZero() {
		name += " {" + g.String() + "}"
	}
	return name
}

func (f finding) whyUnknown() string {
	why := strings.TrimSuffix(f.status.Reason, ".")
	if why == "" {
		return ""
	}
	return " (" + why + ")"
}

// consequence says what the policy makes of the budget.
func (f finding) consequence(change policy.Change) string {
	p := f.policy
	at := fmt.Sprintf("when %s or less is left", percent(p.FreezeAt))
	if !known(f.status) {
		at = "when that is not known"
	}
	switch f.effect {
	case Holds, Closes:
		return fmt.Sprintf("The policy %s holds releases %s.", p.Name, at)
	case Passes:
		return fmt.Sprintf("The policy %s holds releases %s, but %s passes.", p.Name, at, article(change))
	case Advises:
		return fmt.Sprintf("The policy %s advises against releases %s; it does not hold them.", p.Name, at)
	case Young:
		if unborn(f.status) {
			return fmt.Sprintf("The policy %s does not hold releases for it, since it was never measured: its first release may be what it waits for.", p.Name)
		}
		return fmt.Sprintf("The policy %s does not hold releases for it, since it is younger than its window.", p.Name)
	default:
		return fmt.Sprintf("The policy %s lets releases through %s.", p.Name, at)
	}
}

// enough says that a policy makes nothing of a budget.
func enough(p *policy.Policy) string {
	return fmt.Sprintf("The policy %s makes nothing of it as long as more than %s is left.", p.Name, percent(p.FreezeAt))
}

func (j *judgement) summary(verdict Verdict) string {
	to := fmt.Sprintf("%s/%s to %s", j.request.Namespace, j.request.Service, j.request.Environment)
	switch verdict {
	case Held:
		return fmt.Sprintf("Do not release %s: %s it because of %s.", to, j.policiesThat("hold", Holds), j.budgetsWith(Holds))
	case Unknown:
		return fmt.Sprintf("Do not release %s: it is not known what is left of the error budget of %s, and %s releases then.", to, j.budgetsWith(Closes), j.policiesThat("hold", Closes))
	default:
		return fmt.Sprintf("%s may be released: %s.", to, j.whyAllowed())
	}
}

func (j *judgement) whyAllowed() string {
	switch {
	case len(j.own) == 0:
		return "the service has no objectives"
	case len(j.policies) == 0:
		return "no policy is declared"
	case j.covering == 0:
		return fmt.Sprintf("no policy is about this environment, only about %s", list(j.environments(), "and"))
	case j.about == 0:
		return "no policy for this environment is about its objectives"
	}
	var parts []string
	if policies := j.policiesThat("let", Passes); policies != "" {
		parts = append(parts, fmt.Sprintf("%s %s pass", policies, article(j.countedAs)))
	}
	if policies := j.policiesThat("advise", Advises); policies != "" {
		parts = append(parts, fmt.Sprintf("%s against it because of %s", policies, j.budgetsWith(Advises)))
	}
	if names := j.budgetsThat(Young, func(f finding) bool { return !unborn(f.status) }); names != "" {
		parts = append(parts, "nothing is held for "+names+" yet, younger than the window")
	}
	if names := j.budgetsThat(Young, func(f finding) bool { return unborn(f.status) }); names != "" {
		parts = append(parts, "nothing is held for "+names+" yet, never measured so far")
	}
	if policies := j.policiesThat("let", Opens); policies != "" {
		parts = append(parts, fmt.Sprintf("it is not known what is left of the error budget of %s, and %s it through then", j.budgetsWith(Opens), policies))
	}
	if len(parts) == 0 {
		return "every error budget that a policy is about has enough left"
	}
	return strings.Join(parts, "; ")
}

func (j *judgement) environments() []string {
	var names []string
	for i := range j.policies {
		names = append(names, j.policies[i].Environments...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// policiesThat says which policies have an effect, with their verb: "the policy
// a holds", "the policies a and b hold", "" when there are none.
func (j *judgement) policiesThat(verb string, e Effect) string {
	names, n := named(j.findings, e, func(f finding) string { return f.policy.Name })
	switch n {
	case 0:
		return ""
	case 1:
		return "the policy " + names + " " + verb + "s"
	default:
		return "the policies " + names + " " + verb
	}
}

// budgetsWith names the budgets on which there is an effect.
func (j *judgement) budgetsWith(e Effect) string {
	names, _ := named(j.findings, e, finding.name)
	return names
}

// budgetsThat names the budgets on which there is an effect and that fit.
func (j *judgement) budgetsThat(e Effect, fit func(finding) bool) string {
	fitting := slices.DeleteFunc(slices.Clone(j.findings), func(f finding) bool { return !fit(f) })
	names, _ := named(fitting, e, finding.name)
	return names
}

// named lists different names, three at most, and tells how many there are.
func named(findings []finding, e Effect, name func(finding) string) (names string, n int) {
	const most = 3
	var all []string
	for _, f := range findings {
		if own := name(f); f.effect == e && !slices.Contains(all, own) {
			all = append(all, own)
		}
	}
	n = len(all)
	if n > most {
		all = append(all[:most:most], fmt.Sprintf("%d more", n-most))
	}
	return list(all, "and"), n
}

// ways says what lets a held release pass.
func (j *judgement) ways(verdict Verdict) []string {
	if verdict == Allowed {
		return nil
	}
	var ways []string
	passing := j.passing()
	r := j.request
	switch {
	case !r.Exempt && slices.Contains(passing, r.Change):
		ways = append(ways, fmt.Sprintf("It was judged as a feature: to claim that it is %s, send a token with the scope exempt.", article(r.Change)))
	case len(passing) == 0:
	default:
		phrases := make([]string, len(passing))
		for i, c := range passing {
			phrases[i] = article(c)
		}
		ways = append(ways, fmt.Sprintf("Now %s passes, claimed with a token that has the scope exempt.", list(phrases, "or")))
	}
	if verdict == Held {
		return append(ways, "Or wait: the budget comes back as bad events leave its window, once what burns is mended.")
	}
	return append(ways, "Or see to the measuring: headroom status says what is missing.")
}

// passing are the kinds of change that pass every policy that holds or closes.
func (j *judgement) passing() []policy.Change {
	return slices.DeleteFunc(policy.Changes(), func(c policy.Change) bool {
		return slices.ContainsFunc(j.findings, func(f finding) bool {
			return (f.effect == Holds || f.effect == Closes) && !f.policy.Passes(c)
		})
	})
}

func article(c policy.Change) string {
	if c == policy.Security {
		return "a security change"
	}
	return "a " + string(c)
}

// list joins phrases: "a, b and c".
func list(phrases []string, last string) string {
	if len(phrases) < 2 {
		return strings.Join(phrases, "")
	}
	return strings.Join(phrases[:len(phrases)-1], ", ") + " " + last + " " + phrases[len(phrases)-1]
}

// percent writes a policy's share exactly: "0%", "12.5%".
func percent(share float64) string {
	const decimals = 1e9 // more than anybody writes, fewer than float64 invents
	return strconv.FormatFloat(math.Round(share*100*decimals)/decimals, 'f', -1, 64) + "%"
}
