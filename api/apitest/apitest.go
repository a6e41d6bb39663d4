// Package apitest has statuses and problems of every kind, for tests of what
// shows them.
package apitest

import (
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"headroom/budget"
	"headroom/slo"
	"headroom/slo/diag"
)

// Now is the moment that the statuses are for.
func Now() time.Time { return time.Date(2026, 11, 23, 14, 30, 5, 0, time.UTC) }

// Hostile is text that breaks whatever shows it without care.
const Hostile = `</pre><script>alert("x")</script>'"` + "\x1b[31m"

// Statuses returns one status of every kind, in no order.
func Statuses() []budget.Status {
	at := Now().Add(-4 * time.Second)
	return []budget.Status{
		pipelines(at),
		measured(at, "default/checkout/availability", "99.9%", "team-payments", 1_234_567, 355, 0.42, 0.51, 0.29),
		latency(at),
		measured(at, "default/checkout/freshness", "99%", "team-payments", 40_320, 543, 17.3, 6.24, 1.35),
		grouped(at, "eu", 52_000, 11), grouped(at, "us", 98_214, 421),
		young(at),
		unknown(at, "default/search/reachable", budget.DataAbsent, "the metrics store has no series probe_success{job=\"blackbox\"}"),
		behind(at),
		noTraffic(at),
		unknown(at, "platform/portal/availability", budget.DataRulesMissing, "the metrics store runs rules of an earlier spec"),
	}
}

func pipelines(at time.Time) budget.Status {
	s := measured(at, "platform/pipelines/success", "98%", "team-platform", 812, 9.25, 0, 0.3, 0.57)
	s.Objective.Description = "Deployment pipelines that end in success."
	return s
}

func latency(at time.Time) budget.Status {
	s := measured(at, "default/checkout/latency", "99%", "team-payments", 1_234_561, 9_877, 2.41, 1.12, 0.97)
	s.Objective.Indicator = slo.Latency{
		Histogram: "http_request_duration_seconds", Under: 300 * time.Millisecond, Unit: time.Second,
		Where: []*labels.Matcher{labels.MustNewMatcher(labels.MatchEqual, "job", "checkout")},
	}
	s.Objective.Runbook = "https://runbooks.example/checkout"
	s.Objective.Formerly = []slo.ID{mustID("default/shop/latency")}
	return s
}

func grouped(at time.Time, region string, total, bad float64) budget.Status {
	s := measured(at, "default/gateway/errors", "99.95%", "team-edge", total, bad, bad/total/0.0005, 0.4, 0.8)
	s.Objective.GroupBy = []string{"region"}
	s.Group = slo.NewGroup(map[string]string{"region": region})
	return s
}

func young(at time.Time) budget.Status {
	s := measured(at, "default/headroom/api-availability", "99.5%", "team-platform", 3_120, 0, 0, 0, 0)
	s.Data, s.Reason = budget.DataYoung, "15 of 28 days measured: the objective is younger than its window."
	s.Balance.Measured = 15*24*time.Hour + 7*time.Hour
	s.Balance.Life = s.Balance.Measured
	s.Balance.Since = at.Add(-s.Balance.Life)
	return s
}

func noTraffic(at time.Time) budget.Status {
	s := unknown(at, "default/search/indexing", budget.DataNoTraffic, "no events happened in the window")
	s.Through = at.Truncate(s.Objective.Resolution)
	s.Balance.Measured = 28 * 24 * time.Hour
	s.Balance.Coverage, s.Balance.Total, s.Balance.Bad = ptr(1), ptr(0), ptr(0)
	return s
}

func behind(at time.Time) budget.Status {
	s := unknown(at, "default/search/ranking", budget.DataUnmeasured, "12 of 28 days were measured, which is less than 90 % of its life")
	s.Through = at.Truncate(s.Objective.Resolution).Add(-2 * time.Hour)
	return s
}

func unknown(at time.Time, id string, data budget.DataState, reason string) budget.Status {
	o := objective(id, "99.5%", "team-search")
	return budget.Status{
		Objective: o, At: at, Data: data, State: budget.StateUnknown, Reason: reason,
		Balance: budget.Balance{Start: at.Add(-o.Window.Rolling), End: at},
	}
}

func measured(at time.Time, id, target, owner string, total, bad, hour, sixHours, threeDays float64) budget.Status {
	o := objective(id, target, owner)
	events := o.Target.Budget() * total
	remaining := 1 - bad/events
	state := budget.StateHealthy
	switch {
	case remaining <= 0:
		state = budget.StateExhausted
	case remaining < budget.CautionRemaining:
		state = budget.StateCaution
	}
	return budget.Status{
		Objective: o, At: at, Data: budget.DataOK, State: state, Through: at.Truncate(o.Resolution),
		Balance: budget.Balance{
			Start: at.Add(-o.Window.Rolling), End: at, Since: at.Add(-90 * 24 * time.Hour),
			Measured: o.Window.Rolling, Life: o.Window.Rolling,
			Coverage: ptr(1), Total: ptr(total), Bad: ptr(bad), ErrorRatio: ptr(bad / total),
			Budget: ptr(events), Spent: ptr(bad / events), Remaining: ptr(remaining),
			Burn: map[time.Duration]*float64{time.Hour: ptr(hour), 6 * time.Hour: ptr(sixHours), 72 * time.Hour: ptr(threeDays)},
		},
	}
}

func objective(id, target, owner string) *slo.Objective {
	parsed := mustID(id)
	return &slo.Objective{
		ID: parsed, Owner: owner, Target: slo.MustTarget(target),
		Window: slo.Window{Rolling: slo.DefaultWindow}, Resolution: slo.DefaultResolution,
		Indicator: slo.Ratio{
			Bad:   slo.MustCounter(`http_requests_total{code=~"5..", job="` + parsed.Service + `"}`),
			Total: slo.MustCounter(`http_requests_total{job="` + parsed.Service + `"}`),
		},
		Place: slo.Place{File: parsed.Service + "/slo.yaml", Line: 6, Column: 3},
	}
}

// HostileStatus returns a status whose every text is Hostile.
func HostileStatus() budget.Status {
	s := unknown(Now(), "default/hostile/texts", budget.DataAbsent, Hostile)
	s.Objective.Owner, s.Objective.Description, s.Objective.Channel = Hostile, Hostile, Hostile
	s.Objective.Runbook = `javascript:alert("x")`
	s.Objective.Labels = map[string]string{"tier": Hostile}
	s.Objective.Place.File = Hostile
	s.Group = slo.NewGroup(map[string]string{"region": Hostile})
	return s
}

// Problems returns an error and a warning.
func Problems() []diag.Problem {
	return []diag.Problem{
		{
			Check: "target-format", Severity: diag.Error, File: "payments/slo.yaml", Line: 6, Column: 13, EndColumn: 20,
			Message: `target "0.999" has no percent sign`, Hint: "write target: 99.9%", Excerpt: `    target: "0.999"`,
		},
		{
			Check: "latency-bucket", Severity: diag.Warning, File: "search/slo.yaml", Line: 12, Column: 5,
			Message: "the threshold 400ms is no bucket of search_duration_seconds", Hint: "add the bucket 0.4, or use 250ms or 500ms",
			Excerpt: "    latency: {histogram: search_duration_seconds, under: 400ms}",
		},
	}
}

// HostileProblem returns a problem whose every text is Hostile.
func HostileProblem() diag.Problem {
	return diag.Problem{
		Check: "unknown-key", Severity: diag.Error, File: Hostile, Line: 1, Column: 1, Message: Hostile, Hint: Hostile, Excerpt: Hostile,
	}
}

func mustID(s string) slo.ID {
	id, err := slo.ParseID(s)
	if err != nil {
		panic(err)
	}
	return id
}

func ptr(f float64) *float64 { return &f }
