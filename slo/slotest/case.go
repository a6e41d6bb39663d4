package slotest

import (
	"math/big"
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"headroom/slo"
	"headroom/slo/event"
)

// Suite is one document: the tests of one service.
type Suite struct {
	File    string
	Service string // "namespace/name", "" when the document is too broken to tell
	Place   slo.Place
	Cases   []Case // those in which nothing is wrong
	Broken  bool   // a problem was found in the document or in the specs it names
}

// Case is one test of one objective. Its times count from its start.
type Case struct {
	Name      string
	Place     slo.Place
	Objective *slo.Objective
	Groups    []slo.Group   // the zero group when not grouped; empty with Series means those that come out
	Before    time.Duration // of history, which is not evaluated
	Length    time.Duration
	Interval  time.Duration // between two samples
	// Phases is what happens to each group, from -Before to Length without
	// gaps. It is empty without history and made-up traffic.
	Phases map[slo.Group][]Phase
	Series []Series // given instead of traffic
	Runs   []Run    // given instead of traffic, rising by At
	Expect []Expectation
}

// MadeUp reports whether traffic is made up, rather than given as series or
// runs.
func (c *Case) MadeUp() bool { return len(c.Series) == 0 && len(c.Runs) == 0 }

// Phase is a time in which events come at a steady rate.
type Phase struct {
	From, To time.Duration
	Rate     *big.Rat // events a second
	Errors   *big.Rat // share of them that is bad, 0 to 1
	Missing  bool     // nothing is scraped
}

// Series is one series as the test gives it, one value per Interval.
type Series struct {
	Labels map[string]string
	Values []parser.SequenceValue
}

// Run is one platform event. Its times are the finished event's, at 0001-01-01
// plus the time in the test.
type Run struct {
	At    time.Duration
	Event event.Event // without times
	// Waited is how long it was queued, Took how long it ran.
	Waited, Took time.Duration
}

// Expectation is one thing that shall be so. It is about an alert when Alert is
// not empty, otherwise about the budget at a time.
type Expectation struct {
	Place slo.Place
	Group *slo.Group // nil: of every group

	At        time.Duration
	Remaining *Range // percent
	Bad       *Range
	Total     *Range
	Burn      []Lookback
	Ratio     []Lookback // percent
	Budget    string     // a budget.State, "" for any
	Data      string     // a budget.DataState, "" for any

	Alert    string // "page", "ticket", or the name of an alert
	Fires    *Range // seconds since the start
	Resolves *Range
	Times    *Range
	Never    bool
}

// Lookback is what a rate over a window shall be.
type Lookback struct {
	Window time.Duration
	Range  Range
}
