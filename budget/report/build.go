package report

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"

	"headroom/budget"
	"headroom/budget/correction"
	"headroom/budget/forecast"
	"headroom/slo"
)

// DefaultLimit is how many items a list has at most.
const DefaultLimit = 20

// Ledger is where a report is read from; *budget.Ledger is one.
type Ledger interface {
	Statuses(now time.Time) []budget.Status
	StatusesAt(at time.Time) []budget.Status
	RawSum(k budget.Key, from, to time.Time) budget.Sum
	forecast.Ledger
}

var _ Ledger = (*budget.Ledger)(nil)

// Options are what a report is built from.
type Options struct {
	Ledger Ledger // required
	Period Period // required
	Now    time.Time
	Scope  Scope
	URL    string // of the service, for links; may be empty
	Limit  int    // items in a list; 0: DefaultLimit

	// Corrections returns all that were ever declared, by which numbers are
	// explained; nil: there are none.
	Corrections func() []correction.Correction
}

// Build makes the report of a period. The budgets are told as of now, or as of
// the end of a past period that was named by its dates.
func Build(o Options) (Report, error) {
	if o.Ledger == nil || o.Period.End.IsZero() || o.Now.IsZero() {
		return Report{}, errors.New("build report: ledger, period or time is missing")
	}
	if o.Limit <= 0 {
		o.Limit = DefaultLimit
	}
	at := o.Period.standing(o.Now)
	b := &builder{Options: o, at: at, before: map[statusKey]budget.Status{}}
	for _, s := range o.Ledger.StatusesAt(o.Period.Start) {
		b.before[keyOf(s)] = s
	}
	b.readCorrections()
	statuses := o.Ledger.Statuses
	if at.Before(o.Now) {
		statuses = o.Ledger.StatusesAt
	}
	r := Report{Period: o.Period, At: at.In(o.Period.location()), Scope: o.Scope, URL: o.URL}
	objectives := map[slo.ID]bool{}
	var all []judged
	for _, s := range statuses(at) {
		if !o.Scope.Match(s.Objective) {
			continue
		}
		j := b.judge(s)
		objectives[s.Objective.ID] = true
		r.Totals.count(j.Standing)
		all = append(all, j)
	}
	r.Totals.Objectives = len(objectives)
	b.fill(&r, all)
	return r, nil
}

func (t *Totals) count(s Standing) {
	t.Budgets++
	counts := map[Standing]*int{
		Over: &t.Over, Soon: &t.Soon, Caution: &t.Caution, Healthy: &t.Healthy,
		Young: &t.Young, NoTraffic: &t.NoTraffic, NotMeasured: &t.NotMeasured,
	}
	*counts[s]++
}

// fill sorts the budgets into lists.
func (b *builder) fill(r *Report, all []judged) {
	r.Decide = b.list(all, judged.decide, byUrgency)
	for i, item := range r.Decide.Items {
		at := slices.IndexFunc(all, func(j judged) bool { return j.ID == item.ID && j.Group == item.Group })
		r.Decide.Items[i].Cause = b.cause(all[at])
	}
	r.Better = b.list(all, judged.better, func(a, c judged) int { return compare(a.Before, c.Before) })
	r.NotMeasured = b.list(all, func(j judged) bool { return j.Standing == NotMeasured }, nil)
	r.Gaps = b.list(all, judged.hasGap, func(a, c judged) int { return compare(a.Coverage, c.Coverage) })
	r.Young = b.list(all, func(j judged) bool { return j.Standing == Young }, nil)
	r.Corrected = b.list(all, func(j judged) bool { return j.Raw != nil }, func(a, c judged) int { return cmp.Compare(c.mended(), a.mended()) })
	r.Corrections = b.counted()
}

func (b *builder) list(all []judged, in func(judged) bool, order func(a, c judged) int) List {
	var chosen []judged
	for _, j := range all {
		if in(j) {
			chosen = append(chosen, j)
		}
	}
	slices.SortStableFunc(chosen, func(a, c judged) int {
		if order != nil {
			if n := order(a, c); n != 0 {
				return n
			}
		}
		return cmp.Or(a.ID.Compare(c.ID), strings.Compare(a.Group.String(), c.Group.String()))
	})
	list := List{Items: []Item{}, More: max(0, len(chosen)-b.Limit)}
	for _, j := range chosen[:len(chosen)-list.More] {
		list.Items = append(list.Items, j.Item)
	}
	return list
}

// byUrgency puts what is over first, by how far, and then what is gone soonest.
func byUrgency(a, b judged) int {
	switch {
	case a.Standing != b.Standing && a.Standing == Over:
		return -1
	case a.Standing != b.Standing:
		return 1
	case a.Standing == Soon && !a.Gone.Equal(*b.Gone):
		return a.Gone.Compare(*b.Gone)
	default:
		return compare(a.Remaining, b.Remaining)
	}
}

func compare(a, b *float64) int {
	if a == nil || b == nil {
		return 0
	}
	return cmp.Compare(*a, *b)
}

type statusKey struct {
	id    slo.ID
	group slo.Group
}

func keyOf(s budget.Status) statusKey { return statusKey{s.Objective.ID, s.Group} }
