package dashboards

import (
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// prometheusType is Grafana's name of the data source's type.
const prometheusType = "prometheus"

// datasource refers to the data source that the variable names.
func datasource() common.DataSourceRef {
	kind, uid := prometheusType, "${datasource}"
	return common.DataSourceRef{Type: &kind, Uid: &uid}
}

func (o Options) datasourceVariable() *dashboard.DatasourceVariableBuilder {
	v := dashboard.NewDatasourceVariableBuilder("datasource").Label("Data source").Type(prometheusType)
	if o.Datasource != "" {
		v.Current(option(o.Datasource, o.Datasource))
	}
	return v
}

// labelVariable chooses among the values that a label has on a series. All of
// them, also of series without the label, are chosen at first.
func labelVariable(name, text, selector, label string) *dashboard.QueryVariableBuilder {
	query := "label_values(" + selector + ", " + label + ")"
	return dashboard.NewQueryVariableBuilder(name).
		Label(text).
		Datasource(datasource()).
		Query(dashboard.StringOrMap{String: &query}).
		Definition(query).
		Refresh(dashboard.VariableRefreshOnTimeRangeChanged).
		Sort(dashboard.VariableSortNaturalAsc).
		Multi(true).
		IncludeAll(true).
		AllValue(".*").
		Current(option("All", "$__all"))
}

func option(text, value string) dashboard.VariableOption {
	selected := true
	return dashboard.VariableOption{
		Selected: &selected,
		Text:     dashboard.StringOrArrayOfString{String: &text},
		Value:    dashboard.StringOrArrayOfString{String: &value},
	}
}
