package incident_test

import (
	"context"
	"testing"
	"time"

	"headroom/alerting"
	"headroom/budget"
	"headroom/budget/incident"
	"headroom/slo"
)

func objective() *slo.Objective {
	return &slo.Objective{
		ID: slo.ID{Namespace: "default", Service: "shop", Objective: "test"}, Target: slo.MustTarget("99.9%"),
		Window: slo.Window{Rolling: 28 * 24 * time.Hour}, Resolution: step, GroupBy: []string{"region"},
		Indicator: slo.Ratio{Bad: slo.MustCounter(`errors_total`), Total: slo.MustCounter(`requests_total`)},
	}
}

var eu = slo.NewGroup(map[string]string{"region": "eu"})

func TestAlertsAreComputed(t *testing.T) {
	l := quiet()
	l.fail(1000, 1020, 30) // burns 30 times: a page when the hour is at 13.44, after 6 slices
	list := l.find()
	if len(list) != 1 {
		t.Fatalf("%d incidents", len(list))
	}
	alerts := incident.Alerts(objective(), eu, list[0], nil, l)
	if len(alerts) != 2 || alerts[0].Severity != alerting.Page || alerts[1].Severity != alerting.Ticket {
		t.Fatalf("%+v, want a page and a ticket", alerts)
	}
	// 6 slices of 30 and 6 of 0.5 are 15.25 of a thousand, 5 and 7 are 12.8.
	if page := alerts[0]; !page.At.Equal(at(1006)) || page.Source != incident.Computed {
		t.Errorf("paged %+v, want at %s", page, at(1006))
	}
	short := quiet()
	short.fail(1000, 1001, 100) // 1.2 % of the budget is no page
	if alerts := incident.Alerts(objective(), eu, short.find()[0], nil, short); len(alerts) != 0 {
		t.Errorf("a short one alerts: %+v", alerts)
	}
}

// store answers with series of alerts.
type store struct {
	budget.Querier
	series []budget.Series
	step   time.Duration
}

func (s *store) Range(_ context.Context, _ string, _, _ time.Time, step time.Duration) ([]budget.Series, error) {
	s.step = step
	return s.series, nil
}

func TestAlertsAreThoseOfTheStore(t *testing.T) {
	firing := func(name, severity, region string, from, to int) budget.Series {
		s := budget.Series{Labels: map[string]string{"alertname": name, "severity": severity, "region": region}}
		for i := from; i < to; i++ {
			s.Points = append(s.Points, budget.Point{T: at(i).UnixMilli(), V: 1})
		}
		return s
	}
	q := &store{series: []budget.Series{
		firing(alerting.AlertTicket, "ticket", "eu", 1012, 1050),
		firing(alerting.AlertPage, "page", "eu", 990, 995), // of the one before
		firing(alerting.AlertPage, "page", "us", 1001, 1005),
		firing(alerting.AlertPage, "page", "eu", 1009, 1030),
		firing("Somebody", "page", "eu", 1002, 1030),
	}}
	l := quiet()
	l.fail(1000, 1020, 30)
	firings, err := incident.Firings(t.Context(), q, objective(), "ALERTS", epoch, epoch.Add(28*24*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	alerts := incident.Alerts(objective(), eu, l.find()[0], firings, l)
	want := []incident.Alert{
		{Severity: alerting.Page, At: at(1009), Source: incident.Recorded},
		{Severity: alerting.Ticket, At: at(1012), Source: incident.Recorded},
	}
	if len(alerts) != 2 || alerts[0] != want[0] || alerts[1] != want[1] {
		t.Errorf("%+v, want %+v", alerts, want)
	}
	if points := 28 * 24 * time.Hour / q.step; points > 11_000 {
		t.Errorf("%d steps are asked for", points)
	}
}
