package dashboards

import (
	"time"

	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/stat"

	"headroom/rules"
	"headroom/slo"
)

// Overview draws all objectives that the data source knows: how many budgets
// are in which state, and a table with the worst first, filtered by namespace,
// service and owner. Rows of the given objectives lead to their own dashboards,
// others back to the overview. Its time range is the longest of their windows.
func Overview(objectives []*slo.Objective, o Options) (Dashboard, error) {
	e := newEstate(objectives)
	page := o.page("SLO overview", OverviewUID, slo.FormatDuration(longest(objectives))).
		Description("All objectives of headroom. The ledger's balance is the number; what rules compute alone is a live estimate.").
		WithVariable(labelVariable("namespace", "Namespace", rules.MetricInfo, "namespace")).
		WithVariable(labelVariable("service", "Service", selector(rules.MetricInfo, chosen("namespace", "namespace")), "service")).
		WithVariable(labelVariable("owner", "Owner", rules.MetricInfo, "owner"))
	if home := o.homeLink("headroom", "/"); home != nil {
		page.Link(home)
	}
	for _, s := range budgetStates() {
		page.WithPanel(s.panel(e))
	}
	return encode(overviewFile, page.WithPanel(e.table(objectives)))
}

func longest(objectives []*slo.Objective) time.Duration {
	window := slo.DefaultWindow
	for i, o := range objectives {
		if i == 0 || o.Window.Rolling > window {
			window = o.Window.Rolling
		}
	}
	return window
}

// budgetState is a state of budgets with its look.
type budgetState struct {
	name, title, color, description string
}

// budgetStates are all states, the worst first.
func budgetStates() []budgetState {
	return []budgetState{
		{stateExhausted, "Exhausted", red, "Objectives with nothing left in at least one group."},
		{stateCaution, "Caution", orange, "Objectives with less than a quarter of the budget left."},
		{stateHealthy, "Healthy", green, "Objectives with at least a quarter of the budget left in every group."},
		{stateUnknown, "Unknown", grey, "Objectives whose budget cannot be known: no traffic, not measured, or rules missing."},
	}
}

// panel counts the objectives in a state. A count of 0 has no colour.
func (s budgetState) panel(e estate) *stat.PanelBuilder {
	return stat.NewPanelBuilder().
		Title(s.title).
		Description(s.description).
		Datasource(datasource()).
		WithTarget(instant(s.name, e.in(s.name)).LegendFormat(s.title)).
		Unit(count).
		Mappings([]dashboard.ValueMapping{unknownIsGrey()}).
		Thresholds(thresholds(grey, from(1, s.color))).
		ColorMode(common.BigValueColorModeValue).
		GraphMode(common.BigValueGraphModeNone).
		Height(4).Span(6)
}
