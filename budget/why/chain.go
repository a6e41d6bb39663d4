package why

import (
	"time"

	"headroom/budget"
	"headroom/budget/correction"
	"headroom/slo"
)

// Chain is how the balance of one group came to be, from its declaration to
// what follows from it.
type Chain struct {
	ID          slo.ID     `json:"id"`
	Group       slo.Group  `json:"group"`
	At          time.Time  `json:"at"`    // what the balance is asked for
	Known       *time.Time `json:"known"` // by what was known then; null: by what is known now
	Declared    Declared   `json:"declared"`
	Window      Window     `json:"window"`
	Slices      []Part     `json:"slices"` // by source; together they are raw
	Cut         *Cut       `json:"cut"`    // the slice that crosses the window's begin; null when none does
	Gaps        Gaps       `json:"gaps"`
	Raw         Sum        `json:"raw"`         // without corrections
	Corrections []Applied  `json:"corrections"` // those that touch the window, in the order in which they are taken out
	Corrected   Sum        `json:"corrected"`   // with them: what the arithmetic begins with
	Arithmetic  []Step     `json:"arithmetic"`
	Verdict     Verdict    `json:"verdict"`
	Recorded    Recorded   `json:"recorded"`
}

// Declared is what was promised, and how it is counted.
type Declared struct {
	Place      slo.Place  `json:"place"` // of the objective's key
	Spec       string     `json:"spec"`  // hash of all that its rules depend on
	SLI        string     `json:"sli"`   // hash of what is counted, or was when the balance was known
	Since      *time.Time `json:"since"` // when the ledger was first given an objective that counts so
	Note       string     `json:"note"`  // says, where something else is counted now, what of this is today's; empty otherwise
	Target     slo.Target `json:"target"`
	Window     string     `json:"window"`
	Resolution string     `json:"resolution"` // length of a tile
	Former     []Former   `json:"former"`     // what is kept from when it was counted otherwise, the latest first
	Kind       string     `json:"kind"`       // of the indicator; empty with a note
	Counts     []Counted  `json:"counts"`     // none with a note
}

// Former are slices of an indicator that the objective had before. They count in
// no window of the present one.
type Former struct {
	SLI    string    `json:"sli"`
	Slices int       `json:"slices"`
	First  time.Time `json:"first"` // begin of the first slice
	Last   time.Time `json:"last"`  // end of the last one
}

// Counted is one part of an indicator.
type Counted struct {
	Role string `json:"role"` // bad, good, total or another
	Text string `json:"text"`
}

// Window is the time that is judged, and how much of it was measured.
type Window struct {
	Start    time.Time  `json:"start"`
	End      time.Time  `json:"end"`
	Life     *time.Time `json:"life"`     // begin of the objective's life in the ledger
	Coverage *float64   `json:"coverage"` // share of its life in the window that was measured, as corrected, 0 to 1
}

// Part is what the slices of one source add to the window.
type Part struct {
	Source   string    `json:"source"` // tile, raw or event
	Slices   int       `json:"slices"`
	First    time.Time `json:"first"` // begin of the first slice
	Last     time.Time `json:"last"`  // end of the last one
	Measured string    `json:"measured"`
	Bad      float64   `json:"bad"`
	Total    float64   `json:"total"`
}

// Cut is a slice that begins before the window. What of it counts is in
// proportion to time.
type Cut struct {
	Start        time.Time `json:"start"`
	End          time.Time `json:"end"`
	Bad          float64   `json:"bad"`
	Total        float64   `json:"total"`
	CountedBad   float64   `json:"counted_bad"`
	CountedTotal float64   `json:"counted_total"`
}

// Gaps are times of the objective's life in the window without a slice.
type Gaps struct {
	Count int                   `json:"count"`
	Time  string                `json:"time"`  // of all of them
	First []correction.Interval `json:"first"` // the first hundred
}

// Sum is what a window adds up to. Counts are exact to a hundredth of an event.
type Sum struct {
	Bad      float64 `json:"bad"`
	Total    float64 `json:"total"`
	Measured string  `json:"measured"`
	Life     string  `json:"life"`
}

// Applied is a correction and what it took out of the sums that the ones before
// it had left. What it added is negative.
type Applied struct {
	ID         string                `json:"id"`
	Name       string                `json:"name,omitempty"` // of the document that declares it
	File       string                `json:"file,omitempty"`
	Kind       correction.Kind       `json:"kind"`
	Category   correction.Category   `json:"category"`
	Reason     string                `json:"reason"`
	Author     string                `json:"author"`
	CreatedAt  time.Time             `json:"created_at"`
	ApprovedBy string                `json:"approved_by,omitempty"` // nobody had to, when it is left out
	ApprovedAt time.Time             `json:"approved_at"`           // since when it counts
	Intervals  []correction.Interval `json:"intervals"`             // those that touch the window, at most a hundred
	Count      int                   `json:"count"`                 // how many there are
	Bad        float64               `json:"bad"`                   // events taken out
	Total      float64               `json:"total"`
	Measured   string                `json:"measured"` // time taken out of what was measured
	Life       string                `json:"life"`     // time taken out of its life
}

// Step is one line of the arithmetic.
type Step struct {
	Name        string   `json:"name"`        // of what it computes
	Formula     string   `json:"formula"`     // "(1 − target) × total"
	Calculation string   `json:"calculation"` // the same with its numbers
	Result      string   `json:"result"`      // a decimal; "" when it cannot be known
	Exact       bool     `json:"exact"`       // the decimal is exact; otherwise it is rounded to 12 decimals
	Value       *float64 `json:"value"`       // what the balance says
}

// Verdict is what the numbers mean.
type Verdict struct {
	Data    budget.DataState `json:"data"`
	State   budget.State     `json:"budget_state"`
	Reason  string           `json:"reason,omitempty"`
	Rules   []Rule           `json:"rules"`   // in the order in which they are tried; the first that holds decides
	Freezes []string         `json:"freezes"` // policies that hold releases because of it
	Gate    []string         `json:"gate"`    // what each policy makes of it, in sentences
}

// Rule is one of the rules that the state follows from.
type Rule struct {
	State budget.State `json:"budget_state"`
	When  string       `json:"when"`
	Holds bool         `json:"holds"` // it decides
}

// Recorded is how tiles are recorded, and what to evaluate to check the raw sums
// in the metrics store.
type Recorded struct {
	Datasource string    `json:"datasource,omitempty"` // the metrics store
	Dialect    string    `json:"dialect"`
	At         time.Time `json:"at"`    // when to evaluate what checks
	Tile       Queries   `json:"tile"`  // records one tile
	Tiles      Queries   `json:"tiles"` // adds up the tiles of the window
	Raw        Queries   `json:"raw"`   // counts the raw series over the window, in every group
}

// Queries count bad and total events; they are empty where the metrics store
// has nothing to count.
type Queries struct {
	Bad   string `json:"bad"`
	Total string `json:"total"`
}
