package prove

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"headroom/rules"
	"headroom/slo"
)

// Kind is the form of an indicator.
type Kind string

// The kinds.
const (
	RatioBad  Kind = "ratio of bad"
	RatioGood Kind = "ratio of good"
	Latency   Kind = "latency"
	Gauge     Kind = "gauge"
	Threshold Kind = "gauge with a threshold"
	Events    Kind = "events"
	Native    Kind = "latency of a native histogram"
	QueryBad  Kind = "query of bad"
	QueryGood Kind = "query of good"
	Share     Kind = "share of errors"
)

// Kinds returns all kinds.
func Kinds() []Kind {
	return []Kind{RatioBad, RatioGood, Latency, Gauge, Threshold, Events, Native, QueryBad, QueryGood, Share}
}

// spansSteps reports whether short counts span a whole step in every dialect.
func (k Kind) spansSteps() bool { return k == Native || k == QueryBad || k == QueryGood }

// counts reports whether pods count events that single requests are.
func (k Kind) counts() bool { return !slices.Contains([]Kind{Gauge, Threshold, Share, Events}, k) }

// Sided reports whether good and bad events are series of their own.
func (k Kind) Sided() bool {
	return slices.Contains([]Kind{RatioBad, RatioGood, QueryBad, QueryGood}, k)
}

// weight is how many events one observation counts as.
func (k Kind) weight() float64 {
	if k == Share {
		return lookWeight
	}
	return 1
}

// lookWeight is how many events one look at a share of errors is.
const lookWeight = 1000

// Scenario is a life of a service and of what watches it. Its times count from
// the begin of the world; the rules are loaded after History.
type Scenario struct {
	Seed       uint64 // of the single events
	Kind       Kind
	Dialect    rules.Dialect
	Regions    int // groups; 0 for an objective that is not grouped
	Pods       []Pod
	Target     string
	Resolution time.Duration
	Window     int // steps of the resolution
	History    int // steps before the rules are loaded
	Length     int // steps in all
	Scrape     time.Duration
	HashPhase  bool // evaluate at Prometheus's phases, not at whole multiples

	Rate      float64 // events of a pod between two scrapes
	Errors    float64 // share of them that is bad
	Incidents []Incident

	Gaps   []Gap    // in scraping
	Stalls []Span   // in which no rule is evaluated
	Missed []Miss   // single evaluations
	Idle   []string // groups of rules that are never evaluated, such as "short": long lives are cheaper
	Plan   *Choice  // nil for headroom's own plan
	Ledger *Reading

	Late        []Late       // scrapes that come late; where there is a ledger
	Corrections []Correction // of the ledger's balances
}

// Late is an interval whose scrapes of one pod, or of all (-1), are held back,
// and come all at once Lag after it. Later ones queue up behind them.
type Late struct {
	Span

	Pod int
	Lag time.Duration
}

// Pod is one process.
type Pod struct {
	Region int
	Offset time.Duration   // of its scrapes, less than the scrape interval
	Born   time.Duration   // 0 for from the begin
	Dies   time.Duration   // 0 for never
	Resets []time.Duration // rising
	Lazy   bool            // a series begins with its first event
}

// Span is an interval [From, To).
type Span struct{ From, To time.Duration }

func (s Span) holds(d time.Duration) bool { return d >= s.From && d < s.To }

// Incident changes the share of bad events, and the traffic by a factor.
type Incident struct {
	Span

	Errors, Traffic float64
}

// Gap is an interval without scrapes of one pod, or of all of them (-1). With
// Stale the series are marked as ended.
type Gap struct {
	Span

	Pod   int
	Stale bool
}

// Miss is one evaluation of one group of rules, such as "tile", that does not
// happen: that in the step with this number.
type Miss struct {
	Group string
	Step  int
}

// Choice is an alert plan.
type Choice struct {
	Unguarded  bool
	Dispersion string // "" measures it
	Material   string // share of the budget that a window must have spent; "" for any
	Long       int    // a page tier over so many steps at burn 2; 0 for the presets
}

// Reading is how a ledger is fed: every so many seconds from the rules' begin
// on.
type Reading struct {
	Every   time.Duration
	Pauses  []Span        // in which the ledger is away
	Restart bool          // it begins anew from its database after each
	Away    []Span        // in which the metrics store answers nothing
	Flaky   int           // of so many questions one is refused; 0 for none
	Late    time.Duration // after which it reads again what may have come late; 0 for never
}

// at is a time of the world. It begins at a multiple of every interval, six
// hours before a UTC day does and seven before the clocks of Europe go forward.
func at(d time.Duration) time.Time {
	return time.Date(2026, 3, 28, 18, 0, 0, 0, time.UTC).Add(d)
}

func (s *Scenario) steps(n int) time.Duration { return time.Duration(n) * s.Resolution }

// region names a group.
func region(i int) string { return fmt.Sprintf("r%d", i) }

// Objective returns the objective that the scenario is about.
func (s *Scenario) Objective() *slo.Objective {
	o := &slo.Objective{
		ID:         slo.ID{Namespace: "shop", Service: "checkout", Objective: "proof"},
		Target:     slo.MustTarget(s.Target),
		Window:     slo.Window{Rolling: s.steps(s.Window)},
		Resolution: s.Resolution,
		Indicator:  s.indicator(),
	}
	if s.Regions > 0 {
		o.GroupBy = []string{"region"}
	}
	if c := s.Plan; c != nil {
		o.Plan = &slo.AlertPlan{Name: "proof", Materiality: c.Material, Guard: slo.GuardWish{Off: c.Unguarded, Dispersion: c.Dispersion}}
		if c.Long > 0 {
			o.Plan.Tiers = []slo.TierWish{{Severity: "page", Burn: "2", Long: s.steps(c.Long)}}
		}
	}
	return o
}

func (s *Scenario) indicator() slo.Indicator {
	all := slo.MustCounter(`http_requests_total{job="checkout"}`)
	switch s.Kind {
	case RatioBad:
		return slo.Ratio{Bad: slo.MustCounter(`http_requests_total{job="checkout",code="500"}`), Total: all}
	case RatioGood:
		return slo.Ratio{Good: slo.MustCounter(`http_requests_total{job="checkout",code="200"}`), Total: all}
	case Latency:
		return slo.Latency{Histogram: "request_duration_seconds", Under: 300 * time.Millisecond, Unit: time.Second}
	case Gauge:
		return slo.Gauge{Selector: slo.MustCounter(`probe_success{job="checkout"}`)}
	case Threshold:
		return slo.Gauge{Selector: slo.MustCounter(`queue_depth{job="checkout"}`), Good: slo.Comparison{Op: "<=", Value: 100}}
	case Events:
		return slo.Events{EventKind: "pipeline"}
	case Native:
		return slo.Latency{Histogram: "request_duration_seconds", Under: 300 * time.Millisecond, Unit: time.Second, Native: true}
	case QueryBad:
		return slo.Query{Bad: counts(`increase(http_requests_total{job="checkout",code="500"}[$range])`), Total: counts(`increase(http_requests_total{job="checkout"}[$range])`)}
	case QueryGood:
		return slo.Query{Good: counts(`increase(http_requests_total{job="checkout",code="200"}[$range])`), Total: counts(`increase(http_requests_total{job="checkout"}[$range])`)}
	case Share:
		expr, err := slo.ParseInstant(`avg by (region) (error_share{job="checkout"})`)
		if err != nil {
			panic("prove: " + err.Error())
		}
		return slo.Raw{ErrorRatio: expr}
	default:
		panic("prove: unknown kind " + string(s.Kind))
	}
}

func counts(expr string) slo.Counts {
	c, err := slo.ParseCounts(expr)
	if err != nil {
		panic("prove: " + err.Error())
	}
	return c
}

// String tells the scenario, one fact in a line.
func (s *Scenario) String() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, "  "+format+"\n", args...) }
	line("%s, %s, target %s, resolution %s, window %d steps, seed %d", s.Kind, s.Dialect, s.Target, s.Resolution, s.Window, s.Seed)
	line("%d regions, scraped every %s; rules from step %d to %d; at Prometheus's phases: %v", s.Regions, s.Scrape, s.History, s.Length, s.HashPhase)
	line("%g events a scrape, %g of them bad", s.Rate, s.Errors)
	for i, p := range s.Pods {
		line("pod %d of %s: scraped at +%s, born %s, dies %s, resets %v, lazy %v", i, region(p.Region), p.Offset, p.Born, p.Dies, p.Resets, p.Lazy)
	}
	for _, i := range s.Incidents {
		line("incident %s: %g bad, traffic × %g", i.Span, i.Errors, i.Traffic)
	}
	for _, g := range s.Gaps {
		line("no scrapes of pod %d %s, marked stale: %v", g.Pod, g.Span, g.Stale)
	}
	for _, g := range s.Stalls {
		line("no evaluation %s", g)
	}
	for _, m := range s.Missed {
		line("no evaluation of %s in step %d", m.Group, m.Step)
	}
	if len(s.Idle) > 0 {
		line("no evaluation of %s", strings.Join(s.Idle, ", "))
	}
	if s.Plan != nil {
		line("plan %+v", *s.Plan)
	}
	if s.Ledger != nil {
		line("ledger read %+v", *s.Ledger)
	}
	for _, l := range s.Late {
		line("scrapes of pod %d %s come %s after that", l.Pod, l.Span, l.Lag)
	}
	for _, c := range s.Corrections {
		line("correction %s", c)
	}
	return b.String()
}

// String returns "from 1m to 2m".
func (s Span) String() string { return fmt.Sprintf("from %s to %s", s.From, s.To) }
