package dashboards

import (
	"time"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/table"

	"headroom/slo"
)

// column is one column of the overview's table.
type column struct {
	field  string // as the merged answer calls it
	title  string
	expr   string // of a column with values; "" for a label
	look   []dashboard.DynamicConfigValue
	hidden bool
}

// value is a column of values; Grafana calls its field after the query.
func value(ref, title, expr string, look ...dashboard.DynamicConfigValue) column {
	return column{field: "Value #" + ref, title: title, expr: expr, look: look}
}

const remainingTitle = "Remaining"

// columns are in the order in which they are shown.
func (e estate) columns(objectives []*slo.Objective) []column {
	list := []column{
		{field: "namespace", title: "Namespace"},
		{field: "service", title: "Service"},
		{field: "objective", title: "Objective", look: []dashboard.DynamicConfigValue{detailLink()}},
		{field: "target", title: "Target"},
		{field: "window", title: "Window"},
		value("remaining", remainingTitle, e.remaining(), remainingLook("gauge")...),
		value("source", "Remaining from", e.source(), sourceLook()),
		value("estimate", "Live estimate", e.estimate(), remainingLook("color-text")...),
	}
	for _, lookback := range []time.Duration{time.Hour, 6 * time.Hour, 3 * 24 * time.Hour} {
		text := slo.FormatDuration(lookback)
		list = append(list, value("burn"+text, "Burn "+text, e.burn(lookback), burnLook()...))
	}
	return append(list,
		column{field: "owner", title: "Owner"},
		column{field: "slo", title: "slo", hidden: true},
		column{field: "detail", title: "detail", hidden: true, look: []dashboard.DynamicConfigValue{detailLook(objectives)}},
	)
}

// table lists objectives, those with the least left first.
func (e estate) table(objectives []*slo.Objective) *table.PanelBuilder {
	panel := table.NewPanelBuilder().
		Title("Objectives").
		Description("Remaining is what is left of the budget: the ledger's balance, or a live estimate where no ledger keeps the objective. A grouped objective shows its worst group. A burn of 1 uses up the budget exactly by the end of the window; where an objective records no error ratio over 3d but over nearly as long, it stands there.").
		Datasource(datasource()).
		WithTarget(rows("facts", e.facts())).
		NoValue(noData).
		Filterable(true).
		Footer(common.NewTableFooterOptionsBuilder().Show(false).CountRows(false).Reducer([]string{"sum"})).
		SortBy([]cog.Builder[common.TableSortByFieldState]{
			common.NewTableSortByFieldStateBuilder().DisplayName(remainingTitle).Desc(false),
		}).
		Height(20).Span(24)
	order, names := map[string]any{}, map[string]any{}
	for i, c := range e.columns(objectives) {
		if c.expr != "" {
			panel.WithTarget(rows(c.field[len("Value #"):], c.expr))
		}
		order[c.field], names[c.field] = i, c.title
		look := c.look
		if c.hidden {
			look = append(look, hidden()...)
		}
		if len(look) > 0 {
			panel.OverrideByName(c.title, look)
		}
	}
	return panel.
		WithTransformation(dashboard.DataTransformerConfig{Id: "merge", Options: map[string]any{}}).
		WithTransformation(dashboard.DataTransformerConfig{Id: "organize", Options: map[string]any{
			"excludeByName": map[string]any{"Time": true, "Value #facts": true},
			"indexByName":   order,
			"renameByName":  names,
		}})
}

// remainingLook shows a share of the budget that is left.
func remainingLook(cell string) []dashboard.DynamicConfigValue {
	t, _ := budgetThresholds().Build() // a builder without errors
	return []dashboard.DynamicConfigValue{
		property("unit", share), property("decimals", 1), property("min", 0), property("max", 1),
		property("thresholds", t),
		property("mappings", []dashboard.ValueMapping{unknownIsGrey()}),
		property("custom.cellOptions", map[string]any{"type": cell, "mode": "basic", "valueDisplayMode": "text"}),
	}
}

func sourceLook() dashboard.DynamicConfigValue {
	return property("mappings", []dashboard.ValueMapping{valueMap(map[string]dashboard.ValueMappingResult{
		"0": result("live estimate", ""), "1": result("ledger", ""),
	})})
}

func burnLook() []dashboard.DynamicConfigValue {
	t, _ := thresholds("text", from(1, orange)).Build() // a builder without errors
	return []dashboard.DynamicConfigValue{
		property("unit", count), property("decimals", 1),
		property("thresholds", t),
		property("mappings", []dashboard.ValueMapping{unknownIsGrey()}),
		property("custom.cellOptions", map[string]any{"type": "color-text"}),
	}
}

// detailLook turns the ids of objectives into the uids of their dashboards, and
// others into that of the overview.
func detailLook(objectives []*slo.Objective) dashboard.DynamicConfigValue {
	uids := map[string]dashboard.ValueMappingResult{}
	for _, o := range objectives {
		uids[o.ID.String()] = result(UID(o.ID), "")
	}
	var mappings []dashboard.ValueMapping
	if len(uids) > 0 {
		mappings = append(mappings, valueMap(uids))
	}
	return property("mappings", append(mappings, dashboard.ValueMapping{RegexMap: &dashboard.RegexMap{
		Type:    dashboard.MappingTypeRegexToText,
		Options: dashboard.DashboardRegexMapOptions{Pattern: ".*/.*", Result: result(OverviewUID, "")},
	}}))
}

// detailLink leads to the dashboard of a row's objective.
func detailLink() dashboard.DynamicConfigValue {
	return property("links", []map[string]any{{
		"title": "Open the objective",
		"url":   "/d/${__data.fields.detail}?${datasource:queryparam}",
	}})
}

// hidden hides a column that others need, in Grafana before 12 and since.
func hidden() []dashboard.DynamicConfigValue {
	return []dashboard.DynamicConfigValue{
		property("custom.hidden", true),
		property("custom.hideFrom", map[string]any{"viz": true, "legend": true, "tooltip": true}),
	}
}
