// Package attribution says which values of a label spent an error budget. It
// asks the metrics store once, with an answer of bounded size.
//
// With k bad of n events of one value of the label and b = 1 − target, the value
// has an excess of k − b·n bad events beyond what the target allows for its
// traffic: a route with much traffic may have the most bad events and still be
// within its part. Excesses of all values add up to that of the whole.
package attribution

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"headroom/budget"
	"headroom/rules"
	"headroom/slo"
)

// Options are what bad events are split with.
type Options struct {
	Objective *slo.Objective
	Group     slo.Group // zero for all groups together
	By        string    // label of the raw series
	From, To  time.Time
	Limit     int // values; 0 is DefaultLimit, at most rules.MaxAttributed
	Dialect   rules.Dialect
	Querier   budget.Querier
	Ledger    Ledger
}

// Ledger knows what the values are compared with; *budget.Ledger is one.
type Ledger interface {
	Account(id slo.ID, g slo.Group, from, to time.Time) budget.Life
	RawSum(k budget.Key, from, to time.Time) budget.Sum
	Groups(id slo.ID) []slo.Group
}

var _ Ledger = (*budget.Ledger)(nil)

// DefaultLimit is how many values are told unless another number is asked for.
const DefaultLimit = 10

// Attribution is how bad events are split.
type Attribution struct {
	By         string
	From, To   time.Time
	Values     []Value // the most bad events first; never nil
	Bad, Total float64 // of all values, by the raw series
	// Rest is what the values that are not told have together.
	Rest Value
	// Spent is the share of the window's budget that Bad is; nil when the
	// budget is not known.
	Spent *float64
	// Counted is how many bad events the ledger counted in the same time,
	// without corrections of what was counted; nil when it knows nothing.
	// Less in Bad means that the metrics store has forgotten some.
	Counted *float64
	// Concentrated says that one value stands out, see Concentrated.
	Concentrated bool
	Half         int // so few of the values have half of the bad events; 0 when those told do not
}

// Value is what one value of the label has.
type Value struct {
	Value      string // "" for series without the label
	Bad, Total float64
	BadShare   float64  // of all bad events, 0 to 1
	TotalShare float64  // of all events, 0 to 1
	Excess     float64  // k − b·n; below 0 within its part
	Spent      *float64 // share of the window's budget; nil when that is not known
}

// Bounds from which one value stands out.
const (
	// ConcentratedShare is the share of the bad events that it has at least.
	ConcentratedShare = 0.5
	// ConcentratedTimes is how many times its share of all events that is.
	ConcentratedTimes = 2
)

// ErrNothingRead is wrapped by the error for a time of which the metrics store
// has no events any more, or never had.
var ErrNothingRead = errors.New("the metrics store has no events of this time")

// Of asks the metrics store. Its error wraps rules.ErrNotAttributable when the
// objective cannot be split like that.
func Of(ctx context.Context, o Options) (Attribution, error) {
	if o.Limit == 0 {
		o.Limit = DefaultLimit
	}
	expr, err := rules.Attribution(o.Objective, o.Dialect, rules.AttributionQuery{
		By: o.By, Group: o.Group, Range: o.To.Sub(o.From).Truncate(time.Second), Limit: o.Limit,
	})
	if err != nil {
		return Attribution{}, err
	}
	series, err := o.Querier.Instant(ctx, expr, o.To)
	if err != nil {
		return Attribution{}, fmt.Errorf("split the bad events of %s by %q: %w", o.Objective.ID, o.By, err)
	}
	a := Attribution{By: o.By, From: o.From, To: o.To, Values: []Value{}}
	a.read(series)
	if a.Total <= 0 {
		return Attribution{}, fmt.Errorf("split the bad events of %s by %q: %w", o.Objective.ID, o.By, ErrNothingRead)
	}
	budgeted, counted := o.known()
	a.Counted = counted
	a.judge(o.Objective.Target.Budget(), budgeted)
	return a, nil
}

// read takes the parts of the answer apart.
func (a *Attribution) read(series []budget.Series) {
	totals := map[string]float64{}
	for _, s := range series {
		if len(s.Points) == 0 {
			continue
		}
		value, v := s.Labels[a.By], s.Points[len(s.Points)-1].V
		switch s.Labels[rules.PartLabel] {
		case rules.PartBad:
			a.Values = append(a.Values, Value{Value: value, Bad: v})
		case rules.PartTotal:
			totals[value] = v
		case rules.PartAllBad:
			a.Bad = v
		case rules.PartAllTotal:
			a.Total = v
		}
	}
	for i := range a.Values {
		a.Values[i].Total = max(totals[a.Values[i].Value], a.Values[i].Bad)
	}
	slices.SortFunc(a.Values, func(x, y Value) int {
		return cmp.Or(cmp.Compare(y.Bad, x.Bad), cmp.Compare(x.Value, y.Value))
	})
}

// judge computes shares with a budget in events, 0 when it is not known.
func (a *Attribution) judge(rate, budgeted float64) {
	fill := func(v *Value) {
		if a.Bad > 0 {
			v.BadShare = v.Bad / a.Bad
		}
		v.TotalShare = v.Total / a.Total
		v.Excess = v.Bad - rate*v.Total
		v.Spent = shareOf(v.Bad, budgeted)
	}
	sum := 0.0
	a.Rest = Value{Bad: a.Bad, Total: a.Total}
	for i := range a.Values {
		v := &a.Values[i]
		fill(v)
		a.Rest.Bad, a.Rest.Total = a.Rest.Bad-v.Bad, a.Rest.Total-v.Total
		if sum += v.Bad; a.Half == 0 && 2*sum >= a.Bad {
			a.Half = i + 1
		}
	}
	a.Rest.Bad, a.Rest.Total = dust(a.Rest.Bad, a.Bad), dust(a.Rest.Total, a.Total)
	fill(&a.Rest)
	a.Spent = shareOf(a.Bad, budgeted)
	if len(a.Values) > 0 {
		top := a.Values[0]
		a.Concentrated = top.BadShare >= ConcentratedShare && top.BadShare >= ConcentratedTimes*top.TotalShare
	}
}

// dust takes what only rounding left for nothing.
func dust(rest, of float64) float64 {
	if rest <= 1e-9*of {
		return 0
	}
	return rest
}

func shareOf(bad, budgeted float64) *float64 {
	if !(budgeted > 0) {
		return nil
	}
	share := bad / budgeted
	return &share
}

// known is what the ledger says: the budget of the window that ends at To, in
// events, and the bad events that were counted.
func (o Options) known() (budgeted float64, counted *float64) {
	groups := []slo.Group{o.Group}
	if o.Group.IsZero() {
		groups = o.Ledger.Groups(o.Objective.ID)
	}
	for _, g := range groups {
		window := o.Ledger.Account(o.Objective.ID, g, o.To.Add(-o.Objective.Window.Rolling), o.To)
		if window.Budget != nil {
			budgeted += *window.Budget
		}
		sum := o.Ledger.RawSum(budget.Key{SLO: o.Objective.ID, SLI: o.Objective.SLI(), Group: g}, o.From, o.To)
		if sum.Measured > 0 {
			bad := sum.Bad.Events()
			if counted != nil {
				bad += *counted
			}
			counted = &bad
		}
	}
	return budgeted, counted
}
