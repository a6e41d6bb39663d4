package correction_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"headroom/budget/correction"
	"headroom/slo"
)

// shelf is a store in memory whose callers may go away while it writes.
type shelf struct {
	list    []correction.Correction
	written func()
	blind   bool // it takes changes and can no longer be read
}

var errBlind = errors.New("disk is away")

func (s *shelf) LoadCorrections(ctx context.Context) ([]correction.Correction, error) {
	if s.blind {
		return nil, errBlind
	}
	return slices.Clone(s.list), ctx.Err()
}

func (s *shelf) ChangeCorrections(_ context.Context, changes []correction.Change) (ids []string, err error) {
	for _, c := range changes {
		switch i := slices.IndexFunc(s.list, func(one correction.Correction) bool { return one.ID == c.ID }); c.Action {
		case correction.Added:
			c.New.ID = strconv.Itoa(len(s.list) + 1)
			s.list, ids = append(s.list, c.New), append(ids, c.New.ID)
		case correction.Approved:
			s.list[i] = s.list[i].Approved(c.Who, c.At)
		case correction.Moved:
			s.list[i].File = c.File
		case correction.Withdrew:
			s.list[i].RevokedBy, s.list[i].RevokedAt = c.Who, c.At
		}
	}
	if s.written != nil {
		s.written()
	}
	return ids, nil
}

func (s *shelf) CorrectionHistory(context.Context, string) ([]correction.Entry, error) {
	return nil, nil
}

// declared is the objective of a service, of tier 1 of an owner.
func declared(service, owner string) *slo.Objective {
	return &slo.Objective{ID: slo.ID{Namespace: "default", Service: service, Objective: "availability"}, Owner: owner, Labels: map[string]string{"tier": "1"}}
}

// shelved is a book on a shelf. Every change of an objective of payments needs a
// second person.
func shelved(t *testing.T, s *shelf, objectives *[]*slo.Objective) *correction.Book {
	t.Helper()
	b, err := correction.Open(t.Context(), correction.Options{
		Store: s, Objectives: func() []*slo.Objective { return *objectives },
		NeedsTwo: func(o *slo.Objective) bool { return o.Owner == "payments" },
		Now:      func() time.Time { return time.Date(2026, 3, 20, 12, 0, 0, 0, time.UTC) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestWhatIsStoredCounts lets whoever asks go away while a change is written, and
// the store be unreadable after it: what is stored counts at once and is not
// reported as not done.
func TestWhatIsStoredCounts(t *testing.T) {
	for name, blind := range map[string]bool{"who asks is gone": false, "it cannot be read back": true} {
		t.Run(name, func(t *testing.T) {
			s := &shelf{}
			b := shelved(t, s, &[]*slo.Objective{declared("checkout", "payments")})
			change := func(do func(ctx context.Context) (correction.Correction, error), want correction.State) {
				t.Helper()
				ctx, leave := context.WithCancel(t.Context())
				defer leave()
				s.written, s.blind = func() { leave(); s.blind = blind }, false
				c, err := do(ctx)
				if err != nil || c.State() != want {
					t.Errorf("%s, %v; want %s", c.State(), err, want)
				}
				if c, err = b.Get("1"); err != nil || c.State() != want {
					t.Errorf("the book has %s, %v; want %s", c.State(), err, want)
				}
			}
			change(func(ctx context.Context) (correction.Correction, error) { return b.Add(ctx, draft(nil), "ada") }, correction.Pending)
			change(func(ctx context.Context) (correction.Correction, error) { return b.Approve(ctx, "1", "grace") }, correction.InForce)
			change(func(ctx context.Context) (correction.Correction, error) { return b.Revoke(ctx, "1", "joan", "") }, correction.Revoked)
		})
	}
}

// TestTheSameTwice lets somebody who has got no answer ask again.
func TestTheSameTwice(t *testing.T) {
	b := shelved(t, &shelf{}, &[]*slo.Objective{declared("checkout", "shop")})
	add := func(who string, change func(*correction.Draft)) error {
		_, err := b.Add(t.Context(), draft(change), who)
		return err
	}
	if err := add("ada", nil); err != nil {
		t.Fatal(err)
	}
	var refusal *correction.Refusal
	again := add("ada", func(d *correction.Draft) { d.Objectives.IDs = []string{} })
	if !errors.As(again, &refusal) || !refusal.Conflict || !strings.Contains(refusal.Message, "correction 1, which is in force") {
		t.Errorf("the same again: %v", again)
	}
	if err := add("grace", nil); err != nil {
		t.Errorf("the same of somebody else: %v", err)
	}
	if err := add("ada", func(d *correction.Draft) { d.Reason = "Another upgrade." }); err != nil {
		t.Errorf("another one: %v", err)
	}
	if _, err := b.Revoke(t.Context(), "1", "ada", ""); err != nil {
		t.Fatal(err)
	}
	if err := add("ada", nil); err != nil {
		t.Errorf("the same once the first is revoked: %v", err)
	}
}

// TestOthersAreNotReached lets an editor who is bound to owners select by a label
// that only its own objective has, and then another team's objective have it.
func TestOthersAreNotReached(t *testing.T) {
	own, other := declared("checkout", "shop"), declared("search", "finders")
	objectives := []*slo.Objective{own}
	s := &shelf{}
	b := shelved(t, s, &objectives)
	bound := func(d *correction.Draft) { d.Objectives = correction.Selection{Labels: map[string]string{"tier": "1"}} }
	c, err := b.Add(t.Context(), draft(bound), "ada", "shop")
	if err != nil || c.State() != correction.InForce {
		t.Fatalf("%+v, %v", c, err)
	}
	if _, err := b.Add(t.Context(), draft(bound), "boss"); err != nil {
		t.Fatal(err)
	}
	objectives = append(objectives, other)
	for range 2 { // the second time it was read back
		for i, want := range []int{1, 2} { // who is bound to nobody means everybody
			c := b.List()[i]
			if got := b.Selected(&c.Terms); len(got) != want {
				t.Errorf("correction %s is about %d objectives, want %d", c.ID, len(got), want)
			}
			at := c.CreatedAt.AddDate(0, 0, 9)
			if got := correction.Expand([]correction.Correction{c}, objectives, at, at); len(got) != want {
				t.Errorf("correction %s counts for %d objectives, want %d", c.ID, len(got), want)
			}
		}
		b = shelved(t, s, &objectives)
	}
}

// TestGroupsThatDoNotExist demands a warning of an adjustment of one.
func TestGroupsThatDoNotExist(t *testing.T) {
	grouped := declared("checkout", "shop")
	grouped.GroupBy = []string{"region"}
	var measured []slo.Group
	b, err := correction.Open(t.Context(), correction.Options{
		Store: &shelf{}, Objectives: func() []*slo.Objective { return []*slo.Objective{grouped} },
		Groups: func(slo.ID) []slo.Group { return measured },
		Now:    func() time.Time { return time.Date(2026, 3, 20, 12, 0, 0, 0, time.UTC) },
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, region := range []string{"eu", "us"} {
		measured = append(measured, slo.NewGroup(map[string]string{"region": region}))
	}
	for i, region := range []string{"us", "ue"} {
		c, err := b.Add(t.Context(), draft(func(d *correction.Draft) {
			d.Kind, d.Objectives, d.Adjust = "adjust", correction.Selection{IDs: []string{"checkout/availability"}}, &correction.Amount{Bad: -1}
			d.Group = map[string]string{"region": region}
		}), "ada")
		if err != nil {
			t.Fatal(err)
		}
		if said := strings.Join(b.Warnings(&c), "; "); strings.Contains(said, `has no group {`) != (region == "ue") || strings.Contains(said, "eu") != (region == "ue") {
			t.Errorf("region %s: %q", region, said)
		}
		if list, texts := b.Unmeasured(); len(list) != i || len(texts) != i {
			t.Errorf("region %s: %q of %+v", region, texts, list)
		}
	}
	measured = nil
	if list, texts := b.Unmeasured(); len(list) != 2 || !strings.Contains(texts[0], "nothing has been measured") {
		t.Errorf("of an objective without any: %q", texts)
	}
	if _, err := b.Revoke(t.Context(), "1", "ada", ""); err != nil {
		t.Fatal(err)
	}
	if list, _ := b.Unmeasured(); len(list) != 1 {
		t.Errorf("revoked: %d", len(list))
	}
}

// TestDeclaredBeforeThePolicy lets an objective come under a policy by its own
// spec: what one person has declared before counts on, with what is to come of it,
// and is said. All that is declared afterwards takes two.
func TestDeclaredBeforeThePolicy(t *testing.T) {
	checkout, pay := declared("checkout", "shop"), declared("pay", "payments")
	objectives := []*slo.Objective{checkout}
	b := shelved(t, &shelf{}, &objectives)
	nightly := func(d *correction.Draft) {
		d.Objectives, d.Repeat = correction.Selection{Labels: map[string]string{"tier": "1"}}, "FREQ=WEEKLY;BYDAY=SU"
	}
	document := correction.Document{Name: "nightly", Author: "ada", Terms: terms(t, draft(nightly)), Place: slo.Place{File: "a.correction.yaml"}}
	look := func() {
		t.Helper()
		if problems, err := b.Sync(t.Context(), correction.Loaded{Documents: []correction.Document{document}, Sound: []string{document.Place.File}}); err != nil || len(problems) > 0 {
			t.Fatal(problems, err)
		}
	}
	look()
	if _, err := b.Add(t.Context(), draft(nil), "ada"); err != nil {
		t.Fatal(err)
	}
	moved := *checkout
	moved.Owner = "payments" // its policy asks for two
	objectives = []*slo.Objective{&moved, pay}
	look()
	states := func(want ...correction.State) {
		t.Helper()
		var got []correction.State
		for _, c := range b.List() {
			got = append(got, c.State())
		}
		if !slices.Equal(got, want) {
			t.Errorf("corrections are %v, want %v", got, want)
		}
	}
	states(correction.InForce, correction.InForce)
	at := b.List()[0].CreatedAt
	before := b.Expand(at, at.AddDate(0, 0, 14))
	for i, want := range []int{2, 0} { // pay was not there when one person declared it
		if n := len(before[objectives[i].ID].Normal().Excluded); n != want {
			t.Errorf("%d Sundays of %s are excluded, want %d", n, objectives[i].ID, want)
		}
	}
	if said := b.Unapproved(); len(said) != 2 {
		t.Errorf("said to be unapproved: %+v", said)
	}
	if c, err := b.Add(t.Context(), draft(func(d *correction.Draft) { d.Reason = "Another." }), "ada"); err != nil || c.State() != correction.Pending {
		t.Errorf("declared afterwards: %+v, %v", c, err)
	}
	document.Terms = terms(t, draft(func(d *correction.Draft) { nightly(d); d.To = "2026-03-22T06:00" }))
	look()
	states(correction.Revoked, correction.InForce, correction.Pending, correction.Pending)
	before = b.Expand(at, at.AddDate(0, 0, 14))
	if _, err := b.Approve(t.Context(), "2", "grace"); err != nil {
		t.Error(err)
	}
	if after := b.Expand(at, at.AddDate(0, 0, 14)); !reflect.DeepEqual(after, before) || len(b.Unapproved()) != 0 {
		t.Errorf("approving has changed %v to %v; left %+v", before, after, b.Unapproved())
	}
}
