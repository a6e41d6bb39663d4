package plans

import (
	"cmp"
	"fmt"

	"headroom/alerting"
	"headroom/internal/strictyaml"
	"headroom/slo"
)

// named is an alert of a plan by its name.
type named struct {
	key, name, severity string
	node                strictyaml.Node // of the name; the zero Node where it is headroom's
}

// alertNames keeps two alerts of a plan from having one name, by which people,
// runbooks and silences tell them apart. Only a page and a ticket may share one,
// since severities tell those apart.
func (r *reader) alertNames(f *documentForm, plan *slo.AlertPlan) {
	list := []named{
		{"page", cmp.Or(plan.Page.Alert, alerting.Page.Alert()), cmp.Or(plan.Page.Severity, "page"), f.Page.V.Alert.Node},
		{"ticket", cmp.Or(plan.Ticket.Alert, alerting.Ticket.Alert()), cmp.Or(plan.Ticket.Severity, "ticket"), f.Ticket.V.Alert.Node},
	}
	for _, k := range alerting.Kinds() {
		if alerting.WantsOther(&slo.Objective{Plan: plan}, k) {
			list = append(list, named{"alerts." + string(k), cmp.Or(plan.Others[string(k)].Alert, k.Alert()), "", f.Alerts.V.kinds()[string(k)].V.Alert.Node})
		}
	}
	for i, second := range list {
		for _, first := range list[:i] {
			at := second.node
			if at.IsZero() {
				at = first.node
			}
			burns := first.severity != "" && second.severity != "" && first.severity != second.severity
			if first.name == second.name && !burns && !at.IsZero() {
				r.Report(at, checkValue, fmt.Sprintf("%s and %s are both called %s", first.key, second.key, first.name), "give each alert a name of its own")
			}
		}
	}
}
