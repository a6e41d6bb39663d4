package insight

import (
	"context"
	"time"

	"headroom/budget"
	"headroom/budget/forecast"
)

// Outlook is the forecast of one group in short.
type Outlook struct {
	Status    budget.Status
	Exhausted *time.Time // when nothing is left; nil when it never comes to that, or nothing is left now
	Recovered *time.Time // when something is left again; nil when it never is, or something is left now
}

// OutlookInterval is how often outlooks are made anew.
const OutlookInterval = 5 * time.Minute

// Follow keeps the outlooks current until the context ends.
func (i *Insight) Follow(ctx context.Context) error {
	ticker := time.NewTicker(OutlookInterval)
	defer ticker.Stop()
	for {
		i.Look(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// Look makes the outlooks once, of all groups whose budget and pace are known.
func (i *Insight) Look(ctx context.Context) {
	list := []Outlook{}
	for _, s := range i.Ledger.Statuses(i.Now()) {
		if ctx.Err() != nil {
			return
		}
		if o, known := i.outlook(s); known {
			list = append(list, o)
		}
	}
	i.outlooks.Store(&list)
}

// Outlooks returns the outlooks that were made last. They must not be changed.
func (i *Insight) Outlooks() []Outlook {
	if list := i.outlooks.Load(); list != nil {
		return *list
	}
	return nil
}

func (i *Insight) outlook(s budget.Status) (Outlook, bool) {
	o := Outlook{Status: s}
	if i.farFromExhaustion(s) {
		return o, true
	}
	f := forecast.Of(i.Ledger, s, 0)
	if f.Exhausted != nil {
		o.Exhausted = f.Exhausted.At
	}
	if f.Recovered != nil {
		o.Recovered = f.Recovered.At
	}
	return o, f.Outcome != forecast.Unknown
}

// farEnough is what is spent and what will be, as shares of a budget, up to
// which there is no need to look at every slice of a window.
const farEnough = 0.5

// farFromExhaustion spares most objectives a look at every slice: a whole window
// at the pace of the lookback, with nothing rolled off and half of the traffic,
// does not use up what is left.
func (i *Insight) farFromExhaustion(s budget.Status) bool {
	b := s.Balance
	if s.State != budget.StateHealthy || b.Spent == nil || b.Total == nil || b.Measured <= 0 {
		return false
	}
	lookback := forecast.DefaultLookback(s.Objective)
	life := i.Ledger.Account(s.Objective.ID, s.Group, b.End.Add(-lookback), b.End)
	if life.Spent == nil || life.Total == nil || life.Measured < lookback/2 {
		return false
	}
	usual := *b.Total / float64(b.Measured)
	return *life.Total/float64(life.Measured) >= usual/2 && *b.Spent+*life.Spent < farEnough
}
