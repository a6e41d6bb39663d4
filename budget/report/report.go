// Package report says in a page how the error budgets fared in a period and
// what there is to decide. It computes from the ledger alone and renders to
// Markdown, JSON and Slack's blocks.
package report

import (
	"time"

	"headroom/budget"
	"headroom/slo"
)

// Standing is what a report says of one budget. Each budget has exactly one.
type Standing string

// The standings.
const (
	Over        Standing = "over"         // nothing is left
	Soon        Standing = "soon"         // gone within the next period at the present burn
	Caution     Standing = "caution"      // little is left
	Healthy     Standing = "healthy"      // known, measured over its whole window, and none of the above
	Young       Standing = "young"        // younger than its window, and none of the first two
	NoTraffic   Standing = "no_traffic"   // measured, and nothing happened: neither good nor bad
	NotMeasured Standing = "not_measured" // not known
)

// Report is the state of a number of budgets at a time, and what a period did
// to them. Its lists are sorted, the worst first, and bounded.
type Report struct {
	Period Period    `json:"period"`
	At     time.Time `json:"at"` // the moment that the standings hold for
	Scope  Scope     `json:"scope"`
	URL    string    `json:"url,omitempty"` // of the service, for links
	Totals Totals    `json:"totals"`

	Decide      List `json:"decide"`       // over, then soon
	Better      List `json:"better"`       // was over or in caution at the start, and is not
	NotMeasured List `json:"not_measured"` // what cannot be known, and why
	Gaps        List `json:"gaps"`         // known, with measurements missing in the period
	Young       List `json:"young"`
	Corrected   List `json:"corrected"` // whose window or period corrections touch, with the raw numbers

	Corrections Corrections `json:"corrections"` // those that they count
}

// Scope is which objectives a report is about; its zero value is all.
type Scope struct {
	Owner     string `json:"owner,omitempty"`
	Namespace string `json:"namespace,omitempty"`
	Channel   string `json:"channel,omitempty"`
}

// Match reports whether an objective is in the scope.
func (s Scope) Match(o *slo.Objective) bool {
	return (s.Owner == "" || s.Owner == o.Owner) &&
		(s.Namespace == "" || s.Namespace == o.ID.Namespace) &&
		(s.Channel == "" || s.Channel == o.Channel)
}

// Totals count every budget once: the standings add up to Budgets. A grouped
// objective has a budget for each group.
type Totals struct {
	Objectives  int `json:"objectives"`
	Budgets     int `json:"budgets"`
	Over        int `json:"over"`
	Soon        int `json:"soon"`
	Caution     int `json:"caution"`
	Healthy     int `json:"healthy"`
	Young       int `json:"young"`
	NoTraffic   int `json:"no_traffic"`
	NotMeasured int `json:"not_measured"`
}

// List is the first items of a list, and how many more it has.
type List struct {
	Items []Item `json:"items"`
	More  int    `json:"more"`
}

// Len returns how many items the whole list has.
func (l List) Len() int { return len(l.Items) + l.More }

// Item is one budget in a report. What is not known is nil.
type Item struct {
	ID     slo.ID     `json:"id"`
	Group  slo.Group  `json:"group"`
	Owner  string     `json:"owner"`
	Target slo.Target `json:"target"`
	Window string     `json:"window"`

	Standing  Standing         `json:"standing"`
	Was       Standing         `json:"was"` // at the start of the period: over, caution, healthy or not_measured
	Data      budget.DataState `json:"data"`
	Reason    string           `json:"reason,omitempty"`       // explains data when it is not ok
	Remaining *float64         `json:"remaining"`              // share of the budget
	Before    *float64         `json:"remaining_before"`       // at the start of the period
	Spent     *float64         `json:"spent_in_period"`        // share of the budget
	Burn      *float64         `json:"burn"`                   // the pace that Gone goes by; 1 is on budget
	Lookback  string           `json:"lookback,omitempty"`     // that Burn is of
	Gone      *time.Time       `json:"gone,omitempty"`         // when nothing is left at this pace
	Cause     *Cause           `json:"cause,omitempty"`        // where most of what was spent went
	Coverage  *float64         `json:"coverage"`               // measured share of the objective's life in the period, 0 to 1
	Missing   float64          `json:"missing_seconds"`        // what was not measured of that
	Raw       *Raw             `json:"raw,omitempty"`          // the same without corrections; absent where none touches it
	Corrected []string         `json:"corrected_by,omitempty"` // ids of the corrections that count in it
}

// Cause is the hour or the day of a period that spent most of a budget.
type Cause struct {
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
	Spent float64   `json:"spent"` // share of the budget
	Share float64   `json:"share"` // of the bad events in the period, 0 to 1
}
