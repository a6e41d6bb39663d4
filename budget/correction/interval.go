package correction

import "time"

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
