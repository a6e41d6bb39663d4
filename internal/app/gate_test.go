package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"headroom/api/client"
	v1 "headroom/api/v1"
	"headroom/budget"
	"headroom/budget/gate"
	"headroom/budget/policy"
	"headroom/budget/sqlite"
	"headroom/internal/app"
	"headroom/slo/manifest"
)

const freeze = "headroom: v1\npolicy: production-freeze\n"

// spend fills the ledger of a service that is to be launched on a directory:
// for two hours one of so many events was bad.
func spend(t *testing.T, dir, text string, oneIn int) {
	t.Helper()
	documents, problems := manifest.Parse("slo.yaml", []byte(text))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	store, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(dir, "data", "headroom.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	ledger, err := budget.OpenLedger(t.Context(), budget.LedgerOptions{Store: store})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().Truncate(10 * time.Second)
	if err := ledger.SetObjectives(t.Context(), documents[0].Objectives, now.Add(-2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	o := documents[0].Objectives[0]
	var slices []budget.Slice
	for end := now.Add(-2 * time.Hour); !end.After(now); end = end.Add(10 * time.Second) {
		slices = append(slices, budget.Slice{
			Start: end.Add(-10 * time.Second).UnixMilli(), End: end.UnixMilli(),
			Total: budget.CountOf(float64(oneIn)), Bad: budget.CountOf(1), Source: budget.SourceTile,
		})
	}
	if n, err := ledger.Add(t.Context(), budget.Key{SLO: o.ID, SLI: o.SLI()}, now, slices...); err != nil || n == 0 {
		t.Fatal(n, err)
	}
}

func (i *instance) writePolicy(content string) {
	i.t.Helper()
	path := filepath.Join(i.dir, "policies", "production.policy.yaml")
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		i.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		i.t.Fatal(err)
	}
}

func withPolicies(dir string) func(*app.Options) {
	return func(o *app.Options) { o.Config.Policies = []string{filepath.Join(dir, "policies")} }
}

// answers waits until the gate's verdict on the shop is this one.
func (i *instance) answers(c *client.Client, change policy.Change, want gate.Verdict) v1.Gate {
	i.t.Helper()
	var answer v1.Gate
	i.eventually("answer "+string(want), func() (bool, string) {
		var err error
		if answer, err = c.Gate(i.t.Context(), "default/shop", "production", change); err != nil {
			return false, err.Error()
		}
		return answer.Verdict == want, answer.Summary
	})
	return answer
}

func TestMistakesAndRestartsLiftNoFreeze(t *testing.T) {
	dir := t.TempDir()
	spend(t, dir, spec("shop", "99%"), 50)
	i := launch(t, dir, withPolicies(dir))
	i.write("shop.slo.yaml", spec("shop", "99%"))
	i.answers(i.client, policy.Feature, gate.Allowed)
	i.complains("unreadable-file")
	i.writePolicy(freeze)
	held := i.answers(i.client, policy.Feature, gate.Held)
	if len(held.Reasons) != 1 || held.Reasons[0].Remaining == nil || *held.Reasons[0].Remaining > -0.9 || held.DecisionID == "" {
		t.Errorf("%+v", held)
	}
	i.complains()
	i.writePolicy("headroom: v1\npolicy: production-freeze\nmode: of\n")
	i.complains("last-good-used", "policy-value")
	i.stop()

	again := launch(t, dir, withPolicies(dir))
	kept := again.answers(again.client, policy.Feature, gate.Held)
	if kept.DecisionID != held.DecisionID {
		t.Errorf("the decision %s goes on as %s after a restart", held.DecisionID, kept.DecisionID)
	}
	again.complains("last-good-used", "policy-value")
	again.writePolicy(freeze + "mode: advise\n")
	again.answers(again.client, policy.Feature, gate.Allowed)
	decisions, err := again.client.Decisions(t.Context(), "default/shop", 10)
	if err != nil || len(decisions) < 2 {
		t.Fatal(decisions, err)
	}
	if last := decisions[0].Decision; last.Verdict != gate.Allowed || last.Reasons[0].Effect != gate.Advises {
		t.Errorf("the latest decision is %+v", last)
	}
}

func TestOnlyTokensMayClaim(t *testing.T) {
	dir := t.TempDir()
	spend(t, dir, spec("shop", "99%"), 50)
	i := launch(t, dir, withPolicies(dir))
	i.writePolicy(freeze)
	i.write("shop.slo.yaml", spec("shop", "99%"))
	forged := i.answers(i.client, policy.Security, gate.Held)
	if forged.CountedAs != policy.Feature || !strings.Contains(strings.Join(forged.Ways, " "), "judged as a feature") {
		t.Errorf("%+v", forged)
	}
	admin, err := client.New(i.app.URL(), client.Options{Token: tokenOf(t, i)})
	if err != nil {
		t.Fatal(err)
	}
	passed := i.answers(admin, policy.Security, gate.Allowed)
	if passed.CountedAs != policy.Security || passed.Reasons[0].Effect != gate.Passes {
		t.Errorf("%+v", passed)
	}
}

func TestPoliciesOfTenantsAreRefused(t *testing.T) {
	i := launch(t, t.TempDir(), nil)
	i.write("shop.slo.yaml", spec("shop", "99%"))
	i.serves("default/shop/availability 99%")
	i.write("mine.slo.yaml", freeze+"mode: advise\n")
	i.complains("policy-not-here")
	if answer := i.answers(i.client, policy.Feature, gate.Allowed); !strings.Contains(answer.Summary, "no policy is declared") {
		t.Errorf("%s", answer.Summary)
	}
}

func TestUnusedPolicyIsSaid(t *testing.T) {
	dir := t.TempDir()
	i := launch(t, dir, withPolicies(dir))
	i.writePolicy(freeze + "objectives: {services: [shp]}\n")
	i.write("shop.slo.yaml", spec("shop", "99%"))
	i.complains("policy-unused")
}
