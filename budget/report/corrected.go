package report

import (
	"math"
	"slices"
	"time"

	"headroom/budget/correction"
	"headroom/slo"
)

// Raw is what a budget in a report would be without corrections.
type Raw struct {
	Remaining *float64 `json:"remaining"`       // share of the budget
	Spent     *float64 `json:"spent_in_period"` // share of the budget
}

// Corrections are the first of those that count in a report, and how many more
// there are.
type Corrections struct {
	Items []Correction `json:"items"`
	More  int          `json:"more"`
}

// Correction is one that counts in budgets of a report.
type Correction struct {
	ID         string                `json:"id"`
	Name       string                `json:"name,omitempty"` // of the document that declares it
	Kind       correction.Kind       `json:"kind"`
	Category   correction.Category   `json:"category"`
	Reason     string                `json:"reason"`
	Author     string                `json:"author"`
	ApprovedBy string                `json:"approved_by,omitempty"` // nobody had to, when it is left out
	Intervals  []correction.Interval `json:"intervals"`             // the latest, at most three, the earlier first
	Count      int                   `json:"count"`                 // how many touch the windows or the period
	Budgets    int                   `json:"budgets"`               // of the report in which it counts
}

// maxIntervals is how many intervals of a correction a report tells.
const maxIntervals = 3

// counting is a correction that counts, with its intervals in all of the time
// that the report is about.
type counting struct {
	correction.Correction
	intervals []correction.Interval
	budgets   int
}

// longestWindow is how long before its end a report may look.
const longestWindow = 366 * 24 * time.Hour

// readCorrections takes those that count now: a report tells what is known
// today, also about a past period.
func (b *builder) readCorrections() {
	if b.Corrections == nil {
		return
	}
	from := b.at.Add(-longestWindow)
	if b.Period.Start.Before(from) {
		from = b.Period.Start
	}
	for _, c := range b.Corrections() {
		if !c.CountedAt(b.Now) {
			continue
		}
		if list := c.Terms.Intervals(from, b.at); len(list) > 0 {
			b.corrections = append(b.corrections, &counting{Correction: c, intervals: list})
		}
	}
}

// correct fills in the raw numbers of a budget that corrections touch, in its
// window or in the period, and which these are.
func (b *builder) correct(j *judged) {
	balance := &j.status.Balance
	raw := b.Ledger.RawSum(j.key, b.Period.Start, b.end(j))
	if !balance.Corrected && raw == j.period {
		return
	}
	account := balance.Raw
	j.Raw = &Raw{Remaining: account.Remaining}
	if account.Budget != nil && *account.Budget > 0 && raw.Measured > 0 {
		spent := raw.Bad.Events() / *account.Budget
		j.Raw.Spent = &spent
	}
	from := balance.Start
	if b.Period.Start.Before(from) {
		from = b.Period.Start
	}
	for _, c := range b.corrections {
		if c.counts(j.status.Objective, j.status.Group, from, balance.End, b.Now) {
			c.budgets++
			j.Corrected = append(j.Corrected, c.ID)
		}
	}
}

func (c *counting) counts(o *slo.Objective, g slo.Group, from, to, now time.Time) bool {
	return c.CountsFor(o, now) && (c.Terms.Kind != correction.Adjust || c.Terms.Group == g) &&
		slices.ContainsFunc(c.intervals, func(i correction.Interval) bool { return i.From.Before(to) && !i.To.Before(from) })
}

// mended is by how much corrections changed what is left of a budget.
func (j judged) mended() float64 {
	if j.Remaining == nil || j.Raw == nil || j.Raw.Remaining == nil {
		return math.Inf(1) // whether there is a number at all
	}
	return math.Abs(*j.Remaining - *j.Raw.Remaining)
}

// counted lists the corrections that count in budgets of the report, the one
// that counts in most of them first.
func (b *builder) counted() Corrections {
	var chosen []*counting
	for _, c := range b.corrections {
		if c.budgets > 0 {
			chosen = append(chosen, c)
		}
	}
	slices.SortStableFunc(chosen, func(a, c *counting) int { return c.budgets - a.budgets })
	list := Corrections{Items: []Correction{}, More: max(0, len(chosen)-b.Limit)}
	for _, c := range chosen[:len(chosen)-list.More] {
		list.Items = append(list.Items, Correction{
			ID: c.ID, Name: clean(c.Name), Kind: c.Terms.Kind, Category: c.Terms.Category, Reason: clean(c.Terms.Reason),
			Author: clean(c.Author), ApprovedBy: clean(c.ApprovedBy),
			Intervals: c.intervals[max(0, len(c.intervals)-maxIntervals):], Count: len(c.intervals), Budgets: c.budgets,
		})
	}
	return list
}
