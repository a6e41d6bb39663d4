package rules

import (
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"headroom/alerting"
	"headroom/slo"
)

// Names of the recorded series.
const (
	MetricInfo       = "slo:info"
	MetricTarget     = "slo:target:ratio"
	MetricBadShort   = "slo:bad:short"
	MetricTotalShort = "slo:total:short"
	MetricTotalStep  = "slo:total:step"
	MetricBadTile    = "slo:bad:tile"
	MetricTotalTile  = "slo:total:tile"
	MetricPeriod     = "slo:error:ratio_period"
	MetricRemaining  = "slo:budget_remaining:ratio"
	// MetricTotalPeriod is the number of events in the objective's window.
	MetricTotalPeriod = "slo:total:period"
	MetricDispersion  = "slo:dispersion:ratio"
	// MetricTierBurn is the burn rate of a tier while it fires, with the labels
	// severity and LabelTier; MetricTierWithheld is the same while evidence is
	// wanting.
	MetricTierBurn     = "slo:tier:burn"
	MetricTierWithheld = "slo:tier:withheld"
)

// LabelTier names a tier on MetricTierBurn and MetricTierWithheld by its long
// window: "1h". It gets underscores at its end where an objective has a group
// label of this name.
const LabelTier = "tier"

// MetricErrorRatio returns the name of the error ratio over a window of a
// tier: "slo:error:ratio1h".
func MetricErrorRatio(window time.Duration) string {
	return "slo:error:ratio" + slo.FormatDuration(window)
}

// MetricEvidence returns the name of the evidence in a window, in nats:
// "slo:evidence:nats1h".
func MetricEvidence(window time.Duration) string {
	return "slo:evidence:nats" + slo.FormatDuration(window)
}

// MetricTotal returns the name of the number of events in a window, which is
// recorded where sparse tiers depend on it: "slo:total:events6h".
func MetricTotal(window time.Duration) string { return "slo:total:events" + slo.FormatDuration(window) }

// MetricSpent returns the name of the share of the budget that a window spent,
// recorded where a plan asks for materiality: "slo:spent:ratio6h".
func MetricSpent(window time.Duration) string { return "slo:spent:ratio" + slo.FormatDuration(window) }

// Interval returns how often the error ratio over a window of an objective is
// recorded.
func Interval(o *slo.Objective, window time.Duration) time.Duration {
	return series{resolution: o.Resolution, step: alerting.Step(o.Resolution)}.stepOf(window)
}

// catchUpSteps is how far a tile looks back after missed evaluations, in
// resolution steps: 40 minutes at five. It is most of what is read of raw series.
const catchUpSteps = 8

// shortSteps is the length from which windows are sums of tiles, in resolution
// steps. Shorter ones are sums of the short counts, which are fresher.
const shortSteps = 24

// Windows of slowSteps resolution steps and more, two days at five minutes, are
// summed every slowParts steps only: nobody sees the difference, and they would
// be most of the cost.
const (
	slowSteps = 576
	slowParts = 6
	// slowEvidenceSteps is the length from which evidence is slow too. What
	// happens at once proves itself in the shorter windows.
	slowEvidenceSteps = 288
)

// series reads and writes the recorded series of one objective. Half a step is
// taken off every range over them, so that closed and left-open ranges hold the
// same samples.
type series struct {
	by         []string // group labels
	id, sli    string
	resolution time.Duration // r, the step of tiles
	step       time.Duration // s, the step of the short counts
	shortSpan  time.Duration // what a short count spans: a step or more
	identity   []Label
	matchers   []*labels.Matcher // of the identity; nobody changes them
	readsBack  bool
	elsewhere  bool          // in another group than the one that records the short windows
	newest     time.Duration // the range that holds the newest sample of the short group
}

func newSeries(o *slo.Objective, f features) series {
	id, sli := o.ID.String(), o.SLI()
	identity := []Label{{Name: "sli", Value: sli}, {Name: "slo", Value: id}}
	return series{
		by: o.GroupBy, id: id, sli: sli,
		resolution: o.Resolution, step: alerting.Step(o.Resolution), shortSpan: shortSpan(o, f),
		identity:  identity,
		matchers:  selector("", identity...).LabelMatchers,
		readsBack: f.readsBack,
		newest:    f.closed(alerting.Step(o.Resolution)),
	}
}

// ShortSpan returns what each short count of an objective spans. Where counts are
// exact whatever a range's length, that is one step, so that windows add up what
// happened once. Elsewhere (native histograms, queries, vmalert) it is a
// resolution, since increase extrapolates too much over few samples: windows then
// add up overlapping counts, in which the last minutes weigh less.
func ShortSpan(o *slo.Objective, d Dialect) time.Duration { return shortSpan(o, d.features()) }

func shortSpan(o *slo.Objective, f features) time.Duration {
	exact := f.anchored || f.differences
	switch in := o.Indicator.(type) {
	case slo.Latency:
		exact = exact && !in.Native
	case slo.Query: // its functions need not be anchored
		exact = false
	}
	if exact {
		return alerting.Step(o.Resolution)
	}
	return o.Resolution
}

// of selects a recorded series of the objective.
func (s series) of(metric string) *parser.VectorSelector {
	return &parser.VectorSelector{Name: metric, LabelMatchers: s.matchers}
}

// record is the rule that writes a series of the objective.
func (s series) record(metric string, e parser.Expr) Rule {
	return Rule{Record: metric, Expr: textOf(e), Labels: s.identity}
}

// now reads what an earlier rule of the same group recorded at this tick.
func (s series) now(metric string, step time.Duration) parser.Expr {
	return sumBy(s.by, over("last_over_time", s.of(metric), step/2))
}

// last reads the latest sample of a series, and forgives two late ticks.
func (s series) last(metric string, step time.Duration) parser.Expr {
	return maxBy(s.by, over("last_over_time", s.of(metric), 3*step))
}

// sum adds up the newest n samples of a series. One sample alone is that of the
// step before where rules do not see at once what was recorded.
func (s series) sum(metric string, n int64, step time.Duration) parser.Expr {
	span := time.Duration(n)*step - step/2
	if n == 1 && !s.readsBack {
		span += step
	}
	return sumBy(s.by, over("sum_over_time", s.of(metric), span))
}

// fromShort reports whether a window is a sum of short counts.
func (s series) fromShort(window time.Duration) bool { return window < shortSteps*s.resolution }

// isSlow reports whether a window is recorded in the slow group.
func (s series) isSlow(window time.Duration) bool { return window >= slowSteps*s.resolution }

// slowEvidence reports whether the evidence in a window is recorded in the slow
// group.
func (s series) slowEvidence(window time.Duration) bool {
	return window >= slowEvidenceSteps*s.resolution
}

// evidenceStep is the interval at which the evidence in a window is recorded.
func (s series) evidenceStep(window time.Duration) time.Duration {
	if s.slowEvidence(window) {
		return slowParts * s.resolution
	}
	return s.stepOf(window)
}

// fromTiles reports whether a window is recorded in the tile group.
func (s series) fromTiles(window time.Duration) bool {
	return !s.fromShort(window) && !s.isSlow(window)
}

// counts are the bad and the total events of a window, as many times as counts
// overlap: their ratio is that of the window, and events says how many they are.
func (s series) counts(window time.Duration) (bad, total parser.Expr) {
	if s.fromShort(window) {
		n := s.shortCounts(window)
		return s.sum(MetricBadShort, n, s.step), s.sum(MetricTotalShort, n, s.step)
	}
	n := max(int64((window+s.resolution/2)/s.resolution), 1)
	return s.sum(MetricBadTile, n, s.resolution), s.sum(MetricTotalTile, n, s.resolution)
}

// events are the bad and the total events of a window, each once.
func (s series) events(window time.Duration) (bad, total parser.Expr) {
	bad, total = s.counts(window)
	counted := time.Duration(s.shortCounts(window)) * s.shortSpan
	if !s.fromShort(window) || s.shortSpan == s.step || counted == window {
		return bad, total
	}
	once := &parser.NumberLiteral{Val: float64(window) / float64(counted)}
	return times(once, bad), times(once, total)
}

// shortCounts is how many short counts lie in a window.
func (s series) shortCounts(window time.Duration) int64 {
	return max(int64((window-(s.shortSpan-s.step)+s.step/2)/s.step), 1)
}

// periodStep is the interval at which what happened in the objective's window is
// recorded: with each tile, and each other one where it is all summed each time.
func (s series) periodStep() time.Duration {
	if s.readsBack {
		return s.resolution
	}
	return 2 * s.resolution
}

// stepOf is the interval at which the error ratio over a window is recorded.
func (s series) stepOf(window time.Duration) time.Duration {
	switch {
	case s.fromShort(window):
		return s.step
	case s.isSlow(window):
		return slowParts * s.resolution
	default:
		return s.resolution
	}
}

// inGroupOf reads a series of a window in the group that records it, after it.
func (s series) inGroupOf(metric string, window time.Duration) parser.Expr {
	if s.readsBack {
		return s.now(metric, s.stepOf(window))
	}
	return s.last(metric, s.stepOf(window))
}

// inShort reads a series of a window in the short group, after what this group
// records.
func (s series) inShort(metric string, window time.Duration) parser.Expr {
	switch {
	case s.fromShort(window) && !s.elsewhere:
		return s.inGroupOf(metric, window)
	case s.fromShort(window) && s.readsBack:
		return maxBy(s.by, over("last_over_time", s.of(metric), s.newest))
	}
	return s.last(metric, s.stepOf(window))
}
