package gate_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"headroom/budget"
	"headroom/budget/gate"
	"headroom/budget/policy"
	"headroom/slo"
)

// shelf is a Store.
type shelf struct {
	records []gate.Record
	writes  int
	err     error
}

func (s *shelf) SaveDecision(_ context.Context, r gate.Record) (string, error) {
	if s.err != nil {
		return "", s.err
	}
	s.writes++
	if at := slices.IndexFunc(s.records, func(o gate.Record) bool { return o.ID == r.ID }); at >= 0 {
		s.records[at].LastAt, s.records[at].Count = r.LastAt, r.Count
		return r.ID, nil
	}
	r.ID = strconv.Itoa(len(s.records) + 1)
	s.records = append(s.records, r)
	return r.ID, nil
}

func (s *shelf) Decisions(_ context.Context, q gate.Query) ([]gate.Record, error) {
	var found []gate.Record
	for _, r := range slices.Backward(s.records) {
		sub := gate.Subject{
			Service: r.Decision.Service, Environment: r.Decision.Environment, Change: r.Decision.Change,
			CountedAs: r.Decision.CountedAs, Caller: r.Caller,
		}
		if (q.Subject == nil || *q.Subject == sub) && len(found) < q.Limit {
			found = append(found, r)
		}
	}
	return found, s.err
}

// desk is a gate with what it rests on.
type desk struct {
	t        *testing.T
	statuses []budget.Status
	policies []policy.Policy
	store    *shelf
	now      time.Time
	gate     *gate.Gate
}

func newDesk(t *testing.T, statuses ...budget.Status) *desk {
	t.Helper()
	d := &desk{t: t, statuses: statuses, policies: []policy.Policy{freeze(t, "")}, store: &shelf{}, now: at()}
	d.restart()
	return d
}

func (d *desk) restart() {
	d.t.Helper()
	g, err := gate.New(gate.Options{
		Objectives: func() []*slo.Objective {
			var list []*slo.Objective
			for _, s := range d.statuses {
				list = append(list, s.Objective)
			}
			return list
		},
		Statuses: func(id slo.ID, now time.Time) []budget.Status {
			if !now.Equal(d.now) {
				d.t.Errorf("asked for %s", now)
			}
			return slices.DeleteFunc(slices.Clone(d.statuses), func(s budget.Status) bool { return s.Objective.ID != id })
		},
		Policies: func() []policy.Policy { return d.policies },
		Store:    d.store, Now: func() time.Time { return d.now },
	})
	if err != nil {
		d.t.Fatal(err)
	}
	d.gate = g
}

func (d *desk) ask(service, environment, caller string) gate.Answer {
	d.t.Helper()
	a, err := d.gate.Ask(d.t.Context(), gate.Question{Namespace: "default", Service: service, Environment: environment, Change: policy.Feature, Caller: caller})
	if err != nil {
		d.t.Fatal(err)
	}
	return a
}

// keeps demands what the store holds, as "service verdict count by caller".
func (d *desk) keeps(want ...string) {
	d.t.Helper()
	list, err := d.gate.Decisions(d.t.Context(), gate.Query{Limit: 99})
	if err != nil {
		d.t.Fatal(err)
	}
	var got []string
	for _, r := range list {
		got = append(got, strings.TrimPrefix(r.Decision.Service, "default/")+" "+string(r.Decision.Verdict)+" "+strconv.FormatInt(r.Count, 10)+" by "+r.Caller)
	}
	if !slices.Equal(got, want) {
		d.t.Errorf("kept %q, want %q", got, want)
	}
}

func TestRepeatedAnswersAreOneRecord(t *testing.T) {
	d := newDesk(t, status(t, "shop/a", -0.1))
	first := d.ask("shop", "production", "ci")
	if first.Verdict != gate.Held || first.DecisionID == "" || !first.Since.Equal(at()) {
		t.Fatalf("%+v", first)
	}
	for range 5 {
		d.now = d.now.Add(10 * time.Second)
		again := d.ask("shop", "PRODUCTION", "ci")
		if again.DecisionID != first.DecisionID || !again.Since.Equal(at()) {
			t.Errorf("asked again: %s since %s", again.DecisionID, again.Since)
		}
	}
	if d.store.writes != 1 {
		t.Errorf("%d writes within a minute", d.store.writes)
	}
	d.keeps("shop held 6 by ci")
	d.statuses[0] = status(t, "shop/a", -0.2) // other figures, the same state
	d.now = d.now.Add(2 * time.Minute)
	d.ask("shop", "production", "ci")
	d.restart()
	d.ask("shop", "production", "ci")
	d.keeps("shop held 8 by ci")
	if r := d.store.records[0]; !r.FirstAt.Equal(at()) || !r.LastAt.Equal(d.now) || *r.Decision.Reasons[0].Remaining != -0.1 {
		t.Errorf("the record goes from %s to %s with %v left", r.FirstAt, r.LastAt, *r.Decision.Reasons[0].Remaining)
	}
	d.statuses[0] = status(t, "shop/a", 0.5)
	d.ask("shop", "production", "ci")
	d.statuses[0] = status(t, "shop/a", -0.1)
	back := d.ask("shop", "production", "ci")
	d.keeps("shop held 1 by ci", "shop allowed 1 by ci", "shop held 8 by ci")
	if back.DecisionID == first.DecisionID || !back.Since.Equal(d.now) {
		t.Errorf("held again: %s since %s", back.DecisionID, back.Since)
	}
}

func TestCallersAreToldApart(t *testing.T) {
	d := newDesk(t, status(t, "shop/a", -0.1))
	d.ask("shop", "production", "ci")
	d.ask("shop", "production", "")
	d.ask("shop", "production", "ci")
	d.keeps("shop held 1 by ", "shop held 2 by ci")
}

func TestProbesLeaveNoTrace(t *testing.T) {
	d := newDesk(t, status(t, "shop/a", -0.1))
	if a := d.ask("shop", "anything else", ""); a.DecisionID != "" || a.Verdict != gate.Allowed {
		t.Errorf("%+v", a)
	}
	if _, err := d.gate.Ask(t.Context(), gate.Question{Namespace: "default", Service: "shop", Environment: "production", Change: policy.Feature, Unrecorded: true}); err != nil {
		t.Error(err)
	}
	d.keeps()
	d.ask("shop", "anything else", "ci")
	d.keeps("shop allowed 1 by ci")
}

func TestUnknownService(t *testing.T) {
	d := newDesk(t, status(t, "checkout/a", 1), status(t, "payments/shop/a", 1), status(t, "shop/a", 1))
	for service, want := range map[string]string{
		"chekout": "no service default/chekout is declared: did you mean default/checkout?",
		"xyz":     "no service default/xyz is declared",
	} {
		_, err := d.gate.Ask(t.Context(), gate.Question{Namespace: "default", Service: service, Environment: "production"})
		var unknown *gate.UnknownServiceError
		if !errors.As(err, &unknown) || err.Error() != want {
			t.Errorf("%s: %v, want %q", service, err, want)
		}
	}
	_, err := d.gate.Ask(t.Context(), gate.Question{Namespace: "paymnts", Service: "shop", Environment: "production"})
	if err == nil || !strings.HasSuffix(err.Error(), "did you mean payments/shop or default/shop?") {
		t.Errorf("another namespace: %v", err)
	}
	d.keeps()
}

func TestLostStoreStillAnswers(t *testing.T) {
	d := newDesk(t, status(t, "shop/a", -0.1))
	d.store.err = errors.New("disk is full")
	if a := d.ask("shop", "production", "ci"); a.Verdict != gate.Held || a.DecisionID != "" || a.Since != nil {
		t.Errorf("%+v", a)
	}
	if err := d.gate.Err(); err == nil || !strings.Contains(err.Error(), "disk is full") {
		t.Errorf("Err is %v", err)
	}
	d.store.err = nil
	d.ask("shop", "production", "ci")
	if err := d.gate.Err(); err != nil {
		t.Errorf("Err is %v when the store is back", err)
	}
	d.keeps("shop held 1 by ci")
}

func TestManySubjects(t *testing.T) {
	d := newDesk(t, status(t, "shop/a", -0.1))
	for i := range 5000 {
		d.ask("shop", "e"+strconv.Itoa(i), "ci")
	}
	d.ask("shop", "e0", "ci")
	if err := d.gate.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r := d.store.records[0]; len(d.store.records) != 5000 || r.Count != 2 {
		t.Errorf("%d records, the first asked %d times", len(d.store.records), r.Count)
	}
}

func TestParseChange(t *testing.T) {
	for text, want := range map[string]string{"": "feature", "fix": "fix", "rollback": "rollback"} {
		if got, err := gate.ParseChange(text); err != nil || string(got) != want {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
	for text, want := range map[string]string{"rolback": "did you mean rollback?", "Security": "did you mean security?", "hotfix": "use feature, fix, security, rollback"} {
		if _, err := gate.ParseChange(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
