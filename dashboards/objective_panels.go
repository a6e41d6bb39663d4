package dashboards

import (
	"fmt"

	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/statetimeline"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"

	"headroom/alerting"
	"headroom/rules"
	"headroom/slo"
)

func same(name string) string { return name }

func graph(title, description, unit string) *timeseries.PanelBuilder {
	return timeseries.NewPanelBuilder().
		Title(title).
		Description(description).
		Datasource(datasource()).
		Unit(unit).
		NoValue(noData).
		LineWidth(1).
		ShowPoints(common.VisibilityModeNever).
		ColorScheme(dashboard.NewFieldColorBuilder().Mode(dashboard.FieldColorModeIdPaletteClassic)).
		Legend(legend())
}

// remainingPanel shades what lies below nothing.
func (v view) remainingPanel() *timeseries.PanelBuilder {
	return graph("Remaining budget", "The ledger's balance where it is scraped, and the live estimate of the rules. After a change of the indicator, what the rules said before is a line of its own.", share).
		WithTarget(ranged("ledger", v.ledger(), v.legend("ledger", gaugeLabel))).
		WithTarget(ranged("estimate", v.of(rules.MetricRemaining), v.legend("live estimate", same))).
		WithTarget(ranged("earlier", v.earlier(rules.MetricRemaining), v.legend("live estimate, earlier indicator", same))).
		FillOpacity(15).
		AxisSoftMin(0).AxisSoftMax(1).
		Thresholds(thresholds(red, from(0, transparent))).
		ThresholdsStyle(common.NewGraphThresholdsStyleConfigBuilder().Mode(common.GraphThresholdsStyleModeLineAndArea)).
		Height(9).Span(24)
}

// errorPanel compares the error ratio with what the target allows.
func (v view) errorPanel() *timeseries.PanelBuilder {
	window := slo.FormatDuration(v.o.Window.Rolling)
	panel := graph("Error ratio against the budget, live estimate", "Bad events ÷ events. Above the dashed line, the window uses up more than its budget.", share).
		WithTarget(ranged("period", v.latest(rules.MetricPeriod), v.legend("over "+window, same)))
	if tier, ok := v.fastest(); ok {
		text := slo.FormatDuration(tier.Long)
		panel.WithTarget(ranged("fastest", v.errorRatio(tier.Long), v.legend("over "+text, same)))
	}
	return panel.
		WithTarget(ranged("budget", v.budget(), "budget")).
		OverrideByQuery("budget", []dashboard.DynamicConfigValue{fixedColor(red), dashed()}).
		AxisSoftMin(0).
		Height(8).Span(12)
}

// burnPanel has a line for each window and a dashed one for each threshold.
func (v view) burnPanel() *timeseries.PanelBuilder {
	panel := graph("Burn rates, live estimate", "How many times too fast the budget goes. A tier alerts while both of its windows are above its dashed line.", count).
		AxisSoftMin(0).
		Height(8).Span(12)
	for _, w := range windows(v.plan) {
		text := slo.FormatDuration(w)
		panel.WithTarget(ranged(text, v.burn(w), v.legend(text, same)))
	}
	for i, t := range v.plan.Tiers {
		if t.Sparse != nil {
			continue // its threshold is that of another one
		}
		ref, color := fmt.Sprintf("tier%d", i+1), orange
		if t.Severity == alerting.Page {
			color = red
		}
		text := fmt.Sprintf("%s above %s in %s and %s", t.Severity, t.FactorString, slo.FormatDuration(t.Long), slo.FormatDuration(t.Short))
		panel.WithTarget(ranged(ref, "vector("+t.FactorString+")", text)).
			OverrideByQuery(ref, []dashboard.DynamicConfigValue{fixedColor(color), dashed()})
	}
	return panel
}

// eventsPanel counts the events of tiles. A bar is as wide as a tile, or as
// several of them.
func (v view) eventsPanel() *timeseries.PanelBuilder {
	bad, total := perBar(v.ever(rules.MetricBadTile)), perBar(v.ever(rules.MetricTotalTile))
	return graph("Events, live estimate", "Good and bad events of the chosen groups. After missed evaluations of rules, and after a change of the indicator, a bar may hold up to an hour.", count).
		Interval(slo.FormatDuration(v.o.Resolution)).
		WithTarget(ranged("bad", "sum("+bad+")", "bad")).
		WithTarget(ranged("good", "clamp_min(sum("+total+") - sum("+bad+"), 0)", "good")).
		OverrideByQuery("bad", []dashboard.DynamicConfigValue{fixedColor(red)}).
		OverrideByQuery("good", []dashboard.DynamicConfigValue{fixedColor(green)}).
		DrawStyle(common.GraphDrawStyleBars).
		FillOpacity(80).
		Stacking(common.NewStackingConfigBuilder().Mode(common.StackingModeNormal).Group("A")).
		Height(8).Span(12)
}

// Codes of the states in the state history.
const (
	codeHealthy   = "0"
	codeCaution   = "1"
	codeExhausted = "3"
	codeUnknown   = "4"
)

// statesPanel shows which state the budget was in.
func (v view) statesPanel() *statetimeline.PanelBuilder {
	return statetimeline.NewPanelBuilder().
		Title("State of the budget").
		Description("As the ledger had it where it is scraped, and as the live estimate had it.").
		Datasource(datasource()).
		NoValue(noData).
		WithTarget(ranged("ledger", v.ledgerState(), v.legend("ledger", gaugeLabel))).
		WithTarget(ranged("estimate", v.estimatedState(), v.legend("live estimate", same))).
		ColorScheme(dashboard.NewFieldColorBuilder().Mode(dashboard.FieldColorModeIdFixed).FixedColor(grey)).
		Mappings([]dashboard.ValueMapping{valueMap(map[string]dashboard.ValueMappingResult{
			codeHealthy:   result(stateHealthy, green),
			codeCaution:   result(stateCaution, orange),
			codeExhausted: result(stateExhausted, red),
			codeUnknown:   result(stateUnknown, grey),
		}), unknownIsGrey()}).
		ShowValue(common.VisibilityModeAuto).
		MergeValues(true).
		Legend(legend().ShowLegend(false)).
		Height(8).Span(12)
}

// ledgerState is the code of the state in the ledger; of replicas that differ,
// the worst one counts.
func (v view) ledgerState() string {
	code := func(state, code string) string {
		is := v.gauge(gaugeState, equal("state", state)) + " == 1"
		return "(" + code + " * " + by("max", v.gaugeNames(), is) + ")"
	}
	return code(stateExhausted, codeExhausted) + " or " + code(stateUnknown, codeUnknown) +
		" or " + code(stateCaution, codeCaution) + " or " + code(stateHealthy, codeHealthy)
}

// estimatedState is the code of the state that the live estimate means: 1 under
// caution, and 2 more when nothing is left.
func (v view) estimatedState() string {
	left := v.of(rules.MetricRemaining)
	return "(" + left + " < bool " + cautionRemaining + ") + 2 * (" + left + " <= bool 0)"
}
