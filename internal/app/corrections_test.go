package app_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"headroom/api/auth"
	"headroom/api/client"
	"headroom/api/v1"
	"headroom/budget/correction"
	"headroom/budget/gate"
	"headroom/budget/policy"
	"headroom/internal/app"
	"headroom/internal/config"
	"headroom/slo"
)

// people are clients with a token each.
type people map[string]*client.Client

// withPeople configures tokens and returns what makes their clients.
func withPeople(dir string, scopes map[string][]string) (configure func(*app.Options), of func(*testing.T, *instance) people) {
	secrets := map[string]string{}
	for name := range scopes {
		secrets[name] = auth.Generate()
	}
	configure = func(o *app.Options) {
		withPolicies(dir)(o)
		o.Config.Corrections = []string{filepath.Join(dir, "corrections")}
		for name, secret := range secrets {
			o.Config.Tokens = append(o.Config.Tokens, config.Token{Name: name, SHA256: auth.HashOf(secret), Scopes: scopes[name]})
		}
	}
	of = func(t *testing.T, i *instance) people {
		t.Helper()
		p := people{}
		for name, secret := range secrets {
			c, err := client.New(i.app.URL(), client.Options{Token: secret})
			if err != nil {
				t.Fatal(err)
			}
			p[name] = c
		}
		return p
	}
	return configure, of
}

// forgiveness takes nearly all bad events of spend's two hours away.
func forgiveness() v1.CorrectionDraft {
	now := time.Now().UTC().Truncate(time.Second)
	return v1.CorrectionDraft{
		Kind: "adjust", Category: "wrong-data", Reason: "A probe counted as a user.", Objectives: correction.Selection{IDs: []string{"shop/availability"}},
		From: now.Add(-2 * time.Hour).Format(time.RFC3339), To: now.Format(time.RFC3339), Adjust: &correction.Amount{Bad: -700},
	}
}

// TestACorrectionLiftsAFreeze follows one from its preview over the approval of
// a second person and a restart to its end.
func TestACorrectionLiftsAFreeze(t *testing.T) {
	dir := t.TempDir()
	spend(t, dir, spec("shop", "99%"), 50)
	configure, of := withPeople(dir, map[string][]string{"ada": {"correct"}, "grace": {"correct", "approve"}, "joan": {"events"}})
	i := launch(t, dir, configure)
	i.writePolicy(freeze + "corrections: {approval: required}\n")
	i.write("shop.slo.yaml", spec("shop", "99%"))
	i.serves("default/shop/availability 99%")
	i.answers(i.client, policy.Feature, gate.Held)
	p, draft := of(t, i), forgiveness()

	preview, err := p["ada"].PreviewCorrection(t.Context(), v1.CorrectionChange{Add: &draft})
	if err != nil || len(preview.Effects) != 1 {
		t.Fatalf("%+v, %v", preview, err)
	}
	if e := preview.Effects[0]; !slices.Equal(e.Lifted, []string{"production-freeze"}) || *e.Before.Remaining > -0.9 || *e.After.Remaining < 0.5 || !preview.Correction.ApprovalNeeded {
		t.Errorf("preview %+v", e)
	}
	beyond := draft
	beyond.Adjust = &correction.Amount{Bad: -10_000}
	if much, err := p["ada"].PreviewCorrection(t.Context(), v1.CorrectionChange{Add: &beyond}); err != nil || len(preview.Warnings) > 0 ||
		len(much.Warnings) != 1 || !strings.Contains(much.Warnings[0], "takes away 10000 bad events of default/shop/availability, whose interval has 7") {
		t.Errorf("warnings %q, and of more than there is %q, %v", preview.Warnings, much.Warnings, err)
	}
	if _, err := p["joan"].AddCorrection(t.Context(), draft); !isForbidden(err) {
		t.Errorf("joan declares one: %v", err)
	}
	added, err := p["ada"].AddCorrection(t.Context(), draft)
	if err != nil || added.State != correction.Pending || added.Author != "ada" {
		t.Fatalf("%+v, %v", added, err)
	}
	i.answers(i.client, policy.Feature, gate.Held)
	if _, err := p["ada"].ApproveCorrection(t.Context(), added.ID); !isForbidden(err) {
		t.Errorf("ada approves: %v", err)
	}
	if approved, err := p["grace"].ApproveCorrection(t.Context(), added.ID); err != nil || approved.State != correction.InForce {
		t.Fatalf("%+v, %v", approved, err)
	}
	i.answers(i.client, policy.Feature, gate.Allowed)
	i.stop()

	i = launch(t, dir, configure)
	p = of(t, i)
	i.answers(i.client, policy.Feature, gate.Allowed)
	found := i.shop()
	if !found.Corrected || found.Raw == nil || *found.Raw.Budget.Remaining > -0.9 || *found.Budget.Remaining < 0.5 {
		t.Errorf("after a restart: %+v, raw %+v", found, found.Raw)
	}
	back, err := p["ada"].PreviewCorrection(t.Context(), v1.CorrectionChange{Revoke: added.ID})
	if err != nil || !slices.Equal(back.Effects[0].Imposed, []string{"production-freeze"}) {
		t.Errorf("preview of revoking: %+v, %v", back, err)
	}
	if _, err := p["ada"].RevokeCorrection(t.Context(), added.ID, "It was a user."); !isForbidden(err) {
		t.Errorf("ada revokes alone: %v", err)
	}
	i.answers(i.client, policy.Feature, gate.Allowed)
	if _, err := p["grace"].RevokeCorrection(t.Context(), added.ID, "It was a user."); err != nil {
		t.Fatal(err)
	}
	i.answers(i.client, policy.Feature, gate.Held)
	detail, err := p["ada"].Correction(t.Context(), added.ID)
	if err != nil || len(detail.History) != 3 || detail.State != correction.Revoked || detail.History[2].Who != "grace" {
		t.Errorf("%+v, %v", detail, err)
	}
}

func (i *instance) shop() v1.SLO {
	i.t.Helper()
	var list []v1.SLO
	i.eventually("the shop is served", func() (bool, string) {
		var err error
		list, err = i.client.SLOs(i.t.Context(), v1.Filter{})
		return err == nil && len(list) == 1, fmt.Sprint(list, err)
	})
	return list[0]
}

// TestALabelThatComesLater lets an objective of a policy get the label that a
// correction of one person selects: its budget stays, the preview says what
// approving would do, and as soon as the policy asks for one person it counts.
func TestALabelThatComesLater(t *testing.T) {
	dir := t.TempDir()
	spend(t, dir, spec("shop", "99%"), 50)
	configure, of := withPeople(dir, map[string][]string{"ada": {"correct"}, "grace": {"correct", "approve"}})
	i := launch(t, dir, configure)
	strict := freeze + "objectives: {services: [default/shop]}\ncorrections: {approval: required}\n"
	i.writePolicy(strict)
	dodge := func(text string) string { return text + "    labels: {dodge: \"1\"}\n" }
	i.write("shop.slo.yaml", spec("shop", "99%"))
	i.write("cart.slo.yaml", dodge(spec("cart", "99%")))
	i.serves("default/cart/availability 99%", "default/shop/availability 99%")
	p, draft := of(t, i), forgiveness()
	draft.Kind, draft.Adjust, draft.Objectives = "exclude", nil, correction.Selection{Labels: map[string]string{"dodge": "1"}}
	draft.To = time.Now().UTC().Add(-30 * time.Minute).Format(time.RFC3339)
	added, err := p["ada"].AddCorrection(t.Context(), draft)
	if err != nil || added.State != correction.InForce {
		t.Fatalf("%+v, %v", added, err)
	}
	corrected := func(want bool) {
		t.Helper()
		i.eventually(fmt.Sprintf("the shop is corrected: %t", want), func() (bool, string) {
			list, err := i.client.SLOs(t.Context(), v1.Filter{Service: "shop"})
			return err == nil && len(list) == 1 && list[0].Corrected == want, fmt.Sprint(list, err)
		})
		id := slo.ID{Namespace: "default", Service: "shop", Objective: "availability"}
		if why, err := i.client.Why(t.Context(), id, v1.WhyQuery{}); err != nil || len(why) != 1 || len(why[0].Corrections) > 0 != want {
			t.Errorf("corrected: %t, and the chain says %+v, %v", want, why, err)
		}
		notes, err := i.client.Annotations(t.Context(), v1.AnnotationQuery{Service: "default/shop", Objective: "availability"})
		if text := fmt.Sprint(notes); err != nil || strings.Contains(text, "waits for approval") == want {
			t.Errorf("corrected: %t, and the notes say %s, %v", want, text, err)
		}
	}
	i.write("shop.slo.yaml", dodge(spec("shop", "99%")))
	i.eventually("it is said that it does not count", func() (bool, string) {
		problems := fmt.Sprint(i.app.Problems())
		return strings.Contains(problems, "correction 1 of ada does not count for default/shop/availability, and nobody has approved it"), problems
	})
	corrected(false)
	preview, err := p["grace"].PreviewCorrection(t.Context(), v1.CorrectionChange{Approve: added.ID})
	if at := slices.IndexFunc(preview.Effects, func(e correction.Effect) bool { return e.Objective.Service == "shop" }); err != nil || at < 0 || *preview.Effects[at].After.Total >= *preview.Effects[at].Before.Total {
		t.Errorf("preview of approving: %+v, %v", preview, err)
	}
	i.writePolicy(freeze)
	corrected(true)
	i.writePolicy(strict)
	corrected(false)
	if _, err := p["grace"].ApproveCorrection(t.Context(), added.ID); err != nil {
		t.Fatal(err)
	}
	corrected(true)
}

func isForbidden(err error) bool {
	var failed *client.Error
	return errors.As(err, &failed) && failed.Code == v1.CodeForbidden
}

const excluded = `headroom: v1
correction: load-test
category: load-test
reason: Load test.
author: ada
objectives: {services: [shop]}
from: %FROM%
to: %TO%
`

// TestCorrectionFiles declares one in a file of the operator's, breaks the file,
// removes the document, and refuses one of a team.
func TestCorrectionFiles(t *testing.T) {
	dir := t.TempDir()
	spend(t, dir, spec("shop", "99%"), 50)
	configure, _ := withPeople(dir, map[string][]string{"ada": {"correct"}})
	if err := os.MkdirAll(filepath.Join(dir, "corrections"), 0o750); err != nil {
		t.Fatal(err)
	}
	write := func(text string) {
		t.Helper()
		now := time.Now().UTC()
		text = strings.NewReplacer("%FROM%", now.Add(-45*time.Minute).Format(time.RFC3339), "%TO%", now.Add(-15*time.Minute).Format(time.RFC3339)).Replace(text)
		if err := os.WriteFile(filepath.Join(dir, "corrections", "a.correction.yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	i := launch(t, dir, configure)
	i.writePolicy(freeze)
	i.write("shop.slo.yaml", spec("shop", "99%"))
	whole := func(want bool) {
		t.Helper()
		i.eventually("corrected", func() (bool, string) {
			s := i.shop()
			return s.Corrected == want && s.Total != nil && (*s.Total < 10_000) == want, string(s.Data)
		})
	}
	whole(false)
	write(excluded)
	whole(true)
	i.complains()
	write(excluded + "until: x\n")
	i.complains("correction-kept", "unknown-key")
	whole(true)
	write(strings.Replace(excluded, "[shop]", "[shopp]", 1))
	i.complains("correction-unused")
	whole(false)
	i.write("team.slo.yaml", strings.ReplaceAll(excluded, "%", ""))
	i.complains("correction-unused", "correction-not-here")
}

// TestAPolicyThatComesLater takes a correction that counts at once, and then a
// policy that would have asked for a second person: the numbers stay, it is said,
// and somebody else may approve it without any effect on what was known.
func TestAPolicyThatComesLater(t *testing.T) {
	dir := t.TempDir()
	spend(t, dir, spec("shop", "99%"), 50)
	configure, of := withPeople(dir, map[string][]string{"ada": {"correct", "approve"}, "grace": {"approve"}})
	i := launch(t, dir, configure)
	i.write("shop.slo.yaml", spec("shop", "99%"))
	i.serves("default/shop/availability 99%")
	p := of(t, i)
	added, err := p["ada"].AddCorrection(t.Context(), forgiveness())
	if err != nil || added.State != correction.InForce {
		t.Fatalf("%+v, %v", added, err)
	}
	if _, err := p["grace"].ApproveCorrection(t.Context(), added.ID); err == nil || !strings.Contains(err.Error(), "needs no approval") {
		t.Errorf("approve what needs none: %v", err)
	}
	unapproved := func(want bool) {
		t.Helper()
		i.eventually(fmt.Sprintf("say that it is not approved: %t", want), func() (bool, string) {
			problems := i.app.Problems()
			said := slices.ContainsFunc(problems, func(p v1.Problem) bool { return p.Check == "correction-unapproved" })
			return said == want, fmt.Sprint(problems)
		})
	}
	unapproved(false)
	i.writePolicy(freeze + "corrections: {approval: required}\n")
	unapproved(true)
	if s := i.shop(); *s.Budget.Remaining < 0.5 {
		t.Errorf("the policy has changed the balance: %+v", s.Budget)
	}
	if _, err := p["ada"].ApproveCorrection(t.Context(), added.ID); !isForbidden(err) {
		t.Errorf("ada approves her own: %v", err)
	}
	approved, err := p["grace"].ApproveCorrection(t.Context(), added.ID)
	if err != nil || approved.ApprovedBy != "grace" || !approved.ApprovedAt.Equal(*added.ApprovedAt) {
		t.Errorf("approved %+v, %v; declared at %v", approved, err, added.ApprovedAt)
	}
	unapproved(false)
}
