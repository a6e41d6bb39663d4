package insight

import (
	"context"
	"time"

	"headroom/budget"
	"headroom/budget/forecast"
	"headroom/budget/incident"
	"headroom/slo"
)

// Outlook is the forecast of one group in short, and what spent its budget.
type Outlook struct {
	State     budget.State // that it was made in
	Exhausted *time.Time   // when nothing is left; nil when it never comes to that, or nothing is left now
	Recovered *time.Time   // when something is left again; nil when it never is, or something is left now
	Foretold  bool         // the forecast is known
	Incidents *Incidents   // of the window; nil when shares of the budget are not known
}

// Incidents are those of a window, added up.
type Incidents struct {
	Count   int
	Share   float64 // of the window's budget
	Ongoing bool    // one goes on
}

// outlooks are those that were made last.
type outlooks map[outlookKey]*Outlook

type outlookKey struct {
	id    slo.ID
	group slo.Group
}

// How often outlooks are made anew: as often as takes a two-hundredth of the
// time, within these bounds.
const (
	soonestOutlook = 15 * time.Second
	latestOutlook  = 5 * time.Minute
	outlookPer     = 200
)

// Follow keeps the outlooks current until the context ends.
func (i *Insight) Follow(ctx context.Context) error {
	for {
		began := time.Now()
		i.Look(ctx)
		timer := time.NewTimer(min(latestOutlook, max(soonestOutlook, outlookPer*time.Since(began))))
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
	}
}

// Look makes the outlooks once, of all groups.
func (i *Insight) Look(ctx context.Context) {
	next := outlooks{}
	for _, s := range i.Ledger.Statuses(i.Now()) {
		if ctx.Err() != nil {
			return
		}
		next[outlookKey{s.Objective.ID, s.Group}] = i.outlook(s)
	}
	i.outlooks.Store(&next)
}

// Outlook returns that of one group, nil when it is not known. It must not be
// changed.
func (i *Insight) Outlook(id slo.ID, g slo.Group) *Outlook {
	if last := i.outlooks.Load(); last != nil {
		return (*last)[outlookKey{id, g}]
	}
	return nil
}

func (i *Insight) outlook(s budget.Status) *Outlook {
	f := forecast.Brief(i.Ledger, s)
	o := &Outlook{State: s.State, Foretold: f.Outcome != forecast.Unknown, Incidents: i.incidents(s)}
	if f.Exhausted != nil {
		o.Exhausted = f.Exhausted.At
	}
	if f.Recovered != nil {
		o.Recovered = f.Recovered.At
	}
	return o
}

// incidents adds up those of a window.
func (i *Insight) incidents(s budget.Status) *Incidents {
	b := s.Balance
	if b.Budget == nil || b.Bad == nil || s.State == budget.StateUnknown {
		return nil
	}
	sum := &Incidents{}
	if !i.mayHaveIncidents(s) {
		return sum
	}
	for _, in := range i.foundIn(s.Objective, s.Group, *b.Budget, b.Start, b.End) {
		sum.Count++
		sum.Share += in.Share
		sum.Ongoing = sum.Ongoing || in.Ongoing
	}
	return sum
}

// mayHaveIncidents spares most objectives a look at every slice. An incident has
// at least incident.MinShare of the budget in bad events, and a burn of more
// than incident.Floor over every stretch that it is made of. So there is none
// without a run of days that has so many bad events, and the burn over all days
// but its first and last, of which it may take little.
func (i *Insight) mayHaveIncidents(s budget.Status) bool {
	b, key := s.Balance, keyOf(s.Objective, s.Group)
	least, allowed := incident.MinShare**b.Budget, incident.Floor*s.Objective.Target.Budget()
	var days []budget.Sum
	for from := b.Start.Add(-before); from.Before(b.End); {
		to := from.Truncate(24 * time.Hour).Add(24 * time.Hour) // where the ledger's sums need no slice
		if to.After(b.End) {
			to = b.End
		}
		days = append(days, i.Ledger.Sum(key, from, to))
		from = to
	}
	for from := range days {
		bad, inner := 0.0, 0.0 // of days[from:to], and what may be bad of the days between
		for to := from; to < len(days); to++ {
			if to-from > 1 {
				inner += allowed * days[to-1].Total.Events()
			}
			if bad += days[to].Bad.Events(); bad >= least && bad >= inner {
				return true
			}
		}
	}
	return false
}
