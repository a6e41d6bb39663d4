package budget

import (
	"math"
	"slices"
	"time"

	"headroom/slo"
)

// Former is what is kept of an objective from when it was counted otherwise.
type Former struct {
	SLI         string
	Groups      []slo.Group // sorted
	Slices      int
	First, Last time.Time // begin of the first slice and end of the last one
}

// Former returns what is kept of the slices of an objective besides those of
// what is counted now, the latest first.
func (l *Ledger) Former(id slo.ID) []Former {
	l.reading.RLock()
	defer l.reading.RUnlock()
	d := l.find(id)
	if d == nil {
		return nil
	}
	var all []Former
	for at, t := range l.tracks {
		if at.id != id || at == d.track {
			continue
		}
		f := Former{SLI: at.sli, Groups: sortedGroups(t)}
		for _, s := range t.groups {
			list := s.between(0, math.MaxInt64)
			if len(list) == 0 {
				continue
			}
			first, last := instant(list[0].Start), instant(list[len(list)-1].End)
			if f.Slices == 0 || first.Before(f.First) {
				f.First = first
			}
			if last.After(f.Last) {
				f.Last = last
			}
			f.Slices += len(list)
		}
		if f.Slices > 0 {
			all = append(all, f)
		}
	}
	slices.SortFunc(all, func(a, b Former) int { return b.Last.Compare(a.Last) })
	return all
}
