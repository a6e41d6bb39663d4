package correction

import (
	"fmt"
	"time"

	"headroom/internal/schedule"
	"headroom/slo"
)

// clocksAhead is how far ahead the intervals of what repeats are looked at: in it
// every zone that changes its clocks does so.
const clocksAhead = 2 * 366 * 24 * time.Hour

// Clocks says which edges the clocks of the zone show twice, as they do when they
// go back, or skip, and what that makes of the interval: from and to each once.
// Of what repeats, it is the first such interval that no window has left behind;
// a single one has no edge that is skipped.
func (t *Terms) Clocks(now time.Time) []Fault {
	if t.Draft.Zone == "" {
		return nil
	}
	zone, err := schedule.Zone(t.Draft.Zone)
	if err != nil {
		return nil // a draft with terms has a zone that is known
	}
	c := clocks{zone: zone}
	if t.Repeat == nil {
		c.again(occurrence{Interval: Interval{t.From, t.To}}, byClock(t.Draft.From), byClock(t.Draft.To), "write it with an offset if the second is meant")
		return c.said
	}
	const hint = "keep it out of that hour if this is not meant"
	since, again, skipped := now.Add(-slo.MaxWindow), false, false
	for o := range t.Repeat.occurrences(since, now.Add(clocksAhead)) {
		if o.To.Before(since) {
			continue
		}
		if !again {
			again = c.again(o, true, true, hint)
		}
		if !skipped {
			skipped = c.skipped(o, hint)
		}
		if again && skipped {
			break
		}
	}
	return c.said
}

// clocks collects what is to be said of those of a zone.
type clocks struct {
	zone *time.Location
	said []Fault
}

func (c *clocks) say(field, what, hint string, o occurrence) {
	lasts := "lasts " + slo.FormatDuration(o.To.Sub(o.From))
	if !o.From.Before(o.To) {
		lasts = "is left out"
	}
	c.said = append(c.said, Fault{Field: field, Message: fmt.Sprintf("the clocks of %s %s, so that the interval %s", c.zone, what, lasts), Hint: hint})
}

// again says which edges the clocks show twice, and reports whether there are any.
func (c *clocks) again(o occurrence, from, to bool, hint string) bool {
	n := len(c.said)
	edge := func(field string, at time.Time) {
		if !shownAgain(at, c.zone).IsZero() {
			local := at.In(c.zone)
			c.say(field, fmt.Sprintf("show %s twice on %s: %s is meant the first time, at %s",
				local.Format("15:04"), local.Format(time.DateOnly), field, at.UTC().Format(time.RFC3339)), hint, o)
		}
	}
	if from {
		edge("from", o.From)
	}
	if to {
		edge("to", o.To)
	}
	return len(c.said) > n
}

// skipped says which edges the clocks skip, and reports whether there are any.
func (c *clocks) skipped(o occurrence, hint string) bool {
	n := len(c.said)
	for _, edge := range []struct {
		field    string
		wall, at time.Time
	}{{"from", o.begin, o.From}, {"to", o.end, o.To}} {
		if !wallClock(edge.at.In(c.zone)).Equal(edge.wall) {
			c.say(edge.field, fmt.Sprintf("skip %s on %s: %s is when they do, at %s",
				edge.wall.Format("15:04"), edge.wall.Format(time.DateOnly), edge.field, edge.at.Format(time.RFC3339)), hint, o)
		}
	}
	return len(c.said) > n
}

// byClock reports whether a time is one of a zone's clock, and has no offset.
func byClock(text string) bool {
	_, ok := parseWall(text)
	return ok
}

// shownAgain returns when the clock of a zone shows the time of an instant once
// more, the zero time when it does not.
func shownAgain(at time.Time, zone *time.Location) time.Time {
	local := at.In(zone)
	_, change := local.ZoneBounds()
	if change.IsZero() {
		return time.Time{}
	}
	_, before := local.Zone()
	_, after := change.Zone()
	again := at.Add(time.Duration(before-after) * time.Second)
	if after >= before || again.Before(change) {
		return time.Time{}
	}
	return again
}
