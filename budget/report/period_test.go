package report_test

import (
	"errors"
	"testing"
	"time"

	"headroom/budget/report"
	"headroom/internal/schedule"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := schedule.Zone(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// TestPeriods includes the weeks of 2026 in which clocks change.
func TestPeriods(t *testing.T) {
	for _, test := range []struct{ period, zone, now, start, end, title string }{
		{"last-week", "Europe/Berlin", "2026-03-09T09:00:00+01:00", "2026-03-02T00:00:00+01:00", "2026-03-09T00:00:00+01:00", "2 to 8 March 2026"},
		{"last-week", "Europe/Berlin", "2026-03-09T00:00:00+01:00", "2026-03-02T00:00:00+01:00", "2026-03-09T00:00:00+01:00", "2 to 8 March 2026"},
		{"last-week", "Europe/Berlin", "2026-03-08T23:59:59+01:00", "2026-02-23T00:00:00+01:00", "2026-03-02T00:00:00+01:00", "23 February to 1 March 2026"},
		{"last-week", "Europe/Berlin", "2026-03-30T09:00:00+02:00", "2026-03-23T00:00:00+01:00", "2026-03-30T00:00:00+02:00", "23 to 29 March 2026"},
		{"last-week", "Europe/Berlin", "2026-10-26T09:00:00+01:00", "2026-10-19T00:00:00+02:00", "2026-10-26T00:00:00+01:00", "19 to 25 October 2026"},
		{"last-week", "America/New_York", "2026-03-09T03:00:00Z", "2026-02-23T00:00:00-05:00", "2026-03-02T00:00:00-05:00", "23 February to 1 March 2026"},
		{"last-week", "UTC", "2027-01-04T00:00:00Z", "2026-12-28T00:00:00Z", "2027-01-04T00:00:00Z", "28 December 2026 to 3 January 2027"},
		{"last-month", "Europe/Berlin", "2026-04-01T09:00:00+02:00", "2026-03-01T00:00:00+01:00", "2026-04-01T00:00:00+02:00", "March 2026"},
		{"last-month", "UTC", "2026-01-31T09:00:00Z", "2025-12-01T00:00:00Z", "2026-01-01T00:00:00Z", "December 2025"},
		{"2026-03-02..2026-03-03", "Europe/Berlin", "2026-03-09T09:00:00Z", "2026-03-02T00:00:00+01:00", "2026-03-03T00:00:00+01:00", "2 March 2026"},
		{"2026-03-08..2026-03-09", "America/Havana", "2026-03-19T09:00:00Z", "2026-03-08T01:00:00-04:00", "2026-03-09T00:00:00-04:00", "8 March 2026"},
		{"2026-03-02T14:00:00Z..2026-03-02T18:30:00Z", "UTC", "2026-03-09T09:00:00Z", "2026-03-02T14:00:00Z", "2026-03-02T18:30:00Z", "2 March 2026 14:00 to 2 March 2026 18:30"},
	} {
		got, err := report.ParsePeriod(test.period, zone(t, test.zone), at(t, test.now))
		if err != nil {
			t.Errorf("%+v: %v", test, err)
			continue
		}
		if !got.Start.Equal(at(t, test.start)) || !got.End.Equal(at(t, test.end)) {
			t.Errorf("%s in %s at %s: %s to %s, want %s to %s", test.period, test.zone, test.now, got.Start, got.End, test.start, test.end)
		}
		if title := got.Title(); title != test.title {
			t.Errorf("%s in %s at %s: title %q, want %q", test.period, test.zone, test.now, title, test.title)
		}
	}
}

func at(t *testing.T, text string) time.Time {
	t.Helper()
	parsed, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func TestWeeksOfClockChanges(t *testing.T) {
	for now, want := range map[string]time.Duration{
		"2026-03-30T09:00:00+02:00": 167 * time.Hour,
		"2026-04-06T09:00:00+02:00": 168 * time.Hour,
		"2026-10-26T09:00:00+01:00": 169 * time.Hour,
	} {
		p, err := report.ParsePeriod(report.LastWeek, berlin(t), at(t, now))
		if err != nil || p.End.Sub(p.Start) != want {
			t.Errorf("the week before %s has %s (%v), want %s", now, p.End.Sub(p.Start), err, want)
		}
	}
}

func TestBadPeriods(t *testing.T) {
	now := at(t, "2026-03-09T09:00:00Z")
	for _, text := range []string{
		"", "lastweek", "last-year", "..", "2026-03-02", "2026-03-02..", "..2026-03-02", "2026-03-02..2026-03-02", "2026-03-09..2026-03-02",
		"2026-02-30..2026-03-02", "2020-01-01..2026-01-01", "2026-03-10..2026-03-11", "1..2", "2026-03-02 .. 2026-03-03", "2026-03-02..2026-03-03..2026-03-04",
	} {
		if p, err := report.ParsePeriod(text, time.UTC, now); !errors.Is(err, report.ErrPeriod) {
			t.Errorf("%q: %+v, %v; want an error of periods", text, p, err)
		}
	}
}
