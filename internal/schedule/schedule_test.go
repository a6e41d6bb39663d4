package schedule_test

import (
	"strings"
	"testing"
	"time"

	"headroom/internal/schedule"
)

func parse(t *testing.T, text, zone string) *schedule.Schedule {
	t.Helper()
	z, err := schedule.Zone(zone)
	if err != nil {
		t.Fatal(err)
	}
	s, err := schedule.Parse(text, z)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func instant(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// TestNext includes the days of 2026 on which clocks change: in Berlin on 29
// March from 2:00 to 3:00 and on 25 October from 3:00 to 2:00, in Havana on 8
// March from 0:00 to 1:00.
func TestNext(t *testing.T) {
	for _, test := range []struct{ text, zone, after, want string }{
		{"0 9 * * MON", "Europe/Berlin", "2026-03-23T09:00:00+01:00", "2026-03-30T09:00:00+02:00"},
		{"0 9 * * MON", "Europe/Berlin", "2026-10-19T09:00:00+02:00", "2026-10-26T09:00:00+01:00"},
		{"0 9 * * MON", "Europe/Berlin", "2026-03-02T08:59:59+01:00", "2026-03-02T09:00:00+01:00"},
		{"0 9 * * MON", "Asia/Kolkata", "2026-03-02T03:30:00Z", "2026-03-09T03:30:00Z"},
		{"30 2 * * *", "Europe/Berlin", "2026-03-28T02:30:00+01:00", "2026-03-29T03:30:00+02:00"},
		{"30 2 * * *", "Europe/Berlin", "2026-03-29T03:30:00+02:00", "2026-03-30T02:30:00+02:00"},
		{"30 2 * * SUN", "Europe/Berlin", "2026-03-25T00:00:00+01:00", "2026-03-29T03:30:00+02:00"},
		{"30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00+02:00", "2026-10-25T02:30:00+02:00"},
		{"30 2 * * *", "Europe/Berlin", "2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"},
		{"0 0 * * *", "America/Havana", "2026-03-07T12:00:00-05:00", "2026-03-08T01:00:00-04:00"},
		{"@weekly", "UTC", "2026-03-04T00:00:00Z", "2026-03-08T00:00:00Z"},
		{"0 7 1 * *", "UTC", "2026-01-31T00:00:00Z", "2026-02-01T07:00:00Z"},
	} {
		got := parse(t, test.text, test.zone).Next(instant(t, test.after))
		if want := instant(t, test.want); !got.Equal(want) {
			t.Errorf("%q in %s after %s: %s, want %s", test.text, test.zone, test.after, got.Format(time.RFC3339), test.want)
		}
	}
}

func TestEachDayOnceThroughTheYear(t *testing.T) {
	for _, zone := range []string{"Europe/Berlin", "America/Havana", "Australia/Lord_Howe", "Asia/Kathmandu"} {
		for _, text := range []string{"0 0 * * *", "30 1 * * *", "30 2 * * *", "59 23 * * *"} {
			s, at := parse(t, text, zone), instant(t, "2026-01-01T12:00:00Z")
			for range 365 {
				next := s.Next(at)
				if gap := next.Sub(at); gap <= 0 || gap > 26*time.Hour {
					t.Fatalf("%q in %s: %s follows %s", text, zone, next, at)
				}
				at = next
			}
			if end := instant(t, "2027-01-01T12:00:00Z"); at.Sub(end).Abs() > 25*time.Hour {
				t.Errorf("%q in %s: 365 times lead to %s", text, zone, at)
			}
		}
	}
}

func TestLast(t *testing.T) {
	s := parse(t, "0 9 * * MON", "UTC")
	got, found := s.Last(instant(t, "2026-03-02T09:00:00Z"), instant(t, "2026-03-18T00:00:00Z"))
	if !found || !got.Equal(instant(t, "2026-03-16T09:00:00Z")) {
		t.Errorf("last: %s, %t", got, found)
	}
	if got, found := s.Last(instant(t, "2026-03-02T09:00:00Z"), instant(t, "2026-03-09T08:59:59Z")); found {
		t.Errorf("nothing is due, and %s is said", got)
	}
}

func TestBadSchedules(t *testing.T) {
	for text, want := range map[string]string{
		"":                             "fields",
		"0 9 * *":                      "fields",
		"0 25 * * *":                   "above maximum",
		"0 9 * * MONDAY":               "MONDAY",
		"0 0 31 2 *":                   "no such day",
		"@every 1h":                    "not an interval",
		"@often":                       "@often",
		"TZ=Asia/Tokyo":                "a key of its own",
		"CRON_TZ=Asia/Tokyo 0 9 * * *": "a key of its own",
		"1 2 3 4 5 6":                  "fields",
	} {
		_, err := schedule.Parse(text, time.UTC)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "CRON_TZ=UTC") {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	for _, name := range []string{"", "Local", "Berlin", "../etc/passwd"} {
		if _, err := schedule.Zone(name); err == nil {
			t.Errorf("zone %q is taken", name)
		}
	}
}
