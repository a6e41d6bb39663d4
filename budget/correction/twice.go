package correction

import (
	"fmt"
	"time"

	"headroom/internal/schedule"
	"headroom/slo"
)

// twiceAhead is how far ahead the intervals of what repeats are looked at: in it
// every zone that changes its clocks does so.
const twiceAhead = 2 * 366 * 24 * time.Hour

// Twice says in sentences which edges the clocks of the zone show twice, as they
// do when they go back, and what that makes of the interval; of what repeats, in
// the first interval with such an edge that no window has left behind.
func (t *Terms) Twice(now time.Time) []string {
	if t.Draft.Zone == "" {
		return nil
	}
	zone, err := schedule.Zone(t.Draft.Zone)
	if err != nil {
		return nil // a draft with terms has a zone that is known
	}
	if t.Repeat == nil {
		return t.twice(Interval{t.From, t.To}, zone, byClock(t.Draft.From), byClock(t.Draft.To))
	}
	for _, i := range t.Intervals(now.Add(-slo.MaxWindow), now.Add(twiceAhead)) {
		if said := t.twice(i, zone, true, true); len(said) > 0 {
			return said
		}
	}
	return nil
}

func (t *Terms) twice(i Interval, zone *time.Location, from, to bool) (said []string) {
	hint := "write it with an offset if the second is meant"
	if t.Repeat != nil {
		hint = "keep it out of that hour if this is not meant"
	}
	edge := func(name string, at time.Time) {
		if again := shownAgain(at, zone); !again.IsZero() {
			local := at.In(zone)
			said = append(said, fmt.Sprintf("the clocks of %s show %s twice on %s: %s is meant the first time, at %s, so that the interval lasts %s; %s",
				zone, local.Format("15:04"), local.Format(time.DateOnly), name, at.UTC().Format(time.RFC3339), slo.FormatDuration(i.To.Sub(i.From)), hint))
		}
	}
	if from {
		edge("from", i.From)
	}
	if to {
		edge("to", i.To)
	}
	return said
}

// byClock reports whether a time is one of a zone's clock, and has no offset.
func byClock(text string) bool {
	_, err := parseTime(text, nil)
	return err != nil
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
