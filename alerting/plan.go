package alerting

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
	"strconv"
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
	Name        string // of the document that it comes from; "" for headroom's own
	Tiers       []Tier // pages first, each severity's by the length of their long windows
	Dropped     []Dropped
	Budget      string // 1 − target, an exact decimal
	Guard       Guard
	Materiality string // share of the budget, a decimal, that the long window must have spent; "" for any
	Page        Notice
	Ticket      Notice
	Others      []Other // one of each of Kinds, in their order
}

// Tier is one pair of windows. It fires while the error ratio over Long and
// the one over Short are both above Threshold, it is not Sparse or the traffic
// is, and there is evidence.
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
	Sparse          *Sparse // nil for a tier that always applies
}

// Name tells a tier from the others of its severity: its long window, "1h".
func (t Tier) Name() string { return slo.FormatDuration(t.Long) }

// Dropped is a wish that the objective cannot have.
type Dropped struct {
	Preset Preset
	Share  float64       // of the budget, as it would have been; 0 when that is unknown
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

// NewPlan derives the plan of a valid objective from the presets, or from what
// its document of the kind plan says. With x the share, P the objective's
// window, b = 1 − target:
//
//	L ← min(L, x·P)        so that the factor f = x·P/L is at least 1
//	L ← max(L, x·P·b/0.8)  so that the threshold f·b is at most 0.8, when b ≤ 0.8
//	S = max(L/12, 4 scrapes, resolution)
//
// A tier with S > L/4 is dropped, and so is one that equals another. A sparse
// tier takes the factor of the last tier of its severity. Factors are cut to
// four decimals and windows rounded to whole steps. The order of the wishes
// matters for sparse tiers only: texts speak of the shortest windows.
func NewPlan(o *slo.Objective) Plan {
	plan := Plan{Budget: o.Target.BudgetString(), Guard: newGuard(o), Page: newNotice(o, Page), Ticket: newNotice(o, Ticket), Others: newOthers(o)}
	if o.Plan != nil {
		plan.Name, plan.Materiality = o.Plan.Name, o.Plan.Materiality
	}
	for _, preset := range wishes(o) {
		plan.add(o, preset)
	}
	slices.SortFunc(plan.Tiers, func(a, b Tier) int {
		return cmp.Or(cmp.Compare(a.Severity, b.Severity), cmp.Compare(a.Long, b.Long)) // "page" comes before "ticket"
	})
	return plan
}

func (p *Plan) add(o *slo.Objective, preset Preset) {
	drop := func(t Tier, reason string) {
		preset.Share = cmp.Or(preset.Share, strconv.FormatFloat(t.Share, 'f', -1, 64))
		p.Dropped = append(p.Dropped, Dropped{Preset: preset, Share: t.Share, Long: t.Long, Short: t.Short, Reason: reason})
	}
	if !preset.Sparse {
		tier := newTier(o, preset)
		if reason := p.refuses(tier); reason != "" {
			drop(tier, reason)
			return
		}
		p.Tiers = append(p.Tiers, tier)
		return
	}
	prolonged, found := p.prolonged(preset.Severity)
	tier := Tier{Severity: preset.Severity, Long: max(ceilTo(preset.Long, Step(o.Resolution)), Step(o.Resolution))}
	switch {
	case p.Guard.Off || rat(p.Guard.Needed(preset.Severity)).Sign() == 0:
		drop(tier, "it stands in where the guard withholds another tier for want of evidence, and none is asked for")
		return
	case !found:
		drop(tier, "the tier that it stands in for is left out")
		return
	case tier.Long <= prolonged.Long:
		drop(tier, fmt.Sprintf("it stands in for the tier over %s, which is not shorter", prolonged.Name()))
		return
	}
	tier = longer(o, tier, prolonged)
	tier.Sparse = p.Guard.sparse(prolonged, rat(p.Budget))
	if reason := p.refuses(tier); reason != "" {
		drop(tier, reason)
		return
	}
	p.Tiers = append(p.Tiers, tier)
}

// prolonged is the tier that a sparse one of a severity takes its burn from.
func (p *Plan) prolonged(severity Severity) (Tier, bool) {
	for _, t := range slices.Backward(p.Tiers) {
		if t.Severity == severity && t.Sparse == nil {
			return t, true
		}
	}
	return Tier{}, false
}

// Of returns the tiers of one severity, the one over the shortest window first.
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

func (p *Plan) refuses(t Tier) string {
	if t.Short > t.Long/minShortParts {
		return fmt.Sprintf("its short window of %s would be longer than a quarter of its long window of %s",
			slo.FormatDuration(t.Short), slo.FormatDuration(t.Long))
	}
	if t.Share > 1 {
		return "more than the whole budget would be gone before it fires"
	}
	for _, other := range p.Tiers {
		switch {
		case other.Long != t.Long, other.Severity != t.Severity && (other.Sparse != nil || t.Sparse != nil):
		case other.Short == t.Short && other.ThresholdString == t.ThresholdString:
			return fmt.Sprintf("it equals the %s tier over %s", other.Severity, other.Name())
		case other.Severity == t.Severity:
			return fmt.Sprintf("there is another %s tier over %s", other.Severity, other.Name())
		}
	}
	return ""
}

func newTier(o *slo.Objective, preset Preset) Tier {
	var (
		share     = shareOf(o, preset)
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
	if exact := new(big.Rat).Quo(budget, factor); exact.Cmp(nanos(long)) != 0 || long%step != 0 {
		long = max(roundTo(exact, step), step)
	}
	factor = cut(factor)
	threshold := new(big.Rat).Mul(factor, b)
	if capped {
		threshold = highest
	}
	return Tier{
		Severity: preset.Severity, Share: float(share), Long: long, Short: shortOf(o, long),
		Factor: float(factor), FactorString: decimal(factor),
		Threshold: float(threshold), ThresholdString: decimal(threshold),
	}
}

// shareOf is the share of the budget that a preset waits for.
func shareOf(o *slo.Objective, preset Preset) *big.Rat {
	if preset.Factor == "" {
		return rat(preset.Share)
	}
	spent := new(big.Rat).Mul(rat(preset.Factor), nanos(preset.Long))
	return spent.Quo(spent, nanos(o.Window.Rolling))
}

func shortOf(o *slo.Objective, long time.Duration) time.Duration {
	scrapes := scrapesPerShort * ScrapeInterval(o.Resolution)
	return ceilTo(max(long/shortParts, scrapes, o.Resolution), Step(o.Resolution))
}

// longer is a tier over its long window at the burn of another one.
func longer(o *slo.Objective, t, prolonged Tier) Tier {
	t.Short = shortOf(o, t.Long)
	t.Factor, t.FactorString = prolonged.Factor, prolonged.FactorString
	t.Threshold, t.ThresholdString = prolonged.Threshold, prolonged.ThresholdString
	spent := new(big.Rat).Mul(rat(t.FactorString), nanos(t.Long))
	t.Share = float(spent.Quo(spent, nanos(o.Window.Rolling)))
	return t
}
