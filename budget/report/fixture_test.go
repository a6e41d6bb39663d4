package report_test

import (
	"flag"
	"strconv"
	"testing"
	"time"

	"headroom/budget"
	"headroom/budget/correction"
	"headroom/budget/report"
	"headroom/internal/schedule"
	"headroom/slo"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const day = 24 * time.Hour

func berlin(t *testing.T) *time.Location {
	t.Helper()
	zone, err := schedule.Zone("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// monday is when the weekly report of the tests is due.
func monday(t *testing.T) time.Time {
	t.Helper()
	return time.Date(2026, 3, 9, 9, 0, 0, 0, berlin(t))
}

func lastWeek(t *testing.T) report.Period {
	t.Helper()
	p, err := report.ParsePeriod(report.LastWeek, berlin(t), monday(t))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func objective(t *testing.T, id, target, owner string) *slo.Objective {
	t.Helper()
	parsed, err := slo.ParseID(id)
	if err != nil {
		t.Fatal(err)
	}
	return &slo.Objective{
		ID: parsed, Owner: owner, Channel: "#" + owner, Target: slo.MustTarget(target),
		Window: slo.Window{Rolling: 28 * day}, Resolution: slo.DefaultResolution,
		Indicator: slo.Ratio{Bad: slo.MustCounter("bad"), Total: slo.MustCounter("all")},
	}
}

// hour says what one hour of a series held; measured is false for a gap.
type hour func(from time.Time) (bad, total float64, measured bool)

// shop is a ledger that is filled by the hour.
type shop struct {
	t          *testing.T
	ledger     *budget.Ledger
	now        time.Time
	objectives []*slo.Objective

	corrections []correction.Correction
}

func newShop(t *testing.T, now time.Time) *shop {
	t.Helper()
	l, err := budget.OpenLedger(t.Context(), budget.LedgerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return &shop{t: t, ledger: l, now: now}
}

// keep declares an objective and fills one of its groups from a time on.
func (s *shop) keep(o *slo.Objective, g slo.Group, since time.Time, f hour) {
	s.t.Helper()
	if len(s.objectives) == 0 || s.objectives[len(s.objectives)-1] != o {
		s.objectives = append(s.objectives, o)
	}
	if err := s.ledger.SetObjectives(s.t.Context(), s.objectives, s.now); err != nil {
		s.t.Fatal(err)
	}
	var list []budget.Slice
	for from := since; from.Before(s.now); from = from.Add(time.Hour) {
		if bad, total, measured := f(from); measured {
			list = append(list, budget.Slice{
				Start: from.UnixMilli(), End: from.Add(time.Hour).UnixMilli(),
				Bad: budget.CountOf(bad), Total: budget.CountOf(total), Source: budget.SourceRaw,
			})
		}
	}
	if _, err := s.ledger.Add(s.t.Context(), budget.Key{SLO: o.ID, SLI: o.SLI(), Group: g}, since, list...); err != nil {
		s.t.Fatal(err)
	}
}

// steady has the same error ratio at all times, of 100 events an hour.
func steady(ratio float64) hour {
	return func(time.Time) (float64, float64, bool) { return 100 * ratio, 100, true }
}

// outage adds bad events in some hours.
func outage(base hour, at time.Time, hours int, bad float64) hour {
	return func(from time.Time) (float64, float64, bool) {
		b, total, measured := base(from)
		if !from.Before(at) && from.Before(at.Add(time.Duration(hours)*time.Hour)) {
			b = bad
		}
		return b, total, measured
	}
}

// gap leaves some hours unmeasured.
func gap(base hour, at time.Time, hours int) hour {
	return func(from time.Time) (float64, float64, bool) {
		b, total, _ := base(from)
		return b, total, from.Before(at) || !from.Before(at.Add(time.Duration(hours)*time.Hour))
	}
}

// estate is a shop with a budget of every standing.
func estate(t *testing.T) *shop {
	t.Helper()
	now := monday(t)
	s := newShop(t, now)
	since := now.Add(-60 * day)
	march := func(d, h int) time.Time { return time.Date(2026, 3, d, h, 0, 0, 0, berlin(t)) }
	none := slo.Group{}
	region := func(name string) slo.Group { return slo.NewGroup(map[string]string{"region": name}) }

	s.keep(objective(t, "checkout/availability", "99%", "team-payments"), none, since, steady(0.002))
	s.keep(objective(t, "checkout/freshness", "99.9%", "team-payments"), none, since, outage(steady(0.0001), march(3, 14), 1, 80))
	s.keep(objective(t, "checkout/latency", "99%", "team-payments"), none, since, outage(steady(0.0055), march(4, 0), 24, 10))
	gateway := objective(t, "edge/gateway/errors", "99%", "team-edge")
	gateway.GroupBy = []string{"region"}
	s.keep(gateway, region("eu"), since, steady(0.001))
	rising := func(from time.Time) (float64, float64, bool) {
		if from.Before(march(1, 0)) {
			return 0.3, 100, true
		}
		return 2, 100, true
	}
	s.keep(gateway, region("us"), since, rising)
	s.keep(objective(t, "cart/availability", "99%", "team-cart"), none, since, outage(steady(0.001), march(3, 0).Add(-28*day), 10, 90))
	s.keep(objective(t, "cart/prices", "99%", "team-cart"), none, since, outage(steady(0.001), march(5, 0), 24, 21))
	s.keep(objective(t, "search/ranking", "99%", "team-search"), none, since, gap(steady(0), now.Add(-20*day), 15*24))
	s.keep(objective(t, "search/reachable", "99%", "team-search"), none, now, steady(0))
	s.keep(objective(t, "search/indexing", "99%", "team-search"), none, since, func(time.Time) (float64, float64, bool) { return 0, 0, true })
	s.keep(objective(t, "platform/portal/availability", "99%", "team-platform"), none, since, gap(steady(0.001), march(7, 2), 12))
	s.keep(objective(t, "platform/portal/search", "99%", "team-platform"), none, now.Add(-15*day), steady(0.001))
	s.correct(correction.Draft{
		Category: string(correction.Maintenance), Reason: "move to the new database", Objectives: correction.Selection{Services: []string{"cart"}},
		From: "2026-03-05T02:00", To: "2026-03-05T04:00", Zone: "Europe/Berlin",
	})
	return s
}

// correct declares a correction that bob approves.
func (s *shop) correct(d correction.Draft) {
	s.t.Helper()
	terms, err := d.Terms()
	if err != nil {
		s.t.Fatal(err)
	}
	s.corrections = append(s.corrections, correction.Correction{
		ID: strconv.Itoa(len(s.corrections) + 1), Terms: terms, Author: "ann", CreatedAt: s.now.Add(-day), ApprovedBy: "bob", ApprovedAt: s.now.Add(-day),
	})
	s.ledger.SetCorrections(correction.Expand(s.corrections, s.objectives, s.now, s.now))
}

func (s *shop) report(p report.Period, scope report.Scope) report.Report {
	s.t.Helper()
	r, err := report.Build(report.Options{Ledger: s.ledger, Period: p, Now: s.now, Scope: scope, URL: "https://slo.example", Corrections: func() []correction.Correction { return s.corrections }})
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}
