// Package schedule says when something is due: cron expressions by the clock
// on the wall of a time zone.
package schedule

import (
	"errors"
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // zones on machines that have no database of them

	"github.com/robfig/cron/v3"
)

// Schedule is a cron expression in a time zone.
type Schedule struct {
	text string
	zone *time.Location
	wall cron.Schedule // reads its times as if they were UTC
}

var _ cron.Schedule = (*Schedule)(nil)

// Parse reads a cron expression of five fields (minute, hour, day of the month,
// month, day of the week), or one of @hourly, @daily, @weekly, @monthly and
// @yearly.
func Parse(text string, zone *time.Location) (*Schedule, error) {
	text = strings.TrimSpace(text)
	if strings.Contains(text, "TZ=") {
		return nil, fmt.Errorf("schedule %q: the time zone has a key of its own", text)
	}
	if strings.HasPrefix(text, "@every") {
		return nil, fmt.Errorf("schedule %q: want a time of day, not an interval", text)
	}
	wall, err := cron.ParseStandard("CRON_TZ=UTC " + text)
	if err != nil {
		return nil, fmt.Errorf("schedule %q: %s", text, strings.ReplaceAll(err.Error(), "CRON_TZ=UTC ", ""))
	}
	if wall.Next(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return nil, fmt.Errorf("schedule %q: no such day ever comes", text)
	}
	return &Schedule{text: text, zone: zone, wall: wall}, nil
}

// Zone reads the name of a time zone, such as Europe/Berlin or UTC. "Local" is
// none, since it means something else on each machine.
func Zone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, errors.New("a time zone is named like Europe/Berlin or UTC")
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("time zone %q is not known: names are like Europe/Berlin or UTC", name)
	}
	return zone, nil
}

// String returns the expression.
func (s *Schedule) String() string { return s.text }

// Zone returns the time zone of the schedule.
func (s *Schedule) Zone() *time.Location { return s.zone }

// Next returns the first time after t that the schedule names. A time that the
// clock skips in spring is due an hour off, not left out; one that it shows
// twice in autumn is due once. Where there is none within five years, it is the
// zero time.
func (s *Schedule) Next(t time.Time) time.Time {
	local := t.In(s.zone)
	year, month, day := local.Date()
	wall := time.Date(year, month, day, local.Hour(), local.Minute(), local.Second(), 0, time.UTC)
	for {
		wall = s.wall.Next(wall)
		if wall.IsZero() {
			return wall
		}
		next := Instant(wall, s.zone)
		if next.After(t) {
			return next
		}
	}
}

// Instant returns when the clock of a zone shows what wall shows in UTC: the
// first time when it shows that twice. A time that it skips is taken by the
// clock of before the change, and so lies as long after the change as it was
// meant to.
func Instant(wall time.Time, zone *time.Location) time.Time {
	const day = 24 * time.Hour
	_, before := wall.Add(-day).In(zone).Zone()
	_, after := wall.Add(day).In(zone).Zone()
	early := wall.Add(-time.Duration(max(before, after)) * time.Second).In(zone)
	if early.Hour() == wall.Hour() && early.Minute() == wall.Minute() {
		return early
	}
	return wall.Add(-time.Duration(min(before, after)) * time.Second).In(zone)
}

// Last returns the latest time in (after, by] that the schedule names, and
// whether there is one.
func (s *Schedule) Last(after, by time.Time) (time.Time, bool) {
	var last time.Time
	for next := s.Next(after); !next.IsZero() && !next.After(by); next = s.Next(next) {
		last = next
	}
	return last, !last.IsZero()
}
