package web

import (
	"strings"
	"testing"
	"time"

	"headroom/api/v1"
	"headroom/budget/incident"
)

// TestShortTimes writes what takes less than the words were made for.
func TestShortTimes(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Minute: "less than a minute", 20 * time.Second: "less than a minute", time.Minute: "1 minute", 5 * time.Minute: "5 minutes",
		3 * time.Hour: "3.0 hours", 60 * time.Hour: "2.5 days",
	} {
		if got := span(d); got != want {
			t.Errorf("%s: %s, want %s", d, got, want)
		}
	}
	begin := time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)
	if v := newWindow(v1.Window{Start: begin, End: begin.Add(time.Hour)}); v.From != "2026-11-23 14:00Z" || v.To != "2026-11-23 15:00Z" {
		t.Errorf("a window of an hour is from %s to %s", v.From, v.To)
	}
	day := begin.Truncate(24 * time.Hour)
	if v := newWindow(v1.Window{Start: day, End: day.Add(7 * 24 * time.Hour)}); v.From != "2026-11-23" || v.To != "2026-11-29" {
		t.Errorf("a window of a week is from %s to %s", v.From, v.To)
	}
}

// TestIncidentsSayWhenTheyAlerted marks what was computed.
func TestIncidentsSayWhenTheyAlerted(t *testing.T) {
	at := time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)
	list, _ := newIncidents([]v1.Incidents{{Incidents: []v1.Incident{{Start: at, End: at.Add(time.Hour), Alerts: []v1.Alerted{
		{Severity: "page", At: at.Add(5 * time.Minute), Source: incident.Computed}, {Severity: "ticket", At: at.Add(time.Hour), Source: incident.Recorded},
	}}}}})
	if len(list) != 1 || !strings.HasSuffix(list[0].Text, ", page ~2026-11-23 14:05Z, ticket 2026-11-23 15:00Z") {
		t.Errorf("%+v", list)
	}
}
