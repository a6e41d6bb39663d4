package budget

import (
	"time"

	"headroom/slo"
)

// DataState says how far the data behind a balance can be trusted.
type DataState string

// The data states.
const (
	DataOK           DataState = "ok"
	DataYoung        DataState = "young"         // exists for less than its window, and was measured
	DataNoTraffic    DataState = "no_traffic"    // measured, and nothing happened
	DataUnmeasured   DataState = "unmeasured"    // less than MinCoverage of its life in the window was measured
	DataAbsent       DataState = "absent"        // the metrics store has no series for it
	DataRulesMissing DataState = "rules_missing" // the metrics store does not run the rules of the current spec
)

// State says how the budget stands.
type State string

// The budget states.
const (
	StateHealthy   State = "healthy"
	StateCaution   State = "caution"   // less than CautionRemaining is left
	StateExhausted State = "exhausted" // nothing is left
	StateUnknown   State = "unknown"
)

// Thresholds of the states.
const (
	MinCoverage      = 0.9  // share of the objective's life in the window
	CautionRemaining = 0.25 // share of the budget
)

// Balance is the account of one group of one objective over its window, as
// corrected. A number that cannot be known is nil, never 0 or 1.
type Balance struct {
	Start, End time.Time     // the window
	Since      time.Time     // when the objective's life begins, as far as the ledger knows; zero when it has none
	Measured   time.Duration // of Life
	Life       time.Duration // of the window since Since
	Coverage   *float64      // Measured ÷ Life, 0 to 1; nil without a life
	Total, Bad *float64      // events, nil when nothing was measured
	ErrorRatio *float64      // Bad ÷ Total, 0 to 1; nil without traffic
	Budget     *float64      // events that may be bad: (1 − target) × Total
	Spent      *float64      // Bad ÷ Budget, 1 = all of it; may exceed 1; nil in StateUnknown
	Remaining  *float64      // 1 − Spent; may be negative; nil in StateUnknown
	Burn       map[time.Duration]*float64

	Corrected bool    // whether corrections touch the window
	Raw       Account // the same without corrections
}

// Account is what a balance says without its corrections. Its fields mean what
// those of Balance do.
type Account struct {
	Measured, Life time.Duration
	Coverage       *float64
	Total, Bad     *float64
	ErrorRatio     *float64
	Budget         *float64
	Spent          *float64 // nil when too little was measured, as in StateUnknown
	Remaining      *float64
}

// BurnLookbacks are the lookbacks that a balance has burn rates for.
func BurnLookbacks() []time.Duration {
	return []time.Duration{time.Hour, 6 * time.Hour, 3 * 24 * time.Hour}
}

// Status is what is known about one group of one objective at a time.
type Status struct {
	Objective *slo.Objective
	Group     slo.Group
	At        time.Time
	Balance   Balance
	Data      DataState
	State     State
	Reason    string // one sentence that explains Data when it is not ok
	// Backfill is the share of the window, 0 to 1, whose raw history was read;
	// nil when all of it was.
	Backfill *float64
	// Through is how far the slices reach: the end of the last one by At; zero
	// without one.
	Through time.Time
}

// Stale reports whether the slices end longer ago than they do while they are
// read as they come, late ones and delays included.
func (s Status) Stale() bool {
	return !s.Through.IsZero() && s.At.Sub(s.Through) > staleAfter(s.Objective.Resolution)
}
