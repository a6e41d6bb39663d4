// Package insight answers what people ask about a budget: which incidents spent
// it, on what, when it is gone or back, how earlier windows ended, and what
// happened around it. It joins the packages that find each answer.
package insight

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"headroom/budget"
	"headroom/budget/annotation"
	"headroom/budget/attribution"
	"headroom/budget/forecast"
	"headroom/budget/incident"
	"headroom/budget/past"
	"headroom/rules"
	"headroom/slo"
)

// Options are what answers are made from.
type Options struct {
	Ledger  *budget.Ledger
	Querier budget.Querier // of the metrics store; nil: it is not asked
	Dialect rules.Dialect
	// Store returns the same of the metrics store of an objective, where there
	// are several; nil: all are read from Querier. What it returns for one store
	// is equal.
	Store func(o *slo.Objective) (budget.Querier, rules.Dialect)
	// Patience is how long a costly question of a metrics store may take, with
	// the wait for those before it; 0 is DefaultPatience.
	Patience time.Duration
	Sources  []annotation.Source
	Now      func() time.Time
	Logger   *slog.Logger // nil discards
}

// Insight answers questions. It is safe for concurrent use.
type Insight struct {
	Options

	turns    turns
	outlooks atomic.Pointer[outlooks]
}

// New makes an Insight.
func New(o Options) (*Insight, error) {
	if o.Ledger == nil || o.Now == nil {
		return nil, errors.New("insight: Options need Ledger and Now")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Store == nil {
		o.Store = func(*slo.Objective) (budget.Querier, rules.Dialect) { return o.Querier, o.Dialect }
	}
	if o.Patience == 0 {
		o.Patience = DefaultPatience
	}
	return &Insight{Options: o}, nil
}

// ErrNoStore is returned where the metrics store would have to be asked and
// there is none.
var ErrNoStore = errors.New("no metrics store is configured")

// alertsTimeout bounds how long alerts are asked for.
const alertsTimeout = 10 * time.Second

// DefaultPatience is how long a costly question may take unless told otherwise.
const DefaultPatience = time.Minute

// Objective returns the declared objective that has an id, or else the one that
// had it formerly; nil when there is none.
func (i *Insight) Objective(id slo.ID) *slo.Objective {
	var former *slo.Objective
	for _, o := range i.Ledger.Objectives() {
		if o.ID == id {
			return o
		}
		if slices.Contains(o.Formerly, id) {
			former = o
		}
	}
	return former
}

// GroupIncidents are the incidents of one group.
type GroupIncidents struct {
	Group     slo.Group
	From, To  time.Time // what was searched
	Budget    *float64  // events of the window that ends at To that may be bad, which shares are of; nil when it is not known, and no incidents are then
	Incidents []Incident
}

// Incident is one with its alerts.
type Incident struct {
	incident.Incident

	Alerts []incident.Alert
}

// before is how much earlier than asked for slices are read, so that an incident
// that goes on into the time is told from its beginning.
const before = 24 * time.Hour

// Incidents returns the incidents of every group of an objective that ended in
// (from, to] or go on, with their alerts as the metrics store recorded them, or
// computed where it does not answer or has none.
func (i *Insight) Incidents(ctx context.Context, o *slo.Objective, from, to time.Time) []GroupIncidents {
	all := i.Found(o, from, to)
	earliest, some := to, false
	for _, g := range all {
		for _, in := range g.Incidents {
			some = true
			if in.Start.Before(earliest) {
				earliest = in.Start
			}
		}
	}
	if !some {
		return all
	}
	firings := i.firings(ctx, o, earliest, to)
	for n := range all {
		for m := range all[n].Incidents {
			i.alert(o, &all[n], m, firings)
		}
	}
	return all
}

// Computed is Incidents without asking the metrics store: the alerts of the
// latest of each group, at most so many, are computed, and others have none.
func (i *Insight) Computed(o *slo.Objective, from, to time.Time, most int) []GroupIncidents {
	all := i.Found(o, from, to)
	for n := range all {
		for m := max(0, len(all[n].Incidents)-most); m < len(all[n].Incidents); m++ {
			i.alert(o, &all[n], m, nil)
		}
	}
	return all
}

// alert fills in the alerts of one incident of a group.
func (i *Insight) alert(o *slo.Objective, g *GroupIncidents, n int, firings []incident.Firing) {
	in := &g.Incidents[n]
	list := i.Ledger.CorrectedSlices(keyOf(o, g.Group), in.Start.Add(-longest), in.End.Add(incident.Apart(o.Window.Rolling, o.Resolution)))
	in.Alerts = incident.Alerts(o, g.Group, in.Incident, firings, list)
}

// longest is the longest window of any tier.
const longest = 7 * 24 * time.Hour

// Found is Incidents without their alerts: the metrics store is not asked.
func (i *Insight) Found(o *slo.Objective, from, to time.Time) []GroupIncidents {
	all := []GroupIncidents{}
	for _, g := range i.Ledger.Groups(o.ID) {
		found := GroupIncidents{Group: g, From: from, To: to, Incidents: []Incident{}}
		window := i.Ledger.Account(o.ID, g, to.Add(-o.Window.Rolling), to)
		if found.Budget = window.Budget; found.Budget != nil {
			for _, in := range i.foundIn(o, g, *window.Budget, from, to) {
				found.Incidents = append(found.Incidents, Incident{Incident: in})
			}
		}
		all = append(all, found)
	}
	return all
}

// foundIn returns the incidents of a group that ended in (from, to] or go on.
func (i *Insight) foundIn(o *slo.Objective, g slo.Group, budgeted float64, from, to time.Time) []incident.Incident {
	all := incident.Find(incident.Options{
		Slices: i.Ledger.CorrectedSlices(keyOf(o, g), from.Add(-before), to),
		Rate:   o.Target.Budget(), Budget: budgeted, Window: o.Window.Rolling, Resolution: o.Resolution,
	})
	return slices.DeleteFunc(all, func(in incident.Incident) bool { return !in.End.After(from) })
}

// firings reads alerts; that it cannot is logged, and alerts are computed then.
func (i *Insight) firings(ctx context.Context, o *slo.Objective, from, to time.Time) []incident.Firing {
	querier, _ := i.Store(o)
	if querier == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, alertsTimeout)
	defer cancel()
	firings, err := incident.Firings(ctx, querier, o, rules.Alerts(o), from, to)
	if err != nil {
		i.Logger.Warn("compute when incidents alerted, since the metrics store does not say", "slo", o.ID, "error", err)
	}
	return firings
}

// GroupForecast is the forecast of one group.
type GroupForecast struct {
	Group    slo.Group
	Forecast forecast.Forecast
}

// Forecasts returns the forecast of every group of an objective, with 0 for the
// default lookback.
func (i *Insight) Forecasts(o *slo.Objective, lookback time.Duration) []GroupForecast {
	all := []GroupForecast{}
	for _, s := range i.Ledger.Status(o.ID, i.Now()) {
		all = append(all, GroupForecast{Group: s.Group, Forecast: forecast.Of(i.Ledger, s, lookback)})
	}
	return all
}

// GroupWindows are the past windows of one group.
type GroupWindows struct {
	Group   slo.Group
	Windows []past.Window // the latest first
}

// Windows returns the past windows of every group of an objective.
func (i *Insight) Windows(o *slo.Objective, limit int) []GroupWindows {
	all := []GroupWindows{}
	for _, g := range i.Ledger.Groups(o.ID) {
		windows := past.Windows(i.Ledger, o, g, i.Now(), limit)
		if windows == nil {
			windows = []past.Window{}
		}
		all = append(all, GroupWindows{Group: g, Windows: windows})
	}
	return all
}

// Annotations returns what happened, the latest first.
func (i *Insight) Annotations(ctx context.Context, q annotation.Query) ([]annotation.Annotation, error) {
	return annotation.Gather(ctx, q, i.Sources...)
}

// Attribution splits the bad events of an objective by the values of a label.
// Of one metrics store one is made at a time: it may read many raw series.
func (i *Insight) Attribution(ctx context.Context, o *slo.Objective, g slo.Group, by string, from, to time.Time, limit int) (attribution.Attribution, error) {
	querier, dialect := i.Store(o)
	if querier == nil {
		return attribution.Attribution{}, ErrNoStore
	}
	release, ctx, err := i.ask(ctx, querier)
	if err != nil {
		return attribution.Attribution{}, err
	}
	defer release()
	return attribution.Of(ctx, attribution.Options{
		Objective: o, Group: g, By: by, From: from, To: to, Limit: limit,
		Dialect: dialect, Querier: querier, Ledger: i.Ledger,
	})
}

// Labels proposes labels to split the bad events of an objective by.
func (i *Insight) Labels(ctx context.Context, o *slo.Objective) ([]attribution.Candidate, error) {
	querier, _ := i.Store(o)
	if querier == nil {
		return nil, ErrNoStore
	}
	release, ctx, err := i.ask(ctx, querier)
	if err != nil {
		return nil, err
	}
	defer release()
	return attribution.Candidates(ctx, querier, o, i.Now())
}

func keyOf(o *slo.Objective, g slo.Group) budget.Key {
	return budget.Key{SLO: o.ID, SLI: o.SLI(), Group: g}
}
