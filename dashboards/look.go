package dashboards

import (
	"strconv"

	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
)

// Grafana's names of colours and units.
const (
	red         = "red"
	orange      = "orange"
	green       = "green"
	grey        = "#808080"
	transparent = "transparent"

	share = "percentunit" // 0 to 1
	count = "short"
)

// noData is what stands for a value that is not known.
const noData = "no data"

// nothingLeft is where the colour of a budget changes. Nothing left is
// exhausted, and a colour begins with its threshold, hence a hair more than 0.
const nothingLeft = 1e-9

// thresholds begin with a colour for the lowest values.
func thresholds(lowest string, steps ...dashboard.Threshold) *dashboard.ThresholdsConfigBuilder {
	steps = append([]dashboard.Threshold{{Color: lowest}}, steps...)
	return dashboard.NewThresholdsConfigBuilder().Mode(dashboard.ThresholdsModeAbsolute).Steps(steps)
}

func from(value float64, color string) dashboard.Threshold {
	return dashboard.Threshold{Value: &value, Color: color}
}

// budgetThresholds colour what is left of a budget.
func budgetThresholds() *dashboard.ThresholdsConfigBuilder {
	caution, err := strconv.ParseFloat(cautionRemaining, 64)
	if err != nil {
		panic("dashboards: not a decimal: " + cautionRemaining)
	}
	return thresholds(red, from(nothingLeft, orange), from(caution, green))
}

// unknownIsGrey makes a value that is missing grey. Without it, Grafana gives
// it the colour of the lowest values.
func unknownIsGrey() dashboard.ValueMapping {
	return dashboard.ValueMapping{SpecialValueMap: &dashboard.SpecialValueMap{
		Type: dashboard.MappingTypeSpecialValue,
		Options: dashboard.DashboardSpecialValueMapOptions{
			Match: dashboard.SpecialValueMatchNullAndNan, Result: result(noData, grey),
		},
	}}
}

// result is what a mapping shows: a text, with a colour unless it is "".
func result(text, color string) dashboard.ValueMappingResult {
	r := dashboard.ValueMappingResult{Text: &text}
	if color != "" {
		r.Color = &color
	}
	return r
}

func valueMap(options map[string]dashboard.ValueMappingResult) dashboard.ValueMapping {
	return dashboard.ValueMapping{ValueMap: &dashboard.ValueMap{Type: dashboard.MappingTypeValueToText, Options: options}}
}

// instant asks for one value of each series, now.
func instant(ref, expr string) *prometheus.DataqueryBuilder {
	return query(ref, expr).Instant()
}

// ranged asks for series over the time that is shown.
func ranged(ref, expr, legend string) *prometheus.DataqueryBuilder {
	return query(ref, expr).Range().LegendFormat(legend)
}

// rows asks for one value of each series, as rows of a table.
func rows(ref, expr string) *prometheus.DataqueryBuilder {
	return instant(ref, expr).Format(prometheus.PromQueryFormatTable)
}

func query(ref, expr string) *prometheus.DataqueryBuilder {
	return prometheus.NewDataqueryBuilder().
		RefId(ref).
		Expr(expr).
		Datasource(datasource()).
		EditorMode(prometheus.QueryEditorModeCode)
}

// property is one setting of an override.
func property(id string, value any) dashboard.DynamicConfigValue {
	return dashboard.DynamicConfigValue{Id: id, Value: value}
}

func fixedColor(color string) dashboard.DynamicConfigValue {
	return property("color", map[string]any{"mode": "fixed", "fixedColor": color})
}

// dashed is how lines that are limits are drawn.
func dashed() dashboard.DynamicConfigValue {
	return property("custom.lineStyle", map[string]any{"fill": "dash", "dash": []int{8, 8}})
}

// legend is a list under a graph.
func legend() *common.VizLegendOptionsBuilder {
	return common.NewVizLegendOptionsBuilder().
		ShowLegend(true).
		DisplayMode(common.LegendDisplayModeList).
		Placement(common.LegendPlacementBottom).
		Calcs([]string{})
}
