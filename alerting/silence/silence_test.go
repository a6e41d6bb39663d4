package silence_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"headroom/alerting/silence"
	"headroom/budget/correction"
	"headroom/slo"
)

// fake is an Alertmanager and a store at once, whose calls may fail.
type fake struct {
	made    []silence.Found
	records map[string]silence.Record
	// lose: the silence is made, and its answer is lost; refuse: nothing is done.
	lose, refuse bool
}

var (
	_ silence.Alertmanager = (*fake)(nil)
	_ silence.Store        = store{}
)

var errAway = errors.New("away")

func (f *fake) Name() string { return "http://a:9093" }

func (f *fake) Silences(context.Context) ([]silence.Found, error) {
	if f.refuse {
		return nil, errAway
	}
	return f.made, nil
}

func (f *fake) Create(_ context.Context, s silence.Silence) (string, error) {
	id := fmt.Sprintf("id-%d", len(f.made))
	f.made = append(f.made, silence.Found{ID: id, Comment: s.Comment, State: silence.Pending})
	if f.lose {
		return "", errAway
	}
	return id, nil
}

func (f *fake) Expire(_ context.Context, id string) error {
	for i := range f.made {
		if f.made[i].ID == id {
			f.made[i].State = silence.Expired
		}
	}
	return nil
}

// states lists the states of all silences that were ever made.
func (f *fake) states() string {
	var all []string
	for _, m := range f.made {
		all = append(all, string(m.State))
	}
	return strings.Join(all, " ")
}

type store struct{ f *fake }

func (s store) Silences(context.Context, string) ([]silence.Record, error) {
	var list []silence.Record
	for _, r := range s.f.records {
		list = append(list, r)
	}
	return list, nil
}

func (s store) SaveSilence(_ context.Context, _ string, r silence.Record) error {
	s.f.records[r.Mark] = r
	return nil
}

func (s store) ForgetSilence(_ context.Context, _, mark string) error {
	delete(s.f.records, mark)
	return nil
}

func now() time.Time { return time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC) }

func declared(t *testing.T, change func(*correction.Correction, *correction.Draft)) correction.Correction {
	t.Helper()
	c := correction.Correction{ID: "12", Author: "ada", ApprovedAt: now()}
	d := correction.Draft{
		Category: "planned-maintenance", Reason: "Upgrade.", Objectives: correction.Selection{Namespaces: []string{"default"}},
		From: "2026-11-21T00:00:00Z", To: "2026-11-21T02:00:00Z",
	}
	if change != nil {
		change(&c, &d)
	}
	var err error
	if c.Terms, err = d.Terms(); err != nil {
		t.Fatal(err)
	}
	return c
}

func objectives(n int) []*slo.Objective {
	list := make([]*slo.Objective, n)
	for i := range list {
		list[i] = &slo.Objective{ID: slo.ID{Namespace: "default", Service: "checkout", Objective: fmt.Sprintf("o%d", i)}}
	}
	return list
}

// alone says of no objective that a second person must approve.
func alone(*slo.Objective) bool { return false }

// TestSilencesOfObjectivesThatCameLater gives an objective under a policy the
// label that a correction selects, which nobody has approved.
func TestSilencesOfObjectivesThatCameLater(t *testing.T) {
	c := declared(t, nil)
	list := objectives(2)
	second := func(o *slo.Objective) bool { return o == list[1] }
	if got := silence.Wanted([]correction.Correction{c}, list, second, now()); len(got) != 1 || got[0].Pattern != list[0].ID.String() {
		t.Errorf("not approved: %+v", got)
	}
	c.ApprovedBy = "grace"
	if got := silence.Wanted([]correction.Correction{c}, list, second, now()); len(got) != 1 || !got[0].Regex {
		t.Errorf("approved: %+v", got)
	}
}

func TestWanted(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*correction.Correction, *correction.Draft)
		n      int // objectives
		want   int // silences
	}{
		"one":          {nil, 1, 1},
		"no objective": {nil, 0, 0},
		"several":      {nil, 3, 1},
		"very many":    {nil, 401, 3},
		"pending":      {func(c *correction.Correction, _ *correction.Draft) { c.ApprovedAt = time.Time{} }, 1, 0},
		"revoked":      {func(c *correction.Correction, _ *correction.Draft) { c.RevokedAt = now() }, 1, 0},
		"over": {func(_ *correction.Correction, d *correction.Draft) {
			d.From, d.To = "2026-11-19T00:00:00Z", "2026-11-20T11:59:00Z"
		}, 1, 0},
		"now": {func(_ *correction.Correction, d *correction.Draft) {
			d.From, d.To = "2026-11-19T00:00:00Z", "2026-11-20T12:01:00Z"
		}, 1, 1},
		"next month": {func(_ *correction.Correction, d *correction.Draft) {
			d.From, d.To = "2026-12-19T00:00:00Z", "2026-12-20T12:01:00Z"
		}, 1, 0},
		"daily": {func(_ *correction.Correction, d *correction.Draft) { d.Zone, d.Repeat = "UTC", "FREQ=DAILY" }, 1, 7},
		"very often": {func(_ *correction.Correction, d *correction.Draft) {
			d.From, d.To, d.Zone, d.Repeat = "2026-11-20T13:00", "2026-11-20T13:10", "UTC", "FREQ=DAILY;BYHOUR=1,5,9,13,17"
		}, 1, 10},
		"adjust": {func(_ *correction.Correction, d *correction.Draft) {
			d.Kind, d.Objectives, d.Adjust = "adjust", correction.Selection{IDs: []string{"checkout/o0"}}, &correction.Amount{Bad: -1}
		}, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			list := silence.Wanted([]correction.Correction{declared(t, test.change)}, objectives(test.n), alone, now())
			if len(list) != test.want {
				t.Errorf("%d silences, want %d: %+v", len(list), test.want, list)
			}
		})
	}
}

// TestKeep follows silences through lost answers, losses, changes and people.
func TestKeep(t *testing.T) {
	f := &fake{records: map[string]silence.Record{}}
	keep := func(wanted []silence.Silence) error {
		return silence.Keep(t.Context(), f, store{f}, wanted, now())
	}
	step := func(what string, wanted []silence.Silence, states string) {
		t.Helper()
		for range 2 { // doing it again changes nothing
			if err := keep(wanted); err != nil {
				t.Fatalf("%s: %v", what, err)
			}
		}
		if f.states() != states {
			t.Fatalf("%s: silences are %q, want %q", what, f.states(), states)
		}
	}
	c := []correction.Correction{declared(t, nil)}
	one, two := silence.Wanted(c, objectives(1), alone, now()), silence.Wanted(c, objectives(2), alone, now())
	f.lose = true
	if err := keep(one); !errors.Is(err, errAway) || f.states() != "pending" {
		t.Fatalf("a lost answer: %v, %s", err, f.states())
	}
	f.lose = false
	step("after a lost answer", one, "pending")
	step("another objective", two, "expired pending")
	f.made = nil
	step("Alertmanager has lost it", two, "pending")
	if err := f.Expire(t.Context(), f.made[0].ID); err != nil {
		t.Fatal(err)
	}
	step("a person has ended it", two, "expired")
	step("changed", one, "expired pending")
	f.refuse = true
	if err := keep(nil); !errors.Is(err, errAway) || len(f.records) != 1 {
		t.Fatalf("revoked while it is away: %v, %v", err, f.records)
	}
	f.refuse = false
	step("revoked", nil, "expired expired")
	f.lose = true
	_ = keep(one) // its answer is lost
	f.lose = false
	step("revoked after a lost answer", nil, "expired expired expired")
	if len(f.records) != 0 {
		t.Errorf("records %v are left", f.records)
	}
}
