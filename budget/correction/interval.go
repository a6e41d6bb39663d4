package correction

import (
	"time"

	"headroom/budget"
	"headroom/slo"
)

// Interval is the time from From up to and without To.
type Interval struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// Intervals returns the intervals of the correction that overlap [from, to), in
// order of time; those of a recurrence may overlap one another.
func (t *Terms) Intervals(from, to time.Time) []Interval {
	if t.Repeat != nil {
		return t.Repeat.intervals(from, to, 0)
	}
	if t.From.Before(to) && (t.To.After(from) || t.From.Equal(t.To) && !t.From.Before(from)) {
		return []Interval{{t.From.UTC(), t.To.UTC()}}
	}
	return nil
}

// Next returns the first n intervals that end after a time.
func (t *Terms) Next(after time.Time, n int) []Interval {
	if t.Repeat == nil {
		return t.Intervals(after, t.To.Add(time.Second))
	}
	return t.Repeat.intervals(after, after.AddDate(30, 0, 0), n)
}

// distantPast is before every slice.
func distantPast() time.Time { return time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC) }

// Expand returns what the corrections that counted at a time, as known then,
// make of each objective's account up to a time, in the form of the ledger.
// Objectives that none of them is about are not in the map.
func Expand(list []Correction, objectives []*slo.Objective, known, until time.Time) map[slo.ID]budget.Corrections {
	all := map[slo.ID]budget.Corrections{}
	for i := range list {
		c := &list[i]
		if !c.CountedAt(known) {
			continue
		}
		var intervals []Interval // expanded once, when an objective matches
		for _, o := range objectives {
			if !c.Terms.Objectives.Matches(o) {
				continue
			}
			if intervals == nil {
				intervals = c.Terms.Intervals(distantPast(), until)
			}
			all[o.ID] = c.Terms.apply(all[o.ID], intervals)
		}
	}
	return all
}

func (t *Terms) apply(to budget.Corrections, intervals []Interval) budget.Corrections {
	for _, i := range intervals {
		if t.Kind == Adjust {
			to.Adjustments = append(to.Adjustments, budget.Adjustment{
				Group: t.Group, From: i.From.UnixMilli(), To: i.To.UnixMilli(), Bad: t.Bad, Total: t.Total,
			})
			continue
		}
		to.Excluded = append(to.Excluded, budget.Excluded{From: i.From.UnixMilli(), To: i.To.UnixMilli()})
	}
	return to
}
