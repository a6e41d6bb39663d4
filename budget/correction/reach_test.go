package correction_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"headroom/budget/correction"
	"headroom/slo"
)

// TestALabelThatComesLater lets one person select by a label that no objective of
// a policy has, and then such an objective have it: it is not reached until
// somebody approves it, whatever is asked.
func TestALabelThatComesLater(t *testing.T) {
	checkout, pay, search := declared("checkout", "shop"), declared("pay", "payments"), declared("search", "finders")
	pay.Labels, search.Labels = nil, nil
	objectives := []*slo.Objective{checkout, pay, search}
	now := time.Date(2026, 3, 23, 12, 0, 0, 0, time.UTC)
	s := &shelf{}
	var b *correction.Book
	open := func() {
		t.Helper()
		var err error
		b, err = correction.Open(t.Context(), correction.Options{
			Store: s, Objectives: func() []*slo.Objective { return objectives },
			NeedsTwo: func(o *slo.Objective) bool { return o.Owner == "payments" },
			Now:      func() time.Time { return now },
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	open()
	bytier := draft(func(d *correction.Draft) { d.Objectives = correction.Selection{Labels: map[string]string{"tier": "1"}} })
	c, err := b.Add(t.Context(), bytier, "ada")
	if err != nil || c.State() != correction.InForce || !slices.Equal(c.DeclaredFor, []slo.ID{checkout.ID}) {
		t.Fatalf("%+v, %v", c, err)
	}
	dodging := *pay
	dodging.Labels = checkout.Labels
	renamed := *checkout
	renamed.ID.Service, renamed.Formerly, renamed.Owner = "kasse", []slo.ID{checkout.ID}, "payments"
	found := *search
	found.Labels = checkout.Labels
	objectives = []*slo.Objective{&renamed, &dodging, &found}
	counts := func(known time.Time, want ...*slo.Objective) {
		t.Helper()
		c, _ := b.Get("1")
		all := b.Expand(known, known)
		for _, o := range objectives {
			if got := len(all[o.ID].Excluded) > 0; got != slices.Contains(want, o) || c.CountsFor(o, known) != got {
				t.Errorf("known at %s it counts for %s: %t, %t", known.Format(time.TimeOnly), o.ID, got, c.CountsFor(o, known))
			}
		}
	}
	before := now
	now = now.Add(time.Hour)
	counts(now, &renamed, &found)
	if c, _ = b.Get("1"); !slices.Equal(b.Withheld(&c), []slo.ID{pay.ID}) || !c.Waits(&dodging) || c.Waits(&renamed) {
		t.Errorf("withheld are %v", b.Withheld(&c))
	}
	if list := b.Unapproved(); len(list) != 1 {
		t.Errorf("said to be unapproved: %+v", list)
	}
	s.blind = true // what was stored counts, also when it cannot be read back
	if _, err := b.Approve(t.Context(), "1", "grace"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		counts(now, objectives...)
		counts(before, &renamed, &found)
		s.blind = false
		open()
	}
	if c, _ = b.Get("1"); len(b.Withheld(&c)) > 0 || !c.ApprovedAt.Equal(before) {
		t.Errorf("approved: withheld are %v; %+v", b.Withheld(&c), c)
	}
}

// TestRevokingWhatIsWithheld lets who has declared a correction alone revoke it
// alone, though somebody has put an objective of a policy under it: it does not
// count there.
func TestRevokingWhatIsWithheld(t *testing.T) {
	objectives := []*slo.Objective{declared("checkout", "shop")}
	b := shelved(t, &shelf{}, &objectives)
	c, err := b.Add(t.Context(), draft(func(d *correction.Draft) { d.Objectives = correction.Selection{Labels: map[string]string{"tier": "1"}} }), "ada")
	if err != nil {
		t.Fatal(err)
	}
	objectives = append(objectives, declared("pay", "payments"))
	if b.RevokingNeedsTwo(&c) {
		t.Error("it takes two")
	}
	if e, _ := (&correction.Change{Action: correction.Added, New: c}).Audit("1"); !strings.HasSuffix(e.Details, "; one person was enough, for default/checkout/availability") {
		t.Errorf("the audit says %q", e.Details)
	}
	if _, err := b.Revoke(t.Context(), "1", "ada", ""); err != nil {
		t.Error(err)
	}
}
