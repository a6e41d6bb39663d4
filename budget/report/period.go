package report

import (
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"headroom/internal/schedule"
)

// The periods that have a name.
const (
	LastWeek  = "last-week"  // from Monday 0:00 to Monday 0:00
	LastMonth = "last-month" // from the first, 0:00, to the first, 0:00
)

// MaxPeriod is how long a period may be.
const MaxPeriod = 366 * 24 * time.Hour

// ErrPeriod is wrapped by every error of ParsePeriod.
var ErrPeriod = errors.New("not a period")

// Period is the time that a report is about: from Start up to End, as the
// clocks of Zone show it. A week in which they change has 167 or 169 hours.
type Period struct {
	Name  string    `json:"name"` // last-week, last-month, or FROM..TO as it was asked for
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
	Zone  string    `json:"zone"` // "Europe/Berlin"
}

// ParsePeriod reads last-week, last-month, or FROM..TO, where both are dates
// such as 2026-03-02, which begin at 0:00 in the zone, or times such as
// 2026-03-02T14:00:00Z. TO is where it ends: 2026-03-02..2026-03-09 is one week.
func ParsePeriod(text string, zone *time.Location, now time.Time) (Period, error) {
	p := Period{Name: text, Zone: zone.String()}
	year, month, day := now.In(zone).Date()
	switch text {
	case LastWeek:
		monday := day - (int(now.In(zone).Weekday())+6)%7
		p.Start, p.End = midnight(year, month, monday-7, zone), midnight(year, month, monday, zone)
		return p, nil
	case LastMonth:
		p.Start, p.End = midnight(year, month-1, 1, zone), midnight(year, month, 1, zone)
		return p, nil
	}
	from, to, found := strings.Cut(text, "..")
	if !found {
		return Period{}, fmt.Errorf("%w: %q: use %s, %s or FROM..TO, such as 2026-03-02..2026-03-09", ErrPeriod, text, LastWeek, LastMonth)
	}
	var err error
	if p.Start, err = parseMoment(from, zone); err != nil {
		return Period{}, err
	}
	if p.End, err = parseMoment(to, zone); err != nil {
		return Period{}, err
	}
	switch {
	case !p.Start.Before(p.End):
		return Period{}, fmt.Errorf("%w: %s does not end after it begins: TO is the first moment that is no longer in it", ErrPeriod, text)
	case p.End.Sub(p.Start) > MaxPeriod:
		return Period{}, fmt.Errorf("%w: %s is longer than 366 days", ErrPeriod, text)
	case p.Start.After(now):
		return Period{}, fmt.Errorf("%w: %s has not begun yet", ErrPeriod, text)
	}
	return p, nil
}

func parseMoment(text string, zone *time.Location) (time.Time, error) {
	if date, err := time.Parse(time.DateOnly, text); err == nil {
		return schedule.Instant(date, zone), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("%w: %q is neither a date such as 2026-03-02 nor a time such as 2026-03-02T14:00:00Z", ErrPeriod, text)
	}
	return at.In(zone), nil
}

func midnight(year int, month time.Month, day int, zone *time.Location) time.Time {
	return schedule.Instant(time.Date(year, month, day, 0, 0, 0, 0, time.UTC), zone)
}

// location returns the zone, or UTC where this machine does not know it.
func (p Period) location() *time.Location {
	if zone, err := schedule.Zone(p.Zone); err == nil {
		return zone
	}
	return time.UTC
}

// standing is when a report tells the budgets: now for a named period, since
// its readers decide now, and the end of one that was asked for by its dates.
func (p Period) standing(now time.Time) time.Time {
	if p.Name != LastWeek && p.Name != LastMonth && p.End.Before(now) {
		return p.End
	}
	return now
}

// days yields the start and end of each day of the period, as far as it has
// passed.
func (p Period) days(by time.Time) iter.Seq2[time.Time, time.Time] {
	zone, end := p.location(), p.End
	if by.Before(end) {
		end = by
	}
	return func(yield func(from, to time.Time) bool) {
		for from := p.Start; from.Before(end); {
			year, month, day := from.In(zone).Date()
			to := midnight(year, month, day+1, zone)
			if to.After(end) {
				to = end
			}
			if !yield(from, to) {
				return
			}
			from = to
		}
	}
}

// Title names the period for people: "2 to 8 March 2026".
func (p Period) Title() string {
	zone := p.location()
	from, to := p.Start.In(zone), p.End.In(zone)
	if !startsDay(from) || !startsDay(to) {
		return from.Format("2 January 2006 15:04") + " to " + to.Format("2 January 2006 15:04")
	}
	last := p.End.Add(-time.Second).In(zone)
	switch {
	case from.YearDay() == last.YearDay() && from.Year() == last.Year():
		return from.Format("2 January 2006")
	case from.Day() == 1 && to.Day() == 1 && from.Month() == last.Month() && from.Year() == last.Year():
		return from.Format("January 2006")
	case from.Year() != last.Year():
		return from.Format("2 January 2006") + " to " + last.Format("2 January 2006")
	case from.Month() != last.Month():
		return from.Format("2 January") + " to " + last.Format("2 January 2006")
	default:
		return from.Format("2") + " to " + last.Format("2 January 2006")
	}
}

// startsDay reports whether a day begins then, also where its clock skips
// midnight.
func startsDay(t time.Time) bool {
	year, month, day := t.Date()
	return t.Equal(midnight(year, month, day, t.Location()))
}
