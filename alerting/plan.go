package alerting

import (
	"fmt"
	"math/big"
	"time"

	"headroom/slo"
)

// Limits of a tier.
const (
	// maxThreshold is the highest error ratio that a tier waits for. Nearer to
	// 1 an alert would need a total outage for its whole long window.
	maxThreshold = "0.8"
	// shortParts is how many short windows make a long one.
	shortParts = 12
	// minShortParts drops tiers whose short window would be longer than the
	// long one divided by it: it would end long after the problem.
	minShortParts = 4
	// scrapesPerShort is how many scrapes a short window spans at least.
	scrapesPerShort = 4
	// scrapesPerStep is how many scrapes are assumed in one resolution step.
	scrapesPerStep = 10
	// factorDigits is how many decimals of a factor are kept.
	factorDigits = 4
)

// Plan is what is watched for one objective.
type Plan struct {
	Tiers   []Tier // in the order of the presets
	Dropped []Dropped
}

// Tier is one pair of windows. It fires while the error ratio over Long and
// the one over Short are both above Threshold.
type Tier struct {
	Severity Severity
	Share    float64 // of the budget that is gone when it fires on a steady burn, 0 to 1
	Long     time.Duration
	Short    time.Duration
	// Factor is the burn rate that fires: 1 uses up the budget exactly at the
	// end of the window. FactorString is the same as a decimal of at most four
	// digits.
	Factor       float64
	FactorString string
	// Threshold is Factor × (1 − target), an error ratio from 0 to 1.
	// ThresholdString is the exact decimal, for use in rules and texts.
	Threshold       float64
	ThresholdString string
}

// Dropped is a wish that the objective cannot have.
type Dropped struct {
	Preset Preset
	Long   time.Duration // as it would have been
	Short  time.Duration
	Reason string // one sentence
}

// ScrapeInterval returns the scrape interval that a plan assumes for an
// objective of a resolution: a tenth of it, and at least a second.
func ScrapeInterval(resolution time.Duration) time.Duration {
	return max(resolution/scrapesPerStep, time.Second)
}

// Step returns the interval of the short counts of an objective of a
// resolution: the resolution, but at most a minute.
func Step(resolution time.Duration) time.Duration { return min(resolution, time.Minute) }

// NewPlan derives the plan of a valid objective from the presets. With x the
// share, P the objective's window, b = 1 − target:
//
//	L ← min(L, x·P)        so that the factor f = x·P/L is at least 1
//	L ← max(L, x·P·b/0.8)  so that the threshold f·b is at most 0.8, when b ≤ 0.8
//	S = max(L/12, 4 scrapes, resolution)
//
// A tier with S > L/4 is dropped, and so is one that equals another. Factors
// are cut to four decimals and windows rounded to whole steps.
func NewPlan(o *slo.Objective) Plan {
	var plan Plan
	for _, preset := range Presets() {
		tier := newTier(o, preset)
		if reason := plan.refuses(tier); reason != "" {
			plan.Dropped = append(plan.Dropped, Dropped{Preset: preset, Long: tier.Long, Short: tier.Short, Reason: reason})
			continue
		}
		plan.Tiers = append(plan.Tiers, tier)
	}
	return plan
}

// Of returns the tiers of one severity, in order.
func (p Plan) Of(severity Severity) []Tier {
	var tiers []Tier
	for _, t := range p.Tiers {
		if t.Severity == severity {
			tiers = append(tiers, t)
		}
	}
	return tiers
}

// Detection returns how long after the begin of a steady error ratio (0 to 1)
// the tier fires, on a clean history and apart from the delay of scrapes and
// evaluations: L·θ/e. It is false when the tier never fires at that ratio.
func (t Tier) Detection(errorRatio float64) (time.Duration, bool) {
	if !(errorRatio > t.Threshold) {
		return 0, false
	}
	return time.Duration(float64(t.Long) * t.Threshold / errorRatio), true
}

// Reset returns how long after the end of a steady error ratio (0 to 1) that
// made the tier fire it stops: S·(1−θ/e). It is false when the tier never
// fires at that ratio.
func (t Tier) Reset(errorRatio float64) (time.Duration, bool) {
	if !(errorRatio > t.Threshold) {
		return 0, false
	}
	return time.Duration(float64(t.Short) * (1 - t.Threshold/errorRatio)), true
}

func (p Plan) refuses(t Tier) string {
	if t.Short > t.Long/minShortParts {
		return fmt.Sprintf("its short window of %s would be longer than a quarter of its long window of %s",
			slo.FormatDuration(t.Short), slo.FormatDuration(t.Long))
	}
	for _, other := range p.Tiers {
		if other.Long == t.Long && other.Short == t.Short && other.ThresholdString == t.ThresholdString {
			return fmt.Sprintf("it equals the %s tier over %s", other.Severity, slo.FormatDuration(other.Long))
		}
	}
	return ""
}

func newTier(o *slo.Objective, preset Preset) Tier {
	var (
		share     = rat(preset.Share)
		b         = rat(o.Target.BudgetString())
		budget    = new(big.Rat).Mul(share, nanos(o.Window.Rolling)) // x·P
		factor    = new(big.Rat).Quo(budget, nanos(preset.Long))
		one       = big.NewRat(1, 1)
		highest   = rat(maxThreshold)
		maxFactor = new(big.Rat).Quo(highest, b)
		long      = preset.Long
		step      = Step(o.Resolution)
	)
	capped := factor.Cmp(maxFactor) > 0
	if capped {
		factor = maxFactor
	}
	if factor.Cmp(one) < 0 {
		factor, capped = one, false
	}
	if exact := new(big.Rat).Quo(budget, factor); exact.Cmp(nanos(long)) != 0 {
		long = max(roundTo(exact, step), step)
	}
	factor = cut(factor)
	threshold := new(big.Rat).Mul(factor, b)
	if capped {
		threshold = highest
	}
	scrapes := scrapesPerShort * ScrapeInterval(o.Resolution)
	short := ceilTo(max(long/shortParts, scrapes, o.Resolution), step)
	return Tier{
		Severity: preset.Severity, Share: float(share), Long: long, Short: short,
		Factor: float(factor), FactorString: decimal(factor),
		Threshold: float(threshold), ThresholdString: decimal(threshold),
	}
}
