package correction

import (
	"encoding/binary"
	"time"

	"headroom/budget"
	"headroom/slo"
)

// distantPast is before every slice.
func distantPast() time.Time { return time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC) }

// Expand returns what the corrections that counted at a time, as known then,
// make of each objective's account up to a time, in the form of the ledger.
// Objectives that none of them is about are not in the map. Objectives that the
// same corrections exclude time of share one list of it, which must not be
// changed.
func Expand(list []Correction, objectives []*slo.Objective, known, until time.Time) map[slo.ID]budget.Corrections {
	return ExpandFrom(list, objectives, known, distantPast(), until)
}

// ExpandFrom is Expand without intervals that end before a time: before the
// earliest slice they change nothing, but cost room.
func ExpandFrom(list []Correction, objectives []*slo.Objective, known, from, until time.Time) map[slo.ID]budget.Corrections {
	e := expansion{known: known, shared: map[string][]budget.Excluded{}}
	for i := range list {
		if list[i].CountedAt(known) {
			e.counted = append(e.counted, expanded{Correction: &list[i]})
		}
	}
	all := map[slo.ID]budget.Corrections{}
	for _, o := range objectives {
		if c := e.of(o, from, until); len(c.Excluded)+len(c.Adjustments) > 0 {
			all[o.ID] = c
		}
	}
	return all
}

// expansion makes the accounts' form of corrections, of each set of them once.
type expansion struct {
	known   time.Time
	asked   *slo.Objective // of which two tells whether a policy asks for two persons
	two     bool
	counted []expanded
	shared  map[string][]budget.Excluded // by the numbers of the corrections
	key     []byte
}

// expanded is a correction with its intervals, once an objective has matched.
type expanded struct {
	*Correction

	matched   bool
	intervals []Interval
}

func (e *expansion) of(o *slo.Objective, from, until time.Time) (c budget.Corrections) {
	e.key = e.key[:0]
	for i := range e.counted {
		x := &e.counted[i]
		if !x.Terms.Objectives.Matches(o) || e.needsTwo(x, o) && !x.reaches(o, e.known) {
			continue
		}
		if !x.matched {
			x.matched, x.intervals = true, x.Terms.Intervals(from, until)
		}
		switch {
		case len(x.intervals) == 0:
		case x.Terms.Kind == Adjust:
			at := x.intervals[0]
			c.Adjustments = append(c.Adjustments, budget.Adjustment{
				Group: x.Terms.Group, From: at.From.UnixMilli(), To: at.To.UnixMilli(), Bad: x.Terms.Bad, Total: x.Terms.Total,
			})
		default:
			e.key = binary.AppendUvarint(e.key, uint64(i))
		}
	}
	if len(e.key) > 0 {
		c.Excluded = e.excluded()
	}
	return c
}

// needsTwo asks the policies once for each objective, not for each correction.
func (e *expansion) needsTwo(x *expanded, o *slo.Objective) bool {
	if x.needsTwo == nil {
		return false
	}
	if e.asked != o {
		e.asked, e.two = o, x.needsTwo(o)
	}
	return e.two
}

// excluded returns the time that the corrections of the key exclude.
func (e *expansion) excluded() []budget.Excluded {
	if list, found := e.shared[string(e.key)]; found {
		return list
	}
	var all budget.Corrections
	for rest := e.key; len(rest) > 0; {
		i, n := binary.Uvarint(rest)
		rest = rest[n:]
		for _, at := range e.counted[i].intervals {
			all.Excluded = append(all.Excluded, budget.Excluded{From: at.From.UnixMilli(), To: at.To.UnixMilli()})
		}
	}
	list := all.Normal().Excluded
	e.shared[string(e.key)] = list
	return list
}
