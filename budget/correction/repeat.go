package correction

import (
	"errors"
	"fmt"
	"iter"
	"regexp"
	"strings"
	"time"

	"github.com/teambition/rrule-go"

	"headroom/internal/schedule"
)

// Bounds of what repeats.
const (
	maxRule     = 500                 // characters
	maxInterval = 1000                // of INTERVAL
	maxLength   = 31 * 24 * time.Hour // of one occurrence
	maxPerYear  = 2000                // occurrences
)

// Repeat is an interval of the wall clock that comes again by a recurrence rule
// of RFC 5545. An occurrence runs from when the clocks of the zone first show its
// begin, or skip it, to when they first show or skip its end: one from 01:00 to
// 05:00 lasts three hours on the night that clocks go forward and five when they
// go back, and one from 02:30 to 03:00 an hour and a half.
type Repeat struct {
	rule   *rrule.RRule // of wall-clock times, written as UTC
	zone   *time.Location
	length time.Duration // on the wall clock
}

// Zone returns the zone whose clocks are meant.
func (r *Repeat) Zone() *time.Location { return r.zone }

// newRepeat reads a rule whose first occurrence is from wall, which is written
// as UTC. The error is a *Fault of the field repeat or from.
func newRepeat(text string, wall time.Time, length time.Duration, zone *time.Location) (*Repeat, error) {
	option, err := ruleOption(text, zone)
	if err != nil {
		return nil, &Fault{Field: "repeat", Message: err.Error(), Hint: "write a rule of RFC 5545, such as FREQ=WEEKLY;BYDAY=SU or FREQ=MONTHLY;BYDAY=1TU"}
	}
	option.Dtstart = wall
	rule, err := rrule.NewRRule(*option)
	if err != nil {
		return nil, &Fault{Field: "repeat", Message: fmt.Sprintf("rule %q: %v", text, err), Hint: "write a rule of RFC 5545, such as FREQ=WEEKLY;BYDAY=SU"}
	}
	r := &Repeat{rule: rule, zone: zone, length: length}
	return r, r.check(text, wall)
}

var untilForm = regexp.MustCompile(`(?:^|;)UNTIL=([0-9]{8})(T[0-9]{6})?(Z?)(?:;|$)`)

// ruleOption reads the text of a rule. Its UNTIL is turned into a wall-clock
// time; a date alone includes that day.
func ruleOption(text string, zone *time.Location) (*rrule.ROption, error) {
	upper := strings.ToUpper(strings.TrimSpace(text))
	switch {
	case len(upper) > maxRule:
		return nil, fmt.Errorf("the rule has more than %d characters", maxRule)
	case strings.ContainsAny(upper, "\r\n") || strings.Contains(upper, "DTSTART"):
		return nil, fmt.Errorf("rule %q: from says when it begins; the rule is FREQ=… alone", text)
	}
	upper = strings.TrimPrefix(upper, "RRULE:")
	option, err := rrule.StrToROptionInLocation(upper, time.UTC)
	if err != nil {
		return nil, fmt.Errorf("rule %q: %w", text, err)
	}
	switch {
	case option.Freq > rrule.DAILY:
		return nil, fmt.Errorf("rule %q repeats within the day: use FREQ=DAILY with BYHOUR", text)
	case option.Interval > maxInterval || option.Interval < 0:
		return nil, fmt.Errorf("rule %q: INTERVAL is 1 to %d", text, maxInterval)
	case len(option.Byeaster) > 0:
		return nil, fmt.Errorf("rule %q: BYEASTER is not part of RFC 5545", text)
	}
	if until := untilForm.FindStringSubmatch(upper); until != nil {
		switch {
		case until[2] == "":
			option.Until = option.Until.Add(24*time.Hour - time.Second)
		case until[3] != "":
			option.Until = wallClock(option.Until.In(zone))
		}
	}
	return option, nil
}

// check demands that the rule begins with the first occurrence and does not
// come too often.
func (r *Repeat) check(text string, wall time.Time) error {
	next := r.rule.Iterator()
	first, ok := next()
	if !ok {
		return &Fault{Field: "repeat", Message: fmt.Sprintf("rule %q: no such day ever comes", text), Hint: "mend the rule, or its UNTIL"}
	}
	if !first.Equal(wall) {
		return &Fault{
			Field:   "from",
			Message: fmt.Sprintf("from, %s, is not a time of the rule, whose first is %s", wall.Format("Mon 2006-01-02 15:04:05"), first.Format("Mon 2006-01-02 15:04:05")),
			Hint:    fmt.Sprintf("write from: %s, and move to by as much", first.Format("2006-01-02T15:04:05")),
		}
	}
	n := 1
	for at, more := next(); more && at.Before(wall.AddDate(1, 0, 0)); at, more = next() {
		if n++; n > maxPerYear {
			return &Fault{Field: "repeat", Message: fmt.Sprintf("rule %q comes more than %d times a year", text, maxPerYear), Hint: "let it come less often, for longer"}
		}
	}
	return nil
}

// occurrence is an interval with what the clocks were to show at its edges,
// written as UTC. It is empty when the clocks skip all of it.
type occurrence struct {
	Interval

	begin, end time.Time
}

// occurrences returns those that may overlap [from, to), in their order.
func (r *Repeat) occurrences(from, to time.Time) iter.Seq[occurrence] {
	return func(yield func(occurrence) bool) {
		// A wall clock is never a day off the instant that it shows.
		begin, end := wallClock(from.In(r.zone)).Add(-r.length-25*time.Hour), wallClock(to.In(r.zone)).Add(25*time.Hour)
		next := r.rule.Iterator()
		for wall, ok := next(); ok && wall.Before(end); wall, ok = next() {
			if wall.Before(begin) {
				continue
			}
			o := occurrence{begin: wall, end: wall.Add(r.length)}
			o.Interval = Interval{From: clockEdge(o.begin, r.zone), To: clockEdge(o.end, r.zone)}
			if !yield(o) {
				return
			}
		}
	}
}

// intervals returns the occurrences that overlap [from, to), at most the given
// number when it is not 0.
func (r *Repeat) intervals(from, to time.Time, most int) []Interval {
	var list []Interval
	for o := range r.occurrences(from, to) {
		if o.From.Before(o.To) && o.From.Before(to) && o.To.After(from) {
			if list = append(list, o.Interval); len(list) == most {
				break
			}
		}
	}
	return list
}

// wallClock returns what the clock of a time's zone shows, written as UTC.
func wallClock(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
}

// clockEdge returns when the clock of a zone first shows a time, or, for a time
// that it skips, when it skips it.
func clockEdge(wall time.Time, zone *time.Location) time.Time {
	at := schedule.Instant(wall, zone)
	if wallClock(at).Equal(wall) {
		return at.UTC()
	}
	start, _ := at.ZoneBounds()
	return start.UTC()
}

// errSkipped is what exactly says of a time that no clock shows.
var errSkipped = errors.New("the clocks of the zone skip this time")

// exactly returns when the clock of a zone first shows a time.
func exactly(wall time.Time, zone *time.Location) (time.Time, error) {
	at := schedule.Instant(wall, zone)
	if !wallClock(at).Equal(wall) {
		return time.Time{}, errSkipped
	}
	return at, nil
}
