package app_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"headroom/api/client"
	"headroom/api/v1"
	"headroom/budget/audit"
	"headroom/budget/policy"
	"headroom/internal/app"
	"headroom/internal/config"
	"headroom/slo/event"
)

// TestAudit lets people, files and the configuration change things, and asks who
// did it, also after a restart.
func TestAudit(t *testing.T) {
	dir := t.TempDir()
	spend(t, dir, spec("shop", "99%"), 50)
	configure, of := withPeople(dir, map[string][]string{"ada": {"correct", "annotate", "events"}, "grace": {"correct", "approve", "exempt"}, "joan": {"read"}})
	i := launch(t, dir, configure)
	i.writePolicy(freeze + "freeze: {remaining: 7%}\ncorrections: {approval: required}\npass: [security]\nobjectives: {services: [default/shop]}\n")
	i.write("shop.slo.yaml", spec("shop", "99%"))
	i.answers(i.client, policy.Feature, "held")
	p := of(t, i)

	added, err := p["ada"].AddCorrection(t.Context(), forgiveness())
	if err != nil {
		t.Fatal(err)
	}
	_, _ = p["ada"].ApproveCorrection(t.Context(), added.ID)
	if _, err := p["grace"].ApproveCorrection(t.Context(), added.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := p["grace"].RevokeCorrection(t.Context(), added.ID, "A mistake."); err != nil {
		t.Fatal(err)
	}
	if _, err := p["ada"].AddNote(t.Context(), v1.Note{Text: "Deployed.", Service: "default/shop"}); err != nil {
		t.Fatal(err)
	}
	_, _ = p["joan"].AddNote(t.Context(), v1.Note{Text: "Not mine."})
	run := event.Event{Source: "exec", Kind: event.Deployment, Subject: "shop", Run: "1", Attempt: 1, Started: time.Now(), Finished: time.Now(), Outcome: event.Success}
	if _, err := p["ada"].Record(t.Context(), run); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		i.answers(p["grace"], policy.Security, "allowed")
	}
	want := []string{
		"ada correction.add done correction " + added.ID, "ada correction.approve refused correction " + added.ID,
		"grace correction.approve done correction " + added.ID, "grace correction.revoke done correction " + added.ID,
		"ada note.add done default/shop", "joan note.add refused ", "ada events.record done events exec deployment",
		"grace gate.exempt done default/shop", "files spec.accept done default/shop/availability", "files policy.accept done policy production-freeze",
		"headroom token.accept done token ada", "headroom token.accept done token grace", "headroom token.accept done token joan",
		"headroom config.read done configuration", "headroom service.start done service",
	}
	i.hasAudit(p["joan"], want)
	policies, err := p["joan"].Audit(t.Context(), v1.AuditQuery{Action: audit.PolicyAccept})
	if line := "new: freeze at 7%, environments production, pass security, mode enforce, unknown open, approval of corrections required, of service default/shop"; err != nil || len(policies) != 1 || policies[0].Details != line {
		t.Errorf("policies: %+v, %v, want %s", policies, err, line)
	}
	if _, err := i.client.Audit(t.Context(), v1.AuditQuery{}); err == nil || !strings.Contains(err.Error(), "needs a token") {
		t.Errorf("without a token: %v", err)
	}
	i.stop()

	i = launch(t, dir, func(o *app.Options) {
		configure(o)
		o.Config.Tokens = slices.DeleteFunc(o.Config.Tokens, func(t config.Token) bool { return t.Name == "grace" })
	})
	i.answers(i.client, policy.Feature, "held")
	want = append(want, "headroom token.remove done token grace", "headroom service.start done service")
	i.hasAudit(of(t, i)["joan"], want)
}

// hasAudit waits until the audit has exactly these entries, in any order, and
// walks through it in small pages.
func (i *instance) hasAudit(who *client.Client, want []string) {
	i.t.Helper()
	slices.Sort(want)
	i.eventually("have the audit", func() (bool, string) {
		all, err := who.Audit(i.t.Context(), v1.AuditQuery{})
		if err != nil {
			return false, err.Error()
		}
		var got, missing []string
		for _, e := range all {
			got = append(got, e.Actor+" "+string(e.Action)+" "+string(e.Outcome)+" "+e.Subject)
		}
		slices.Sort(got)
		for _, line := range want {
			if !slices.Contains(got, line) {
				missing = append(missing, "missing "+line)
			}
		}
		return slices.Equal(got, want), strings.Join(missing, "\n") + "\ngot:\n" + strings.Join(got, "\n")
	})
	all, err := who.Audit(i.t.Context(), v1.AuditQuery{Page: v1.Page{Limit: 5}})
	if err != nil || len(all) != 5 {
		i.t.Errorf("a page of five has %d: %v", len(all), err)
	}
	if list, err := who.Audit(i.t.Context(), v1.AuditQuery{Action: audit.ServiceStart}); err != nil || len(list) == 0 {
		i.t.Errorf("starts: %v, %v", list, err)
	}
}
