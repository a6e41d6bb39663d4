package budget

import "time"

// StatusesAt returns what the ledger knows today about a past time: the
// balances of the windows that ended then, by today's declarations, sorted
// like those of Statuses. Whether the metrics store had series and rules then
// is not kept, so that no data state is absent or rules_missing. A group that
// began later, or was gone by then, is left out; an objective without any has
// one status, of the zero group.
func (l *Ledger) StatusesAt(at time.Time) []Status {
	l.reading.RLock()
	defer l.reading.RUnlock()
	list := make([]Status, 0, len(l.declared))
	for _, d := range l.declared {
		list = d.appendPast(list, l.tracks[d.track], at)
	}
	return list
}

func (d *declared) appendPast(list []Status, t *track, at time.Time) []Status {
	before, ms := len(list), at.UnixMilli()
	for _, g := range sortedGroups(t) {
		s := t.groups[g]
		if s.since > 0 && s.since < ms && s.endBy(ms) > ms-millis(d.o.Window.Rolling) {
			list = append(list, d.pastStatus(s, at))
		}
	}
	if len(list) == before {
		list = append(list, d.pastStatus(nil, at))
	}
	return list
}

func (d *declared) pastStatus(s *series, at time.Time) Status {
	s.retry()
	b := d.balance(s, at.UnixMilli())
	data, reason := d.dataState(&b, false, false)
	status := Status{Objective: d.o, At: at, Balance: b, Data: data, State: b.decide(), Reason: reason, Through: s.reach(at.UnixMilli())}
	if s != nil {
		status.Group = s.key.Group
	}
	return s.believed(status)
}

// Sum is what the slices of one series in an interval add up to, as corrected.
type Sum struct {
	Bad, Total Count
	Measured   time.Duration
	Since      time.Time // start of the series' earliest slice ever; zero without one
}

// Sum adds up the slices of a series that end in (from, to]. Of a slice that
// begins before from, the part after it counts, pro-rated by time. Corrections
// count; RawSum leaves them out.
func (l *Ledger) Sum(k Key, from, to time.Time) Sum {
	return l.sum(k, func(s *series) sums { return s.account(from.UnixMilli(), to.UnixMilli()) })
}

// RawSum is Sum without corrections.
func (l *Ledger) RawSum(k Key, from, to time.Time) Sum {
	return l.sum(k, func(s *series) sums { return s.sum(from.UnixMilli(), to.UnixMilli()) })
}

func (l *Ledger) sum(k Key, add func(*series) sums) Sum {
	l.reading.RLock()
	defer l.reading.RUnlock()
	s := l.series(k)
	if s == nil || s.since == 0 {
		return Sum{}
	}
	sum := add(s)
	return Sum{
		Bad: sum.bad, Total: sum.total, Measured: time.Duration(sum.measured) * time.Millisecond, Since: instant(s.since),
	}
}
