package prove

import (
	"fmt"
	"time"

	"headroom/budget/correction"
	"headroom/internal/truth"
)

// Correction is something that people declare about the past or the time to
// come. Its times are whole seconds.
type Correction struct {
	Span // that does not count, or over which events are added

	Zone     string        // whose clocks it comes again by, each day since a week before; "" for once
	Region   int           // that events are added to
	Bad      float64       // events that are added; with Total 0 the span is excluded
	Total    float64       // may be negative
	Declared time.Duration // done at the next look of the ledger
	Approved time.Duration // by a second person; 0 when nobody must
	Revoked  time.Duration // 0 for never
}

func (c Correction) adds() bool { return c.Bad != 0 || c.Total != 0 }

// String tells a correction.
func (c Correction) String() string {
	what := "excluded"
	if c.adds() {
		what = fmt.Sprintf("%g bad of %g events added to %s", c.Bad, c.Total, region(c.Region))
	}
	if c.Zone != "" {
		what += ", daily by the clocks of " + c.Zone
	}
	return fmt.Sprintf("%s %s, declared at %s, approved at %s, revoked at %s", c.Span, what, c.Declared, c.Approved, c.Revoked)
}

// clock is what the clocks of a zone show at a time, written as UTC.
func clock(t time.Time, zone *time.Location) time.Time {
	t = t.In(zone)
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
}

func (c Correction) location() *time.Location {
	zone, err := time.LoadLocation(c.Zone)
	if err != nil {
		panic("prove: " + err.Error())
	}
	return zone
}

const week = 7 * 24 * time.Hour

// draft is the correction as people write it.
func (c Correction) draft(s *Scenario) correction.Draft {
	o := s.Objective()
	d := correction.Draft{
		Category: string(correction.Maintenance), Reason: "It is to be proven.",
		Objectives: correction.Selection{IDs: []string{o.ID.String()}},
		From:       at(c.From).Format(time.RFC3339), To: at(c.To).Format(time.RFC3339),
	}
	if c.adds() {
		d.Kind, d.Adjust = string(correction.Adjust), &correction.Amount{Bad: c.Bad, Total: c.Total}
		if len(o.GroupBy) > 0 {
			d.Group = map[string]string{"region": region(c.Region)}
		}
		return d
	}
	if c.Zone != "" {
		const wall = "2006-01-02T15:04:05"
		d.Zone, d.Repeat = c.Zone, "FREQ=DAILY"
		d.From = clock(at(c.From), c.location()).Add(-week).Format(wall)
		d.To = clock(at(c.To), c.location()).Add(-week).Format(wall)
	}
	return d
}

// excluded are the times that a correction excludes. What comes again is looked
// at second by second, on the clocks of its zone.
func (c Correction) excluded(s *Scenario) []truth.Span {
	if c.Zone == "" {
		return []truth.Span{{From: at(c.From).UnixMilli(), To: at(c.To).UnixMilli()}}
	}
	const day = 24 * time.Hour
	zone := c.location()
	first := clock(at(c.From), zone)
	length := clock(at(c.To), zone).Sub(first)
	var list []truth.Span
	for d := -day; d < s.steps(s.Length)+ahead; d += time.Second {
		since := clock(at(d), zone).Sub(first) + week
		if since%day >= length {
			continue
		}
		from, to := at(d).UnixMilli(), at(d+time.Second).UnixMilli()
		if n := len(list); n > 0 && list[n-1].To == from {
			list[n-1].To = to
			continue
		}
		list = append(list, truth.Span{From: from, To: to})
	}
	return list
}

// correct puts into a book of a group what was decided, as known at a time.
func (k *keeper) correct(b *truth.Book, g *group, known time.Time) {
	for i, c := range k.Corrections {
		switch {
		case !k.decisions[i].counted(known):
		case !c.adds():
			b.Without = append(b.Without, k.excludes(i)...)
		case k.Regions == 0 || region(c.Region) == g.name:
			s := truth.Span{From: at(c.From).UnixMilli(), To: at(c.To).UnixMilli()}
			b.Added = append(b.Added, truth.Addition{Span: s, Bad: c.Bad, Total: c.Total})
		}
	}
}

// excludes are the times of the i-th correction, found once.
func (k *keeper) excludes(i int) []truth.Span {
	if k.exclusions == nil {
		k.exclusions = map[int][]truth.Span{}
	}
	if _, found := k.exclusions[i]; !found {
		k.exclusions[i] = k.Corrections[i].excluded(k.Scenario)
	}
	return k.exclusions[i]
}
