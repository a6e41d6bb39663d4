package dashboards

import (
	"slices"
	"time"

	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/stat"

	"headroom/alerting"
	"headroom/rules"
	"headroom/slo"
)

// view draws one objective.
type view struct {
	subject

	o    *slo.Objective
	plan alerting.Plan
}

// Objective draws one objective over its window: what is left, the error ratio
// against its budget, the burn rates against the plan's thresholds, events, the
// states that were, and what was declared. Each group label has a variable; a
// label whose name Grafana would misread has none, and all its groups are
// shown.
func Objective(o *slo.Objective, plan alerting.Plan, options Options) (Dashboard, error) {
	v := view{subject: newSubject(o), o: o, plan: plan}
	page := options.page("SLO "+v.id, UID(o.ID), slo.FormatDuration(o.Window.Rolling)).
		Description("One objective of headroom. The ledger's balance is the number; what rules compute alone is a live estimate.").
		Link(link("All objectives", "/d/"+OverviewUID))
	if home := options.homeLink("headroom", "/slos/"+v.id); home != nil {
		page.Link(home)
	}
	for _, g := range v.groups {
		if g.variable != "" {
			page.WithVariable(labelVariable(g.variable, g.name, v.whole(rules.MetricTotalTile), g.name))
		}
	}
	for _, panel := range v.numbers() {
		page.WithPanel(panel)
	}
	page.WithPanel(v.remainingPanel()).
		WithPanel(v.errorPanel()).
		WithPanel(v.burnPanel()).
		WithPanel(v.eventsPanel()).
		WithPanel(v.statesPanel()).
		WithPanel(v.factsPanel())
	return encode(objectiveFile(o.ID), page)
}

// numbers are what is to be known at a glance.
func (v view) numbers() []*stat.PanelBuilder {
	width := uint32(8)
	fastest, burns := v.fastest()
	if burns {
		width = 6
	}
	panels := []*stat.PanelBuilder{
		number("Remaining", "What is left of the budget: the ledger's balance, of the worst of the chosen groups. It is the number that counts. One group that is unknown makes it unknown, unless another shows trouble.").
			WithTarget(instant("ledger", v.worst())).
			Unit(share).Decimals(1).Thresholds(budgetThresholds()),
		number("Remaining, live estimate", "What the rules alone say is left, of the worst of the chosen groups.").
			WithTarget(instant("estimate", "min("+v.of(rules.MetricRemaining)+")")).
			Unit(share).Decimals(1).Thresholds(budgetThresholds()),
	}
	if burns {
		panels = append(panels, number("Burn over "+slo.FormatDuration(fastest.Long)+", live estimate",
			"How fast the worst of the chosen groups uses up its budget. A burn of 1 uses it up exactly by the end of the window.").
			WithTarget(instant("burn", "max("+v.burn(fastest.Long)+")")).
			Unit(count).Decimals(1).Thresholds(thresholds("text", from(1, orange), from(max(fastest.Factor, 1), red))))
	}
	panels = append(panels, number("Target", "The wanted share of good events.").
		WithTarget(instant("target", "max("+v.whole(rules.MetricTarget)+")")).
		Unit(share).Thresholds(thresholds("text")))
	for _, panel := range panels {
		panel.Height(4).Span(width)
	}
	return panels
}

func number(title, description string) *stat.PanelBuilder {
	return stat.NewPanelBuilder().
		Title(title).
		Description(description).
		Datasource(datasource()).
		NoValue(noData).
		Mappings([]dashboard.ValueMapping{unknownIsGrey()}).
		ColorMode(common.BigValueColorModeValue).
		GraphMode(common.BigValueGraphModeNone)
}

// fastest is the tier that sees a burn first.
func (v view) fastest() (tier alerting.Tier, ok bool) {
	if len(v.plan.Tiers) == 0 {
		return alerting.Tier{}, false
	}
	return slices.MinFunc(v.plan.Tiers, func(a, b alerting.Tier) int { return int(a.Long - b.Long) }), true
}

// windows are those of a plan, rising, each once.
func windows(plan alerting.Plan) []time.Duration {
	var list []time.Duration
	for _, t := range plan.Tiers {
		list = append(list, t.Short, t.Long)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// latest reads a series that may be recorded as rarely as once per resolution,
// and forgives two late ticks.
func (v view) latest(metric string) string {
	return over("last_over_time", v.of(metric), 3*max(v.o.Resolution, alerting.Step(v.o.Resolution)))
}

// errorRatio reads the error ratio over a window of a tier, which may be
// recorded more rarely.
func (v view) errorRatio(window time.Duration) string {
	every := max(v.o.Resolution, rules.Interval(v.o, window))
	return over("last_over_time", v.of(rules.MetricErrorRatio(window)), 3*every)
}

// burn is the burn rate over a window.
func (v view) burn(window time.Duration) string {
	return v.errorRatio(window) + " / on (slo, sli) group_left () " + v.budget()
}

// budget is the error ratio that the target allows.
func (v view) budget() string {
	return "(1 - " + by("max", []string{"slo", "sli"}, v.whole(rules.MetricTarget)) + ")"
}

// ledger is what the ledger says is left of each group that it knows.
func (v view) ledger() string {
	return by("min", v.gaugeNames(), v.gauge(gaugeRemaining)+" unless ignoring (state) ("+v.unknown()+")")
}

// unknown are the groups that the ledger knows nothing of.
func (v view) unknown() string {
	return v.gauge(gaugeState, equal("state", stateUnknown)) + " == 1"
}

// worst is what the ledger says is left of the worst group. A group that is
// unknown might be worse, unless the known ones show trouble already.
func (v view) worst() string {
	left := "min(" + v.ledger() + ")"
	return "(" + left + " < " + cautionRemaining + ") or (" + left + " unless on () (" + v.unknown() + "))"
}
