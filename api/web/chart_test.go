package web

import (
	"testing"
	"time"

	"headroom/api/v1"
	"headroom/budget/correction"
)

func TestChart(t *testing.T) {
	begin := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	at := func(hour int) time.Time { return begin.Add(time.Duration(hour) * time.Hour) }
	full, none, half, over := 1.0, 0.0, 0.5, -1.0
	points := []v1.Point{
		{},                                  // before its life
		{Measured: &full, Remaining: &full}, // known
		{Measured: &full, Remaining: &half},
		{Measured: &none}, // a gap of two hours
		{Measured: &none},
		{Measured: &full, Remaining: &half},
		{Remaining: &half}, // all of it is excluded
		{Measured: &full, Remaining: &over},
	}
	for i := range points {
		points[i].Start, points[i].End = at(i), at(i+1)
	}
	approved := at(9)
	e := Explanation{
		Incidents: []v1.Incidents{{Incidents: []v1.Incident{{Start: at(1), End: at(2)}}}},
		Corrections: []Correction{
			{Correction: v1.Correction{ApprovedAt: &approved}, Intervals: []v1.Interval{{From: at(6), To: at(7)}}},
			{Correction: v1.Correction{}, Intervals: []v1.Interval{{From: at(6), To: at(7)}}},
		},
		Annotations: []v1.Annotation{{Start: at(4), Text: "x"}, {Start: at(-4), Text: "earlier"}},
	}
	c := newChart(v1.Series{Points: points}, e, at(8))
	if c == nil {
		t.Fatal("there is no chart")
	}
	if len(c.Unmeasured) != 1 || c.Unmeasured[0] != (band{"375.0", "250.0"}) {
		t.Errorf("not measured %v, want the two hours of the gap", c.Unmeasured)
	}
	if len(c.Lines) != 2 || c.Lines[0] != "M250.0,0.0L375.0,40.0" || len(c.Areas) != 2 || c.Zero != "80.0" {
		t.Errorf("lines %q, areas %q, zero at %s", c.Lines, c.Areas, c.Zero)
	}
	if len(c.Incidents) != 1 || len(c.Corrected) != 1 || c.Corrected[0].X != "750.0" || len(c.Happened) != 1 || c.Happened[0].X != "500.0" {
		t.Errorf("incidents %v, corrected %v, happened %v", c.Incidents, c.Corrected, c.Happened)
	}
	if c.Bottom != "−100%" || c.To != "2026-03-01 08:00Z" {
		t.Errorf("down to %s, up to %s", c.Bottom, c.To)
	}
	if c := newChart(v1.Series{Points: points}, e, at(7)); c.To != "2026-03-01 07:00Z" {
		t.Errorf("up to %s, which is not over", c.To)
	}
	if c := newChart(v1.Series{Points: points[:2]}, e, at(8)); c != nil {
		t.Errorf("a chart of one number: %+v", c)
	}
}

func TestTimesOfCorrections(t *testing.T) {
	at := time.Date(2026, 3, 1, 22, 0, 0, 0, time.UTC)
	var list []v1.Interval
	for i := range 5 {
		from := at.AddDate(0, 0, i)
		list = append(list, correction.Interval{From: from, To: from.Add(time.Hour)})
	}
	v := newCorrections([]Correction{{Correction: v1.Correction{ID: "1", CorrectionDraft: v1.CorrectionDraft{Adjust: &correction.Amount{Bad: -1200, Total: 3}}}, Intervals: list, Waits: true}})
	if len(v) != 1 || len(v[0].Times) != 3 || v[0].Times[0] != "2026-03-05 22:00 to 23:00Z" || v[0].More != 2 || v[0].Does != "adds −1,200 bad and +3 events" || !v[0].Pending {
		t.Errorf("%+v", v)
	}
}
