package gate_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"headroom/budget"
	"headroom/budget/gate"
	"headroom/budget/policy"
	"headroom/slo"
)

func TestDecide(t *testing.T) {
	ask := func(change policy.Change, exempt bool) gate.Request {
		return gate.Request{Namespace: "default", Service: "shop", Environment: "production", Change: change, Exempt: exempt, At: at()}
	}
	feature := ask(policy.Feature, false)
	staging := feature
	staging.Environment = "staging"
	over, gone, low, fine := status(t, "shop/a", -0.347), status(t, "shop/b", 0), status(t, "shop/c", 0.05), status(t, "shop/d", 0.9)
	lost := over // its series vanished after the budget was gone
	lost.Data, lost.Reason = budget.DataAbsent, "The metrics store has no series for this indicator now."
	lostYoung := young(t, "shop/a", -1)
	lostYoung.Data = budget.DataRulesMissing
	infinite := status(t, "shop/a", -1)
	infinite.Balance.Remaining = ptr(math.Inf(-1))
	silent := fine
	silent.Objective = over.Objective
	silent.Data, silent.State, silent.Balance.Remaining = budget.DataNoTraffic, budget.StateUnknown, nil
	grouped := over
	grouped.Group = slo.NewGroup(map[string]string{"region": "eu"})
	plain := []policy.Policy{freeze(t, "")}
	with := func(more string) []policy.Policy { return []policy.Policy{freeze(t, more)} }
	for name, test := range map[string]struct {
		statuses []budget.Status
		policies []policy.Policy
		request  gate.Request
		verdict  gate.Verdict
		effects  string // of the reasons, with their objectives
		says     string // a part of the summary
	}{
		"over":                     {[]budget.Status{fine, over}, plain, feature, gate.Held, "a holds", "Do not release default/shop to production: the policy freeze holds it because of shop/a."},
		"exactly gone":             {[]budget.Status{gone}, plain, feature, gate.Held, "b holds", "because of shop/b"},
		"two are gone":             {[]budget.Status{gone, over, low}, plain, feature, gate.Held, "a holds, b holds", "shop/a and shop/b"},
		"low":                      {[]budget.Status{low}, plain, feature, gate.Allowed, "", "has enough left"},
		"low, early freeze":        {[]budget.Status{low}, with("freeze: {remaining: 5%}"), feature, gate.Held, "c holds", "Do not release"},
		"overdraft":                {[]budget.Status{over}, with("freeze: {remaining: -50%}"), feature, gate.Allowed, "", "has enough left"},
		"group":                    {[]budget.Status{grouped}, plain, feature, gate.Held, "a holds", `shop/a {"region"="eu"}`},
		"another environment":      {[]budget.Status{over}, plain, staging, gate.Allowed, "", "no policy is about this environment, only about production"},
		"every environment":        {[]budget.Status{over}, with(`environments: ["*"]`), staging, gate.Held, "a holds", "to staging"},
		"another service":          {[]budget.Status{status(t, "other/a", -1)}, plain, feature, gate.Allowed, "", "the service has no objectives"},
		"another namespace":        {[]budget.Status{status(t, "ns/shop/a", -1)}, plain, feature, gate.Allowed, "", "the service has no objectives"},
		"no policies":              {[]budget.Status{over}, nil, feature, gate.Allowed, "", "no policy is declared"},
		"policy about others":      {[]budget.Status{over}, with("objectives: {owners: [team-search]}"), feature, gate.Allowed, "", "no policy for this environment is about its objectives"},
		"fix without the scope":    {[]budget.Status{over}, plain, ask(policy.Fix, false), gate.Held, "a holds", "Do not release"},
		"forged security":          {[]budget.Status{over}, plain, ask(policy.Security, false), gate.Held, "a holds", "Do not release"},
		"fix":                      {[]budget.Status{over}, plain, ask(policy.Fix, true), gate.Allowed, "a passes", "the policy freeze lets a fix pass"},
		"security":                 {[]budget.Status{over}, plain, ask(policy.Security, true), gate.Allowed, "a passes", "lets a security change pass"},
		"fix does not pass":        {[]budget.Status{over}, with("pass: [rollback]"), ask(policy.Fix, true), gate.Held, "a holds", "Do not release"},
		"a feature never passes":   {[]budget.Status{over}, plain, ask(policy.Feature, true), gate.Held, "a holds", "Do not release"},
		"advice":                   {[]budget.Status{over}, with("mode: advise"), feature, gate.Allowed, "a advises", "the policy freeze advises against it because of shop/a"},
		"young":                    {[]budget.Status{young(t, "shop/a", -5)}, plain, feature, gate.Allowed, "a young", "nothing is held for shop/a yet, younger than the window"},
		"corrected":                {[]budget.Status{corrected(t, over)}, plain, feature, gate.Held, "a holds", "because of shop/a"},
		"young and corrected":      {[]budget.Status{corrected(t, lostYoung)}, plain, feature, gate.Allowed, "a young", "younger than the window"},
		"young without rules":      {[]budget.Status{lostYoung}, plain, feature, gate.Allowed, "a young", "younger than the window"},
		"young and fine":           {[]budget.Status{young(t, "shop/a", 0.5)}, plain, feature, gate.Allowed, "", "has enough left"},
		"never measured":           {[]budget.Status{unborn(t, "shop/a")}, plain, feature, gate.Allowed, "a young", "nothing is held for shop/a yet, never measured so far"},
		"never measured, closed":   {[]budget.Status{unborn(t, "shop/a"), young(t, "shop/b", -1)}, with("unknown: closed"), feature, gate.Allowed, "a young, b young", "nothing is held for shop/b yet, younger than the window; nothing is held for shop/a yet, never measured so far"},
		"another holds":            {[]budget.Status{unborn(t, "shop/a"), over}, with("unknown: closed"), feature, gate.Held, "a holds, a young", "because of shop/a"},
		"unmeasured, open":         {[]budget.Status{unmeasured(t, "shop/a")}, plain, feature, gate.Allowed, "a opens", "it is not known what is left of the error budget of shop/a, and the policy freeze lets it through"},
		"unmeasured, closed":       {[]budget.Status{unmeasured(t, "shop/a")}, with("unknown: closed"), feature, gate.Unknown, "a closes", "it is not known what is left of the error budget of shop/a, and the policy freeze holds releases then"},
		"unmeasured, closed, fix":  {[]budget.Status{unmeasured(t, "shop/a")}, with("unknown: closed"), ask(policy.Fix, true), gate.Allowed, "a passes", "lets a fix pass"},
		"unmeasured, closed, tip":  {[]budget.Status{unmeasured(t, "shop/a")}, with("unknown: closed\nmode: advise"), feature, gate.Allowed, "a advises", "advises"},
		"held beats unknown":       {[]budget.Status{unmeasured(t, "shop/a"), over}, with("unknown: closed"), feature, gate.Held, "a holds, a closes", "Do not release"},
		"lost after it was gone":   {[]budget.Status{lost}, plain, feature, gate.Held, "a holds", "because of shop/a"},
		"no traffic":               {[]budget.Status{silent}, with("unknown: closed"), feature, gate.Unknown, "a closes", "not known"},
		"a number that is no one":  {[]budget.Status{infinite}, plain, feature, gate.Allowed, "a opens", "not known"},
		"one policy of two":        {[]budget.Status{low}, append(with("freeze: {remaining: 10%}\nmode: advise"), read(t, "headroom: v1\npolicy: early\nfreeze: {remaining: 20%}\n")), feature, gate.Held, "c holds, c advises", "the policy early"},
		"two policies":             {[]budget.Status{over}, append(slices.Clone(plain), read(t, "headroom: v1\npolicy: also\n")), feature, gate.Held, "a holds, a holds", "the policies also and freeze hold it because of shop/a."},
		"one passes, one does not": {[]budget.Status{over}, append(slices.Clone(plain), read(t, "headroom: v1\npolicy: strict\npass: [security]\n")), ask(policy.Fix, true), gate.Held, "a holds, a passes", "the policy strict"},
	} {
		t.Run(name, func(t *testing.T) {
			d := gate.Decide(test.statuses, test.policies, test.request)
			var effects []string
			for _, r := range d.Reasons {
				effects = append(effects, r.Objective.Objective+" "+string(r.Effect))
			}
			if d.Verdict != test.verdict || d.Allowed != (test.verdict == gate.Allowed) || strings.Join(effects, ", ") != test.effects {
				t.Errorf("%s because of %v, want %s because of %q", d.Verdict, effects, test.verdict, test.effects)
			}
			if !strings.Contains(d.Summary, test.says) {
				t.Errorf("summary %q, want %q", d.Summary, test.says)
			}
			if (len(d.Ways) == 0) != d.Allowed {
				t.Errorf("%s, and the ways are %q", d.Verdict, d.Ways)
			}
		})
	}
}

func TestReasonHasTheFigures(t *testing.T) {
	s := status(t, "shop/a", -0.347)
	s.Balance.Burn[3600e9] = ptr(17.3)
	d := gate.Decide([]budget.Status{s}, []policy.Policy{freeze(t, "")}, gate.Request{
		Namespace: "default", Service: "shop", Environment: "Production", Change: policy.Security, At: at(),
	})
	want := gate.Decision{
		Verdict: gate.Held, Service: "default/shop", Environment: "Production", Change: policy.Security, CountedAs: policy.Feature,
		Summary: "Do not release default/shop to Production: the policy freeze holds it because of shop/a.",
		Reasons: []gate.Reason{{
			Objective: s.Objective.ID, Policy: "freeze", Effect: gate.Holds,
			Text: "shop/a has overdrawn its error budget by 34.7%: 135 of 10,000 events were bad in the last 28d, where the target 99% lets 100 be bad. " +
				"It still burns: over the last hour 17.3 times as fast as the budget allows. The policy freeze holds releases when 0% or less is left.",
			Target: slo.MustTarget("99%"), Window: "28d", Data: budget.DataOK, BudgetState: budget.StateExhausted,
			Remaining: ptr(-0.347), Spent: ptr(1.347), Bad: ptr(134.7), Total: ptr(10_000), BudgetEvents: ptr(100),
			Burn: gate.Burn{Hour: ptr(17.3), SixHours: ptr(2)},
		}},
		Ways: []string{
			"It was judged as a feature: to claim that it is a security change, send a token with the scope exempt.",
			"Or wait: the budget comes back as bad events leave its window, once what burns is mended.",
		},
		State: d.State, CheckedAt: at(),
	}
	if diff := cmp.Diff(want, d, plain(), cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 1e-9 })); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReasonOfWhatWasNeverMeasured(t *testing.T) {
	closed := []policy.Policy{freeze(t, "unknown: closed")}
	d := gate.Decide([]budget.Status{unborn(t, "shop/a")}, closed, gate.Request{Namespace: "default", Service: "shop", Environment: "production"})
	const want = "It is not known what is left of the error budget of shop/a (The metrics store has no series for this indicator now). " +
		"The policy freeze does not hold releases for it, since it was never measured: its first release may be what it waits for."
	if len(d.Reasons) != 1 || d.Reasons[0].Text != want {
		t.Errorf("got %+v, want %q", d.Reasons, want)
	}
}

func TestWordsForWhatIsLeft(t *testing.T) {
	early := []policy.Policy{freeze(t, "freeze: {remaining: 12.55%}")}
	for remaining, want := range map[float64]string{
		0.1: "shop/a has 10.0% of its error budget left: 90", 0.00001: "shop/a has 0% of its error budget left: 100",
		0: "shop/a has used up its error budget: 100", -0.00001: "shop/a has overdrawn its error budget by 0.1%: 100",
		-2: "shop/a has overdrawn its error budget by 200.0%: 300", -1e6: "shop/a has overdrawn its error budget by more than 9999%: 100M",
	} {
		d := gate.Decide([]budget.Status{status(t, "shop/a", remaining)}, early, gate.Request{Namespace: "default", Service: "shop", Environment: "production"})
		if len(d.Reasons) != 1 || !strings.HasPrefix(d.Reasons[0].Text, want) || !strings.HasSuffix(d.Reasons[0].Text, "when 12.55% or less is left.") {
			t.Errorf("%v: %+v", remaining, d.Reasons)
		}
	}
}

func TestManyReasonsAreCut(t *testing.T) {
	var statuses []budget.Status
	for i := range 80 {
		s := status(t, "shop/a", -1)
		s.Group = slo.NewGroup(map[string]string{"pod": strings.Repeat("x", i+1)})
		statuses = append(statuses, s)
	}
	request := gate.Request{Namespace: "default", Service: "shop", Environment: "production", Change: policy.Feature}
	d := gate.Decide(statuses, []policy.Policy{freeze(t, "")}, request)
	if len(d.Reasons) != 50 || d.Omitted != 30 || !strings.Contains(d.Summary, "and 77 more") {
		t.Errorf("%d reasons, %d omitted: %s", len(d.Reasons), d.Omitted, d.Summary)
	}
	if gate.Decide(statuses[1:], []policy.Policy{freeze(t, "")}, request).State == d.State {
		t.Error("the state does not depend on a reason that is omitted")
	}
}

func TestFreezes(t *testing.T) {
	policies := []policy.Policy{
		freeze(t, ""), read(t, "headroom: v1\npolicy: advice\nmode: advise\n"),
		read(t, "headroom: v1\npolicy: early\nfreeze: {remaining: 10%}\nenvironments: [\"*\"]\n"),
	}
	early := gate.Freeze{Policy: "early", Environments: []string{"*"}}
	for name, test := range map[string]struct {
		status budget.Status
		want   []gate.Freeze
	}{
		"over":       {status(t, "shop/a", -1), []gate.Freeze{{Policy: "freeze", Environments: []string{"production"}}, early}},
		"corrected":  {corrected(t, status(t, "shop/a", -1)), []gate.Freeze{{Policy: "freeze", Environments: []string{"production"}}, early}},
		"low":        {status(t, "shop/a", 0.1), []gate.Freeze{early}},
		"fine":       {status(t, "shop/a", 0.11), nil},
		"young":      {young(t, "shop/a", -1), nil},
		"unmeasured": {unmeasured(t, "shop/a"), nil},
	} {
		if diff := cmp.Diff(test.want, gate.Freezes(&test.status, policies)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestStand says of every budget what the policies make of it, whether they hold
// anything or not.
func TestStand(t *testing.T) {
	held := []policy.Policy{freeze(t, "")}
	for name, test := range map[string]struct {
		status   budget.Status
		policies []policy.Policy
		want     string
	}{
		"held":           {status(t, "shop/a", -1), held, "The policy freeze holds releases when 0% or less is left."},
		"young":          {young(t, "shop/a", -1), held, "The policy freeze does not hold releases for it, since it is younger than its window."},
		"unborn":         {unborn(t, "shop/a"), held, "The policy freeze does not hold releases for it, since it was never measured: its first release may be what it waits for."},
		"advised":        {status(t, "shop/a", -1), []policy.Policy{freeze(t, "mode: advise")}, "The policy freeze advises against releases when 0% or less is left; it does not hold them."},
		"enough":         {status(t, "shop/a", 0.5), held, "The policy freeze makes nothing of it as long as more than 0% is left."},
		"about others":   {status(t, "shop/a", -1), []policy.Policy{freeze(t, "objectives: {owners: [team-search]}")}, "Nothing is held because of it: no policy is about it."},
		"without policy": {status(t, "shop/a", -1), nil, "Nothing is held because of it: no policy is declared."},
	} {
		if got := strings.Join(gate.Stand(&test.status, test.policies), "|"); got != test.want {
			t.Errorf("%s: %s\nwant %s", name, got, test.want)
		}
	}
}
