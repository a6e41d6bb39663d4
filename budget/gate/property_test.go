package gate_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"headroom/budget"
	"headroom/budget/gate"
	"headroom/budget/policy"
)

// scene is any question with its statuses and policies.
type scene struct {
	statuses []budget.Status
	policies []policy.Policy
	request  gate.Request
}

func (s scene) decide() gate.Decision { return gate.Decide(s.statuses, s.policies, s.request) }

func drawScene(tb testing.TB, t *rapid.T) scene {
	tb.Helper()
	var s scene
	// Shares in tenths, so that they meet the thresholds.
	share := rapid.Custom(func(t *rapid.T) float64 { return float64(rapid.IntRange(-20, 10).Draw(t, "tenths")) / 10 })
	for _, id := range []string{"shop/a", "shop/b", "shop/c", "other/a"}[:rapid.IntRange(0, 4).Draw(t, "objectives")] {
		switch rapid.IntRange(0, 3).Draw(t, "kind") {
		case 0:
			s.statuses = append(s.statuses, young(tb, id, share.Draw(t, "remaining")))
		case 1:
			s.statuses = append(s.statuses, unmeasured(tb, id))
		default:
			s.statuses = append(s.statuses, status(tb, id, share.Draw(t, "remaining")))
		}
	}
	for _, name := range []string{"p", "q", "r"}[:rapid.IntRange(0, 3).Draw(t, "policies")] {
		s.policies = append(s.policies, policy.Policy{
			Name: name, FreezeAt: min(share.Draw(t, "freeze at"), 0.9),
			Environments: rapid.SampledFrom([][]string{{"production"}, {"*"}, {"staging"}}).Draw(t, "environments"),
			Pass:         rapid.SliceOfDistinct(rapid.SampledFrom(policy.DefaultPass()), rapid.ID).Draw(t, "pass"),
			Unknown:      rapid.SampledFrom([]policy.Unknown{policy.Open, policy.Closed}).Draw(t, "unknown"),
			Mode:         rapid.SampledFrom([]policy.Mode{policy.Enforce, policy.Enforce, policy.Advise}).Draw(t, "mode"),
		})
	}
	s.request = gate.Request{
		Namespace: "default", Service: "shop", Environment: "production", At: at(),
		Change: rapid.SampledFrom(policy.Changes()).Draw(t, "change"), Exempt: rapid.Bool().Draw(t, "exempt"),
	}
	return s
}

// severity orders verdicts by how little they let through.
func severity(v gate.Verdict) int {
	return slices.Index([]gate.Verdict{gate.Allowed, gate.Unknown, gate.Held}, v)
}

func TestLessRemainingNeverHelps(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := drawScene(t, rt)
		before := s.decide()
		for i := range s.statuses {
			if s.statuses[i].State != budget.StateUnknown {
				less := *s.statuses[i].Balance.Remaining - float64(rapid.IntRange(0, 30).Draw(rt, "less"))/10
				worse := status(t, s.statuses[i].Objective.ID.String(), less)
				worse.Data, worse.Balance.Life = s.statuses[i].Data, s.statuses[i].Balance.Life
				s.statuses[i] = worse
			}
		}
		if after := s.decide(); severity(after.Verdict) < severity(before.Verdict) {
			rt.Fatalf("%s became %s:\n%s\n%s", before.Verdict, after.Verdict, before.Summary, after.Summary)
		}
	})
}

func TestExemptChangesAreNeverHeld(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := drawScene(t, rt)
		s.request.Exempt, s.request.Change = true, policy.Fix
		for i := range s.policies {
			s.policies[i].Pass = append(s.policies[i].Pass, policy.Fix)
		}
		if d := s.decide(); d.Verdict != gate.Allowed {
			rt.Fatalf("%s: %s", d.Verdict, d.Summary)
		}
	})
}

// TestClaimsWithoutTheScopeAreWorthNothing: whatever is claimed, the verdict
// is that of a feature.
func TestClaimsWithoutTheScopeAreWorthNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := drawScene(t, rt)
		s.request.Exempt = false
		claimed := s.decide()
		s.request.Change = policy.Feature
		if feature := s.decide(); feature.Verdict != claimed.Verdict || claimed.CountedAs != policy.Feature {
			rt.Fatalf("claimed %s is %s as %s, a feature is %s", claimed.Change, claimed.Verdict, claimed.CountedAs, feature.Verdict)
		}
	})
}

func TestYoungObjectivesNeverHold(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := drawScene(t, rt)
		for i := range s.statuses {
			if rapid.Bool().Draw(rt, "lives") {
				s.statuses[i].Data = budget.DataYoung
			} else {
				s.statuses[i].Balance.Life = s.statuses[i].Objective.Window.Rolling - 1
			}
		}
		if d := s.decide(); d.Verdict != gate.Allowed {
			rt.Fatalf("%s: %s", d.Verdict, d.Summary)
		}
	})
}

func TestAdviceNeverHolds(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := drawScene(t, rt)
		for i := range s.policies {
			s.policies[i].Mode = policy.Advise
		}
		if d := s.decide(); d.Verdict != gate.Allowed {
			rt.Fatalf("%s: %s", d.Verdict, d.Summary)
		}
	})
}

// TestOrderDoesNotMatter, and neither do the figures for the state.
func TestOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := drawScene(t, rt)
		before := s.decide()
		s.statuses = rapid.Permutation(s.statuses).Draw(rt, "statuses")
		s.policies = rapid.Permutation(s.policies).Draw(rt, "policies")
		if diff := cmp.Diff(before, s.decide(), plain()); diff != "" {
			rt.Fatal(diff)
		}
		for i := range s.statuses {
			s.statuses[i].Balance.Total = ptr(123_456)
		}
		if after := s.decide(); after.State != before.State {
			rt.Fatal("the state depends on a figure")
		}
	})
}

func TestHeldHasReasonsAndFreezes(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := drawScene(t, rt)
		d := s.decide()
		frozen := false
		for i := range s.statuses {
			for _, f := range gate.Freezes(&s.statuses[i], s.policies) {
				covers := slices.Contains(f.Environments, "*") || slices.Contains(f.Environments, "production")
				frozen = frozen || covers && s.statuses[i].Objective.ID.Service == "shop"
			}
		}
		if d.Verdict == gate.Held && !frozen {
			rt.Fatalf("held without a freeze: %s", d.Summary)
		}
		if frozen && d.CountedAs == policy.Feature && d.Verdict != gate.Held {
			rt.Fatalf("%s in a freeze: %s", d.Verdict, d.Summary)
		}
		if !d.Allowed && (len(d.Reasons) == 0 || d.Reasons[0].Text == "") {
			rt.Fatalf("%s without a reason", d.Verdict)
		}
	})
}
