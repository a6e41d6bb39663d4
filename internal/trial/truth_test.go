package trial_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"headroom/alerting"
	"headroom/internal/trial"
	"headroom/internal/truth"
	"headroom/slo/slotest"
)

const quick = `headroom: v1
service: shop
objectives:
  fast:
    target: 95%
    window: 1h
    resolution: 10s
    ratio: {bad: 'x_total{code="500"}', total: x_total}
`

// only runs the one case of a test of a spec.
func only(t *testing.T, text string) trial.Outcome {
	t.Helper()
	suites, problems := slotest.Parse("slo.test.yaml", []byte("headroom: v1\ntest: shop\ncases:\n"+text), specs(t, quick))
	if len(problems) > 0 || len(suites) != 1 || len(suites[0].Cases) != 1 {
		t.Fatalf("%v\n%s", problems, text)
	}
	outcome, err := trial.Run(t.Context(), &suites[0].Cases[0])
	if err != nil {
		t.Fatal(err)
	}
	return outcome
}

// TestBudgetsAreTrue compares budgets with plain arithmetic, for traffic with
// an incident anywhere: in the history that is written, in the part of it that
// is evaluated, or in the test.
func TestBudgetsAreTrue(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 0))
			between := func(low, high int) int { return low + random.IntN(high-low+1) }
			rate := between(1, 200)
			usual := between(0, 50)
			bad := between(0, 1000)
			at := between(-340, 40) * 10
			length := between(1, 30) * 10
			end := 600
			outcome := only(t, fmt.Sprintf(`
- name: a
  traffic: {rate: %d/s, errors: %d.%d%%}
  incidents: [{at: %s, for: %ds, errors: %d.%d%%}]
  for: %ds
  expect: [{alert: page, times: ">= 0"}]
`, rate, usual/10, usual%10, slotest.FormatTime(time.Duration(at)*time.Second), length, bad/10, bad%10, end))
			from, to := max(at, end-3600), min(at+length, end)
			inside := float64(max(to-from, 0))
			ratio := ((3600-inside)*float64(usual) + inside*float64(bad)) / 3600 / 1000
			want := 1 - ratio/0.05
			last := outcome.Measurements[len(outcome.Measurements)-1]
			got := last.Status.Balance.Remaining
			if got == nil || math.Abs(*got-want) > 3/(0.05*3600*float64(rate)) {
				t.Fatalf("%v is left, want %v", got, want)
			}
			if last.Live == nil || math.Abs(*last.Live-*got) > 10.0/3600/0.05+1e-9 { // a tile older
				t.Fatalf("the rules do not say that %v is left, as the ledger does", *got)
			}
		})
	}
}

// TestAlertsAreTrue compares the page of an incident with what counting says.
func TestAlertsAreTrue(t *testing.T) {
	cases := parse(t, `
- name: a
  objective: availability
  traffic: {rate: 100/s, errors: 0.02%}
  incidents: [{at: 30m, for: 20m, errors: 10%}]
  for: 90m
  expect: [{alert: page, times: 1}]
`)
	outcome, err := trial.Run(t.Context(), &cases[0])
	if err != nil || !outcome.Passed() {
		t.Fatal(err, outcome.Failures)
	}
	total, bad := &truth.Counter{}, &truth.Counter{}
	for at := -3 * 24 * time.Hour; at < 90*time.Minute; at += time.Minute {
		ratio := 0.0002
		if at >= 30*time.Minute && at < 50*time.Minute {
			ratio = 0.1
		}
		total.Add(trial.Start().Add(at+time.Minute), 6000)
		bad.Add(trial.Start().Add(at+time.Minute), 6000*ratio)
	}
	var tiers []truth.Tier
	for _, tier := range alerting.NewPlan(cases[0].Objective).Of(alerting.Page) {
		tiers = append(tiers, truth.Tier{Long: tier.Long, Short: tier.Short, Threshold: tier.Threshold})
	}
	in := truth.Indicator{Bad: []*truth.Counter{bad}, Total: []*truth.Counter{total}}
	list := in.Timeline(tiers, trial.Start(), trial.Start().Add(90*time.Minute), time.Minute)
	if len(list) == 0 || len(outcome.Alerts) == 0 {
		t.Fatal(list, outcome.Alerts)
	}
	want, got := list[0].From.Sub(trial.Start()), outcome.Alerts[0].Fires
	if (got - want).Abs() > 2*time.Minute {
		t.Errorf("fires at %s, want %s", got, want)
	}
}
