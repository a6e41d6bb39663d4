package v1

import (
	"time"

	"headroom/alerting"
	"headroom/budget"
	"headroom/slo"
)

// SLO is the status of one group of one objective. An objective that is not
// grouped has exactly one, with an empty group.
type SLO struct {
	ID    slo.ID    `json:"id"`    // "namespace/service/objective"
	Group slo.Group `json:"group"` // labels, {} when not grouped
	Owner string    `json:"owner"` // "" when none is declared
	// Labels are those that the spec declares, its service's and its own.
	Labels map[string]string `json:"labels,omitempty"`

	// Target is the wanted share of good events as it is declared: the exact
	// decimal percentage "99.9%". It is text because 0.999 and its rest 0.001
	// are no float64; slo.ParseTarget reads it, and budget.events has its effect
	// as a number.
	Target slo.Target `json:"target"`
	// Window is the length of the rolling window in Prometheus's notation: "28d".
	Window string `json:"window"`

	Data        budget.DataState `json:"data"`
	BudgetState budget.State     `json:"budget_state"`
	Coverage    *float64         `json:"coverage"`    // measured share of the objective's life in the window, 0 to 1
	Total       *float64         `json:"total"`       // events in the window
	Bad         *float64         `json:"bad"`         // bad events in the window
	ErrorRatio  *float64         `json:"error_ratio"` // bad ÷ total, 0 to 1
	Budget      Budget           `json:"budget"`
	Burn        Burn             `json:"burn"`

	// Corrected says that corrections touch the window; then Raw has the numbers
	// without them. Otherwise the numbers above are the raw ones, too.
	Corrected bool     `json:"corrected,omitempty"`
	Raw       *Account `json:"raw,omitempty"`

	Measured string     `json:"measured"`           // how much of the window was measured: "15 of 28 days measured"
	Since    *time.Time `json:"since"`              // when its life begins in the ledger
	At       time.Time  `json:"at"`                 // the moment that the numbers hold for
	Through  *time.Time `json:"through"`            // how far the data reach; null when there are none
	Stale    bool       `json:"stale,omitempty"`    // the data end longer ago than they do while they are read as they come
	Reason   string     `json:"reason,omitempty"`   // one sentence that explains data when it is not ok
	Formerly []slo.ID   `json:"formerly,omitempty"` // earlier ids whose ledger it continues
	// Backfill is the share of the window, 0 to 1, whose raw history was read;
	// absent when all of it was. Until then the numbers are of what was read.
	Backfill *float64 `json:"backfill,omitempty"`
	// Datasource is the metrics store that it is read from; absent when it is
	// read from none.
	Datasource string   `json:"datasource,omitempty"`
	Freezes    []Freeze `json:"freezes,omitempty"` // policies that hold releases because of it
}

// Account is what the window says without corrections. Its fields mean what
// those of an SLO do.
type Account struct {
	Coverage   *float64 `json:"coverage"`
	Total      *float64 `json:"total"`
	Bad        *float64 `json:"bad"`
	ErrorRatio *float64 `json:"error_ratio"`
	Budget     Budget   `json:"budget"`
}

// Budget is what may go wrong in the window and what is left of it.
type Budget struct {
	Events    *float64 `json:"events"`    // events that may be bad: (1 − target) × total
	Spent     *float64 `json:"spent"`     // bad ÷ events; 1 is all of it, more is over
	Remaining *float64 `json:"remaining"` // 1 − spent; negative when over
}

// Burn is the speed of spending over three lookbacks: the error ratio there
// ÷ (1 − target). At 1 the budget is gone exactly at the end of the window.
type Burn struct {
	Hour      *float64 `json:"1h"`
	SixHours  *float64 `json:"6h"`
	ThreeDays *float64 `json:"3d"`
}

// Objective is what GET /api/v1/slos/{namespace}/{service}/{objective}
// answers: the declaration with every default filled in, and the status of
// each of its groups, by group.
type Objective struct {
	ID          slo.ID            `json:"id"`
	Description string            `json:"description"`
	Owner       string            `json:"owner"`
	Channel     string            `json:"channel"`
	Runbook     string            `json:"runbook"`
	Labels      map[string]string `json:"labels"`
	Target      slo.Target        `json:"target"`
	Window      string            `json:"window"`
	Resolution  string            `json:"resolution"`
	Indicator   Indicator         `json:"indicator"`
	GroupBy     []string          `json:"group_by"` // sorted label names, [] when not grouped
	Formerly    []slo.ID          `json:"formerly"`
	Place       slo.Place         `json:"place"` // in the spec file
	// Datasource is the metrics store that it is read from; absent when it is
	// read from none.
	Datasource string  `json:"datasource,omitempty"`
	SLI        string  `json:"sli"`  // hash of what is counted, 8 hex digits
	Spec       string  `json:"spec"` // hash of what the rules depend on, 8 hex digits
	Alerts     []Alert `json:"alerts"`
	Statuses   []SLO   `json:"statuses"`
}

// Alert is one pair of windows that is watched: it fires while the error
// ratios over both are above ErrorRatio.
type Alert struct {
	Severity   alerting.Severity `json:"severity"`              // page or ticket
	Long       string            `json:"long"`                  // "1h"
	Short      string            `json:"short"`                 // "5m"
	Burn       float64           `json:"burn"`                  // burn rate from which it fires
	ErrorRatio float64           `json:"error_ratio"`           // burn × (1 − target), 0 to 1
	LowTraffic bool              `json:"low_traffic,omitempty"` // it applies only while few events come
}

// Indicator says what is counted.
type Indicator struct {
	Kind  string `json:"kind"`          // its key in the spec: ratio, latency, gauge and so on
	Bad   string `json:"bad,omitempty"` // in the notation of the spec: PromQL without ranges, or CEL
	Good  string `json:"good,omitempty"`
	Total string `json:"total,omitempty"`
	Under string `json:"under,omitempty"` // the threshold of a duration, "300ms"
}
