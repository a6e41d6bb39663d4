package rules

import (
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"headroom/alerting"
)

// dispersionSteps is how often the dispersion is measured, in resolution steps:
// six hours at five minutes, so that four weeks of tiles cost next to nothing
// and an incident does not argue against its own evidence.
const dispersionSteps = 72

// proving are the windows whose evidence counts: the long ones.
func proving(plan alerting.Plan) []time.Duration {
	var list []time.Duration
	if plan.Guard.Off && plan.Materiality == "" {
		return nil
	}
	for _, t := range plan.Tiers {
		list = append(list, t.Long)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// traffic are the windows whose events sparse tiers depend on.
func traffic(plan alerting.Plan) []time.Duration {
	var list []time.Duration
	for _, t := range plan.Tiers {
		if t.Sparse != nil {
			list = append(list, t.Sparse.Window)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// formulas is Arithmetic that writes PromQL.
type formulas struct{}

var _ alerting.Arithmetic[parser.Expr] = formulas{}

func (formulas) Number(decimal string) parser.Expr  { return number(decimal) }
func (formulas) Add(a, b parser.Expr) parser.Expr   { return binary(parser.ADD, a, b) }
func (formulas) Sub(a, b parser.Expr) parser.Expr   { return minus(a, b) }
func (formulas) Mul(a, b parser.Expr) parser.Expr   { return times(a, b) }
func (formulas) Div(a, b parser.Expr) parser.Expr   { return ratio(a, b) }
func (formulas) Ln(a parser.Expr) parser.Expr       { return call("ln", a) }
func (formulas) Above(a, b parser.Expr) parser.Expr { return above(a, b) }
func (formulas) Or(a, b parser.Expr) parser.Expr    { return either(a, b) }

// evidence is how much the events of a window prove, in the group that records
// its error ratio.
func (c compiler) evidence(window time.Duration) parser.Expr {
	burning := reuse(c.inGroupOf(MetricErrorRatio(window), window))
	if c.slowEvidence(window) && !c.isSlow(window) {
		burning = reuse(c.last(MetricErrorRatio(window), c.stepOf(window)))
	}
	bad, _ := c.events(window)
	return alerting.Evidence(formulas{}, c.counter.observations(bad), burning, number(c.plan.Budget), c.dispersion(burning))
}

// slowEvidenceRules record the evidence in windows of a day and more that are not
// slow themselves.
func (c compiler) slowEvidenceRules() [][]Rule {
	var lists [][]Rule
	for _, w := range c.proving {
		if c.slowEvidence(w) && !c.isSlow(w) {
			lists = append(lists, []Rule{c.record(MetricEvidence(w), c.evidence(w))})
		}
	}
	return lists
}

// dispersion is the declared one, or what was measured last; 1 before that,
// with the groups of like.
func (c compiler) dispersion(like parser.Expr) parser.Expr {
	if declared := c.plan.Guard.Dispersion; declared != "" {
		return number(declared)
	}
	return either(c.last(MetricDispersion, dispersionSteps*c.resolution), binary(parser.ADD, zero(like), number("1")))
}

// measuresDispersion reports whether there is something to measure it for.
func (c compiler) measuresDispersion() bool {
	return len(c.proving) > 0 && !c.plan.Guard.Off && c.plan.Guard.Dispersion == ""
}

// dispersionRule records the variance of the bad events of a tile over their
// mean.
func (c compiler) dispersionRule() Rule {
	span := min(c.objective.Window.Rolling, alerting.DispersionOver) - c.resolution/2
	of := func(function string) parser.Expr { return maxBy(c.by, over(function, c.of(MetricBadTile), span)) }
	dispersion := c.counter.observations(ratio(of("stdvar_over_time"), above(of("avg_over_time"), number("0"))))
	return c.record(MetricDispersion, call("clamp", enclosed(dispersion),
		&parser.NumberLiteral{Val: alerting.MinDispersion}, &parser.NumberLiteral{Val: alerting.MaxDispersion}))
}

// spent is the share of the budget of the objective's whole window that a shorter
// one spent: of a young objective, as if traffic had always been as it is.
func (c compiler) spent(window time.Duration) parser.Expr {
	bad, _ := c.events(window)
	allowed := times(number(c.plan.Budget), above(c.last(MetricTotalPeriod, c.periodStep()), number("0")))
	return c.agedAtOnce(reuse(ratio(bad, allowed)))
}

// burnRules record which tiers of a severity fire, and alert about them.
func (c compiler) burnRules(severity alerting.Severity) []Rule {
	var rules []Rule
	tiers := c.plan.Of(severity)
	for _, t := range tiers {
		rules = append(rules, c.recordTier(MetricTierBurn, t, c.tier(t)))
	}
	// Nobody is told of what the plan only shadows.
	if len(tiers) > 0 && !c.plan.Notice(severity).Shadow {
		rules = append(rules, c.alert(severity, tiers))
	}
	return rules
}

// withheldRules record which tiers would fire and do not for want of evidence, in
// a group that comes at another time than the short one.
func (c compiler) withheldRules() []Rule {
	if c.plan.Guard.Off {
		return nil
	}
	c.elsewhere = true
	var rules []Rule
	for _, t := range c.plan.Tiers {
		rules = append(rules, c.recordTier(MetricTierWithheld, t, c.withheld(t)))
	}
	return rules
}

func (c compiler) recordTier(metric string, t alerting.Tier, e parser.Expr) Rule {
	return Rule{Record: metric, Expr: textOf(e), Labels: sorted(map[string]string{
		"sli": c.sli, "slo": c.id, "severity": string(t.Severity), c.tierLabel(): t.Name(),
	})}
}

// tierLabel is LabelTier, or one that is no group label.
func (c compiler) tierLabel() string {
	name := LabelTier
	for slices.Contains(c.by, name) {
		name += "_"
	}
	return name
}

// tier is the burn rate over the long window of a tier while it fires.
func (c compiler) tier(t alerting.Tier) parser.Expr {
	fires := c.exceeded(t)
	if !c.plan.Guard.Off {
		fires = both(fires, c.proven(t))
	}
	return ratio(fires, number(c.plan.Budget))
}

// withheld is the burn rate over the long window of a tier while it would fire
// and does not for want of evidence.
func (c compiler) withheld(t alerting.Tier) parser.Expr {
	proven := c.proven(t)
	if c.readsBack {
		fired := c.ofTiers(t.Severity)
		fired.LabelMatchers = append(fired.LabelMatchers, &labels.Matcher{Type: labels.MatchEqual, Name: c.tierLabel(), Value: t.Name()})
		proven = maxBy(c.by, over("last_over_time", fired, c.newest))
	}
	return ratio(binary(parser.LUNLESS, c.exceeded(t), proven), number(c.plan.Budget))
}

// exceeded is the error ratio over the long window of a tier while both windows
// are above its threshold and it applies.
func (c compiler) exceeded(t alerting.Tier) parser.Expr {
	threshold := number(t.ThresholdString)
	long := c.inShort(MetricErrorRatio(t.Long), t.Long)
	e := both(above(long, threshold), above(c.inShort(MetricErrorRatio(t.Short), t.Short), threshold))
	if t.Sparse != nil {
		events := c.inShort(MetricTotal(t.Sparse.Window), t.Sparse.Window)
		observed := c.counter.observations(events)
		e = both(e, binary(parser.LSS, ratio(observed, c.dispersion(events)), number(t.Sparse.Events)))
	}
	if m := c.plan.Materiality; m != "" {
		e = both(e, above(c.inShort(MetricSpent(t.Long), t.Long), number(m)))
	}
	return e
}

// proven is the evidence for a tier where there is enough of it.
func (c compiler) proven(t alerting.Tier) parser.Expr {
	needed := number(c.plan.Guard.Needed(t.Severity))
	var list []parser.Expr
	for _, w := range c.plan.Proving(t) {
		evidence := c.last(MetricEvidence(w), c.evidenceStep(w))
		if c.fromShort(w) {
			evidence = c.inShort(MetricEvidence(w), w)
		}
		list = append(list, above(evidence, needed))
	}
	return either(list...)
}
