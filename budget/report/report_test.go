package report_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"headroom/budget"
	"headroom/budget/correction"
	"headroom/budget/report"
	"headroom/slo"
)

func ids(l report.List) []string {
	names := []string{}
	for _, item := range l.Items {
		names = append(names, item.ID.String())
	}
	return names
}

func TestPastPeriodsAreToldAsOfTheirEnd(t *testing.T) {
	s := estate(t)
	p, err := report.ParsePeriod("2026-02-09..2026-02-16", berlin(t), s.now)
	if err != nil {
		t.Fatal(err)
	}
	r := s.report(p, report.Scope{Owner: "team-cart"})
	if !r.At.Equal(p.End) {
		t.Errorf("as of %s, want %s", r.At, p.End)
	}
	if got := ids(r.Decide); len(got) != 1 || got[0] != "default/cart/availability" {
		t.Errorf("decide %v: the outage of 3 February was over then", got)
	}
}

func TestAPeriodThatGoesOnIsToldAsOfNow(t *testing.T) {
	s := estate(t)
	p, err := report.ParsePeriod("2026-03-02..2026-03-16", berlin(t), s.now)
	if err != nil {
		t.Fatal(err)
	}
	r := s.report(p, report.Scope{})
	if !r.At.Equal(s.now) || r.Totals.Over != 1 {
		t.Errorf("as of %s, %d over", r.At, r.Totals.Over)
	}
	for _, item := range r.Gaps.Items {
		if item.ID.Service != "portal" {
			t.Errorf("%s has a gap where nothing has happened yet: %v", item.ID, item.Missing)
		}
	}
}

func TestCauseInAWeekOfClockChanges(t *testing.T) {
	now := time.Date(2026, 3, 30, 9, 0, 0, 0, berlin(t))
	s := newShop(t, now)
	at := time.Date(2026, 3, 29, 3, 0, 0, 0, berlin(t)) // the first hour after the skipped one
	s.keep(objective(t, "shop/a", "99.9%", "team"), slo.Group{}, now.Add(-60*day), outage(steady(0), at, 1, 90))
	p, err := report.ParsePeriod(report.LastWeek, berlin(t), now)
	if err != nil {
		t.Fatal(err)
	}
	r := s.report(p, report.Scope{})
	if len(r.Decide.Items) != 1 {
		t.Fatalf("decide: %+v", r.Decide)
	}
	cause := r.Decide.Items[0].Cause
	if cause == nil || !cause.Start.Equal(at) || cause.End.Sub(cause.Start) != time.Hour || cause.Share != 1 {
		t.Fatalf("cause %+v, want the hour from %s", cause, at)
	}
	if spent := r.Decide.Items[0].Spent; spent == nil || *spent != cause.Spent {
		t.Errorf("the period spent %v, its only bad hour %v", spent, cause.Spent)
	}
}

// TestForecast checks when a budget is gone against the definition: 28 days of
// 100 events an hour at 99 % have a budget of 672.
func TestForecast(t *testing.T) {
	now := monday(t)
	from := now.Add(-10 * day)
	for name, test := range map[string]struct {
		f    hour
		soon bool
		days float64 // from now until it is gone
	}{
		// 10 days at 2 an hour spent 480; the other 192 last 4 days. Nothing bad rolls out.
		"steadily":                    {after(from, steady(0.02), steady(0)), true, 4},
		"too slowly":                  {after(from, steady(0.011), steady(0)), false, 0},
		"one incident, five days ago": {outage(steady(0), now.Add(-5*day), 10, 60), false, 0},
		"one incident, this morning":  {outage(steady(0), now.Add(-5*time.Hour), 2, 100), false, 0},
		// As much rolls out as comes in: the budget stands at 95 % spent for ever.
		"always at 0.95": {steady(0.0095), false, 0},
		"no longer":      {after(from, after(now.Add(-3*day), steady(0), steady(0.02)), steady(0)), false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, now)
			s.keep(objective(t, "shop/a", "99%", "team"), slo.Group{}, now.Add(-60*day), test.f)
			r := s.report(lastWeek(t), report.Scope{})
			if soon := r.Totals.Soon == 1; soon != test.soon || r.Totals.Over != 0 {
				t.Fatalf("totals %+v, want soon: %t", r.Totals, test.soon)
			}
			if test.soon && r.Decide.Items[0].Gone.Sub(now).Hours()/24 != test.days {
				t.Errorf("gone in %s, want %v days", r.Decide.Items[0].Gone.Sub(now), test.days)
			}
		})
	}
}

// after is one thing from a time on and another before it.
func after(at time.Time, then, before hour) hour {
	return func(from time.Time) (float64, float64, bool) {
		if from.Before(at) {
			return before(from)
		}
		return then(from)
	}
}

func TestListsAreBounded(t *testing.T) {
	now := monday(t)
	s := newShop(t, now)
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		s.keep(objective(t, "shop/"+name, "99%", "team"), slo.Group{}, now.Add(-30*day), steady(0.02+0.01*float64(name[0]-'a')))
	}
	r, err := report.Build(report.Options{Ledger: s.ledger, Period: lastWeek(t), Now: now, Limit: 2})
	if err != nil {
		t.Fatal(err)
	}
	if got := ids(r.Decide); len(got) != 2 || got[0] != "default/shop/e" || got[1] != "default/shop/d" || r.Decide.More != 3 || r.Decide.Len() != 5 {
		t.Errorf("decide %v and %d more, want the worst two", got, r.Decide.More)
	}
}

func TestBuildNeedsItsOptions(t *testing.T) {
	l, err := budget.OpenLedger(t.Context(), budget.LedgerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []report.Options{{}, {Ledger: l, Now: monday(t)}, {Period: lastWeek(t), Now: monday(t)}, {Ledger: l, Period: lastWeek(t)}} {
		if _, err := report.Build(o); err == nil {
			t.Errorf("%+v is enough", o)
		}
	}
}

func TestWhatHasNoRoomInSlackIsSaid(t *testing.T) {
	at := monday(t)
	b := book{sum: budget.Sum{Since: at.Add(-28 * day)}}
	for i := range 3000 {
		o := objective(t, fmt.Sprintf("shop/o%d", i), "99%", "team")
		b.now = append(b.now, budget.Status{
			Objective: o, At: at, Data: budget.DataAbsent, State: budget.StateUnknown,
			Reason: strings.Repeat("&", 100), Balance: budget.Balance{End: at},
		})
	}
	r, err := report.Build(report.Options{Ledger: b, Period: lastWeek(t), Now: at, Limit: 3000, URL: "https://slo.example"})
	if err != nil {
		t.Fatal(err)
	}
	m := report.SlackMessage(r)
	last := m.Blocks[len(m.Blocks)-1]
	if len(m.Blocks) != 49 || last.Type != "context" || !strings.Contains(last.Elements[0].Text, "more than fits") || !strings.Contains(last.Elements[0].Text, "<https://slo.example|") {
		t.Errorf("%d blocks, the last is %+v", len(m.Blocks), last)
	}
}

// TestRawStandsBesideCorrected checks a budget that a correction lifts from
// exhausted to healthy, and says so in every form.
func TestRawStandsBesideCorrected(t *testing.T) {
	now := monday(t)
	s := newShop(t, now)
	at := time.Date(2026, 3, 4, 0, 0, 0, 0, berlin(t))
	s.keep(objective(t, "shop/a", "99%", "team"), slo.Group{}, now.Add(-60*day), outage(steady(0.001), at, 10, 100))
	s.keep(objective(t, "shop/b", "99%", "team"), slo.Group{}, now.Add(-60*day), outage(steady(0.001), at, 10, 100))
	s.correct(correction.Draft{
		Category: string(correction.LoadTest), Reason: "tenfold load", Objectives: correction.Selection{IDs: []string{"shop/a"}},
		From: "2026-03-04T00:00", To: "2026-03-04T10:00", Zone: "Europe/Berlin",
	})
	s.correct(correction.Draft{ // it is about nobody's window
		Category: string(correction.LoadTest), Reason: "long ago", Objectives: correction.Selection{IDs: []string{"shop/a"}},
		From: "2025-03-04T00:00", To: "2025-03-04T10:00", Zone: "Europe/Berlin",
	})
	s.correct(correction.Draft{ // and this about another objective
		Category: string(correction.LoadTest), Reason: "elsewhere", Objectives: correction.Selection{IDs: []string{"shop/c"}},
		From: "2026-03-04T00:00", To: "2026-03-04T10:00", Zone: "Europe/Berlin",
	})
	r := s.report(lastWeek(t), report.Scope{})
	if r.Totals.Over != 1 || r.Decide.Items[0].ID.Objective != "b" || r.Decide.Items[0].Raw != nil {
		t.Fatalf("%d over: %+v", r.Totals.Over, r.Decide)
	}
	if got := ids(r.Corrected); len(got) != 1 || got[0] != "default/shop/a" {
		t.Fatalf("corrected %v", got)
	}
	item := r.Corrected.Items[0]
	if *item.Remaining < 0.89 || *item.Raw.Remaining > -0.5 || *item.Spent > 0.03 || *item.Raw.Spent < 1.5 || len(item.Corrected) != 1 || item.Corrected[0] != "1" {
		t.Errorf("%v left, %v without; spent %v, %v without; by %v", *item.Remaining, *item.Raw.Remaining, *item.Spent, *item.Raw.Spent, item.Corrected)
	}
	if len(r.Corrections.Items) != 1 || r.Corrections.Items[0].Reason != "tenfold load" || r.Corrections.Items[0].Budgets != 1 {
		t.Errorf("corrections %+v", r.Corrections)
	}
	for name, write := range map[string]func(io.Writer, report.Report) error{"markdown": report.WriteMarkdown, "slack": report.WriteSlack, "json": report.WriteJSON} {
		var b bytes.Buffer
		if err := write(&b, r); err != nil {
			t.Fatal(err)
		}
		for _, want := range map[string][]string{
			"markdown": {"90.0% left, -58.7% without corrections", "load test “tenfold load” excludes Wed 4 March 00:00 to 10:00, in 1 budget. By ann, approved by bob."},
			"slack":    {"90.0% left, -58.7% without corrections", "excludes Wed 4 March 00:00 to 10:00"},
			"json":     {`"corrected_by": [`, `"tenfold load"`},
		}[name] {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%s does not say %q:\n%s", name, want, b.String())
			}
		}
	}
}

// listed is a store that holds one correction.
type listed struct {
	correction.Store
	one correction.Correction
}

func (l listed) LoadCorrections(context.Context) ([]correction.Correction, error) {
	return []correction.Correction{l.one}, nil
}

// TestWhatIsWithheldIsNotTold leaves out of a budget that one correction touches
// another, which one person had declared before it was about the objective.
func TestWhatIsWithheldIsNotTold(t *testing.T) {
	now := monday(t)
	s := newShop(t, now)
	at := time.Date(2026, 3, 4, 0, 0, 0, 0, berlin(t))
	s.keep(objective(t, "shop/a", "99%", "team"), slo.Group{}, now.Add(-60*day), outage(steady(0.001), at, 10, 100))
	for _, reason := range []string{"by two", "by one"} {
		s.correct(correction.Draft{
			Category: string(correction.LoadTest), Reason: reason, Objectives: correction.Selection{Owners: []string{"team"}},
			From: "2026-03-04T00:00", To: "2026-03-04T10:00", Zone: "Europe/Berlin",
		})
	}
	alone := s.corrections[1]
	alone.ApprovedBy, alone.DeclaredFor = "", []slo.ID{}
	book, err := correction.Open(t.Context(), correction.Options{
		Store: listed{one: alone}, Objectives: func() []*slo.Objective { return s.objectives }, NeedsTwo: func(*slo.Objective) bool { return true },
	})
	if err != nil {
		t.Fatal(err)
	}
	s.corrections[1] = book.List()[0]
	if r := s.report(lastWeek(t), report.Scope{}); len(r.Corrections.Items) != 1 || r.Corrections.Items[0].Reason != "by two" {
		t.Errorf("corrections %+v", r.Corrections)
	}
}
