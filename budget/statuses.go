package budget

import (
	"maps"
	"slices"
	"strings"
	"time"

	"headroom/slo"
)

// Statuses returns what is known about every group of every objective at a
// time, sorted by id and group. An objective without any slices has one status,
// of the zero group. A group that was not measured within the window is left
// out when others were: it is gone.
func (l *Ledger) Statuses(now time.Time) []Status {
	l.reading.RLock()
	defer l.reading.RUnlock()
	list := make([]Status, 0, len(l.declared))
	for _, d := range l.declared {
		list = d.appendNow(list, l.tracks[d.track], now)
	}
	return list
}

// Status returns the statuses of one objective, none when it is not declared.
func (l *Ledger) Status(id slo.ID, now time.Time) []Status {
	l.reading.RLock()
	defer l.reading.RUnlock()
	d := l.find(id)
	if d == nil {
		return nil
	}
	return d.appendNow(nil, l.tracks[d.track], now)
}

func (d *declared) appendNow(list []Status, t *track, now time.Time) []Status {
	before := len(list)
	groups := sortedGroups(t)
	for _, g := range groups {
		s := t.groups[g]
		if len(groups) == 1 || s.end() > now.UnixMilli()-millis(d.o.Window.Rolling) {
			list = append(list, d.status(t, s, g, now))
		}
	}
	if len(list) == before {
		list = append(list, d.status(t, nil, slo.Group{}, now))
	}
	return list
}

func (d *declared) status(t *track, s *series, g slo.Group, now time.Time) Status {
	s.retry()
	at := now.UnixMilli()
	b := d.balance(s, at)
	missing := t.presence.rulesMissing(d, at)
	data, reason := d.dataState(&b, missing, t.presence.absent(d, s, g))
	status := Status{Objective: d.o, Group: g, At: now, Balance: b, Data: data, State: b.decide(), Reason: reason, Backfill: d.backfill(t, at), Through: s.reach(at)}
	return s.believed(status)
}

// backfill returns the share of the window whose history was read, newest
// first. Slices without any history read come from elsewhere than a Reader.
func (d *declared) backfill(t *track, now int64) *float64 {
	window, from := millis(d.o.Window.Rolling), int64(0)
	if t != nil {
		from = t.record.HistoryFrom
	}
	if fromStore(d.o) || from == 0 && t != nil && len(t.groups) > 0 || from > 0 && from <= now-window {
		return nil
	}
	share := 0.0
	if from > 0 {
		share = min(max(float64(now-from)/float64(window), 0), 1)
	}
	return &share
}

func sortedGroups(t *track) []slo.Group {
	if t == nil {
		return nil
	}
	return slices.SortedFunc(maps.Keys(t.groups), func(a, b slo.Group) int { return strings.Compare(a.String(), b.String()) })
}
