package budget

import "headroom/slo"

// began returns when an indicator last began to count by a time, as far as that
// is known: when it first did, or when it last took the place of another. It is
// 0 when it did not by then.
func (r TrackRecord) began(by int64) int64 {
	switch {
	case r.Since > r.FirstSeen && r.Since <= by:
		return r.Since
	case r.FirstSeen <= by:
		return r.FirstSeen
	default:
		return 0
	}
}

// countedAt returns, for each of some objectives, the track of the indicator that
// counted at a time, also under an id that the objective had formerly: the one
// that had begun last. Before there was any it is the present one. Of an indicator
// that came back more than once it is not known when it did but the last time.
func (l *Ledger) countedAt(objectives []*declared, at int64) []*track {
	tracks := make([]*track, len(objectives))
	mine := make(map[slo.ID]int, len(objectives))
	for i, d := range objectives {
		tracks[i] = l.tracks[d.track]
		mine[d.o.ID] = i
		for _, old := range d.o.Formerly {
			if l.find(old) == nil {
				mine[old] = i
			}
		}
	}
	latest := make([]int64, len(objectives))
	for id, t := range l.tracks {
		i, found := mine[id.id]
		if began := t.record.began(at); found && (began > latest[i] || began == latest[i] && t.record.Active) {
			tracks[i], latest[i] = t, began
		}
	}
	return tracks
}
