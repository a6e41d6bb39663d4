package gate_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"headroom/budget"
	"headroom/budget/policy"
	"headroom/slo"
)

func at() time.Time { return time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC) }

// plain compares what hides its fields.
func plain() cmp.Option { return cmpopts.EquateComparable(slo.Group{}, slo.Target{}) }

func ptr(f float64) *float64 { return &f }

// status is one of a budget of 100 events of which a share remains.
func status(t testing.TB, id string, remaining float64) budget.Status {
	t.Helper()
	parsed, err := slo.ParseID(id)
	if err != nil {
		t.Fatal(err)
	}
	o := &slo.Objective{
		ID: parsed, Owner: "team-shop", Labels: map[string]string{"tier": "1"}, Target: slo.MustTarget("99%"),
		Window: slo.Window{Rolling: slo.DefaultWindow}, Resolution: slo.DefaultResolution,
	}
	state := budget.StateHealthy
	switch {
	case remaining <= 0:
		state = budget.StateExhausted
	case remaining < budget.CautionRemaining:
		state = budget.StateCaution
	}
	spent := 1 - remaining
	return budget.Status{
		Objective: o, At: at(), Data: budget.DataOK, State: state,
		Balance: budget.Balance{
			Measured: o.Window.Rolling, Life: o.Window.Rolling, Coverage: ptr(1),
			Total: ptr(10_000), Bad: ptr(100 * spent), Budget: ptr(100), Spent: ptr(spent), Remaining: ptr(remaining),
			Burn: map[time.Duration]*float64{time.Hour: ptr(0.5), 6 * time.Hour: ptr(2), 72 * time.Hour: nil},
		},
	}
}

// unmeasured is one whose few measurements look bad.
func unmeasured(t testing.TB, id string) budget.Status {
	t.Helper()
	s := status(t, id, -3)
	s.Data, s.State, s.Reason = budget.DataUnmeasured, budget.StateUnknown, "Only 43% of it was measured."
	s.Balance.Measured, s.Balance.Coverage = 12*24*time.Hour, ptr(0.43)
	s.Balance.Spent, s.Balance.Remaining = nil, nil
	return s
}

// unborn is one that was declared and never measured.
func unborn(t testing.TB, id string) budget.Status {
	t.Helper()
	s := status(t, id, 1)
	s.Data, s.State, s.Reason = budget.DataAbsent, budget.StateUnknown, "The metrics store has no series for this indicator now."
	s.Balance = budget.Balance{Burn: map[time.Duration]*float64{}}
	return s
}

func young(t testing.TB, id string, remaining float64) budget.Status {
	t.Helper()
	s := status(t, id, remaining)
	s.Data, s.Balance.Life = budget.DataYoung, 15*24*time.Hour
	return s
}

// corrected is one of whose life corrections exclude an hour.
func corrected(t testing.TB, s budget.Status) budget.Status {
	t.Helper()
	b := &s.Balance
	b.Corrected, b.Raw = true, budget.Account{Measured: b.Measured, Life: b.Life}
	b.Measured, b.Life = b.Measured-time.Hour, b.Life-time.Hour
	return s
}

// freeze is a policy with every default.
func freeze(t testing.TB, more string) policy.Policy {
	t.Helper()
	return read(t, "headroom: v1\npolicy: freeze\n"+more)
}

func read(t testing.TB, text string) policy.Policy {
	t.Helper()
	documents, problems := policy.Parse("production.policy.yaml", []byte(text))
	if len(documents) != 1 || len(problems) > 0 {
		t.Fatalf("%s: %v", text, problems)
	}
	return documents[0].Policy
}
