// Package gate answers whether something may be released now: it judges the
// error budgets of a service by the policies in force, says why in words and
// figures, and keeps what it answered.
package gate

import (
	"time"

	"headroom/budget"
	"headroom/budget/policy"
	"headroom/slo"
)

// Verdict is the answer in one word.
type Verdict string

// The verdicts.
const (
	Allowed Verdict = "allowed"
	Held    Verdict = "held"    // a policy holds it because of a budget
	Unknown Verdict = "unknown" // it cannot be known, and a policy is closed then
)

// Effect is what a policy makes of one budget.
type Effect string

// The effects, the most severe first.
const (
	Holds   Effect = "holds"   // the release waits
	Closes  Effect = "closes"  // the budget is not known and the policy is closed then
	Passes  Effect = "passes"  // it would hold or close, and this kind of change passes
	Advises Effect = "advises" // it would hold or close, and the policy only advises
	Young   Effect = "young"   // it would hold, and the objective is younger than its window
	Opens   Effect = "opens"   // the budget is not known and the policy is open then
)

func effects() []Effect { return []Effect{Holds, Closes, Passes, Advises, Young, Opens} }

// Request is what is asked.
type Request struct {
	Namespace, Service string
	Environment        string
	Change             policy.Change
	// Exempt: the caller may claim a kind of change that passes a freeze. The
	// change of any other caller is judged as a feature.
	Exempt bool
	At     time.Time
}

// Decision is the answer and what it rests on.
type Decision struct {
	Allowed     bool          `json:"allowed"`
	Verdict     Verdict       `json:"verdict"`
	Service     string        `json:"service"` // "namespace/name"
	Environment string        `json:"environment"`
	Change      policy.Change `json:"change"`     // as it was claimed
	CountedAs   policy.Change `json:"counted_as"` // as it was judged
	Summary     string        `json:"summary"`    // one sentence
	Reasons     []Reason      `json:"reasons"`    // the most severe first, never nil
	Omitted     int           `json:"omitted_reasons,omitempty"`
	Ways        []string      `json:"ways"` // what lets it pass, in sentences; never nil
	// State stands for the verdict and its reasons without their figures: it
	// changes when one of them does.
	State     string    `json:"state"`
	CheckedAt time.Time `json:"checked_at"`
}

// Reason is what one policy makes of one budget. What is not known is nil.
type Reason struct {
	Objective slo.ID    `json:"objective"`
	Group     slo.Group `json:"group"`
	Policy    string    `json:"policy"`
	Effect    Effect    `json:"effect"`
	Text      string    `json:"text"`

	Target       slo.Target       `json:"target"`
	Window       string           `json:"window"`
	Data         budget.DataState `json:"data"`
	BudgetState  budget.State     `json:"budget_state"`
	FreezeAt     float64          `json:"freeze_at"` // the policy holds at this remaining share or less
	Remaining    *float64         `json:"remaining"` // share of the budget; negative when overdrawn
	Spent        *float64         `json:"spent"`     // share of the budget
	Bad          *float64         `json:"bad"`       // events in the window
	Total        *float64         `json:"total"`     // events in the window
	BudgetEvents *float64         `json:"budget_events"`
	Burn         Burn             `json:"burn"`
}

// Burn is the error ratio over three lookbacks ÷ (1 − target); at 1 the budget
// is used up exactly at the end of the window.
type Burn struct {
	Hour      *float64 `json:"1h"`
	SixHours  *float64 `json:"6h"`
	ThreeDays *float64 `json:"3d"`
}

// Freeze says that a policy holds releases because of a budget.
type Freeze struct {
	Policy       string   `json:"policy"`
	Environments []string `json:"environments"`
}
