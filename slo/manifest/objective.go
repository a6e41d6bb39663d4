package manifest

import (
	"fmt"
	"maps"
	"slices"

	"headroom/internal/strictyaml"
	"headroom/slo"
	"headroom/slo/diag"
)

// objectives resolves every objective of the form; one with a problem is left
// out, but its id stays declared.
func (r *reader) objectives(form *serviceForm) {
	if form.Objectives.Node.IsMap() && len(form.Objectives.V) == 0 {
		r.Report(form.Objectives.Key, "no-objectives", "the service has no objectives", "write at least one objective under it, or remove the document")
	}
	common := r.common(form)
	for i := range form.Objectives.V {
		entry := &form.Objectives.V[i]
		if !entry.Node.IsMap() {
			continue // decoding has reported it
		}
		before := len(r.Problems())
		o := r.objective(form, entry, common)
		if !diag.HasErrors(r.Problems()[before:]) && r.out.Service != "" {
			r.out.Objectives = append(r.out.Objectives, o)
		}
		if r.out.Service != "" && slo.ValidName(entry.Name) {
			r.out.declared = append(r.out.declared, declared{o.ID, o.Place})
		}
	}
}

// common returns what every objective of the service has unless it says
// otherwise.
func (r *reader) common(form *serviceForm) slo.Objective {
	return slo.Objective{
		ID:          slo.ID{Namespace: r.out.Namespace, Service: r.out.Service},
		Description: form.Description.V,
		Owner:       form.Owner.V,
		Channel:     form.Channel.V,
		Runbook:     r.url(form.Runbook),
		Labels:      r.labels(form.Labels),
	}
}

func (r *reader) objective(service *serviceForm, entry *strictyaml.Entry[objectiveForm], common slo.Objective) *slo.Objective {
	form := &entry.Value
	o := common
	o.ID.Objective = entry.Name
	o.Place = r.place(entry.Key)
	if form.Description.IsSet() {
		o.Description = form.Description.V
	}
	if !slo.ValidName(entry.Name) {
		r.Report(entry.Key, "invalid-name", fmt.Sprintf("%q cannot name an objective", entry.Name), fmt.Sprintf("use a-z, 0-9 and inner dashes, at most %d characters", slo.MaxNameLength))
	}
	if form.Runbook.IsSet() {
		o.Runbook = r.url(form.Runbook)
	}
	if form.Labels.IsSet() {
		o.Labels = maps.Clone(common.Labels)
		maps.Copy(o.Labels, r.labels(form.Labels))
	}
	o.Target = r.target(form.Target)
	r.inherit(service, entry, &o)
	o.Indicator = r.indicator(entry)
	if form.Template.IsSet() {
		o.Indicator, o.Template = r.template(form)
	}
	if o.Indicator != nil {
		r.contradictions(form.indicatorKey(), o.Indicator)
	}
	o.GroupBy = r.group(form.Group, &o)
	r.keepsLabels(&form.indicatorForm, o.GroupBy)
	o.Formerly = r.formerly(form.Formerly, o.ID)
	return &o
}

func (r *reader) group(group names, o *slo.Objective) []string {
	var by []string
	for _, name := range group.V {
		switch {
		case !name.Node.IsScalar():
		case slices.Contains(by, name.V):
			r.Report(name.Node, "group-label", fmt.Sprintf("label %s is given twice", name.V), "keep one of the two")
		case o.Labels[name.V] != "":
			r.Report(name.Node, "group-label", fmt.Sprintf("label %s is also set under labels", name.V), "remove it there, since a group label takes its value from the series")
		case o.Plan.Labelled(name.V) != "":
			r.Report(name.Node, "group-label", fmt.Sprintf("label %s is also set by the alert plan %s, under %s", name.V, o.Plan.Name, o.Plan.Labelled(name.V)),
				"remove it there, or choose another plan, since the alerts of all groups would be one")
		case r.labelName(name.Node, name.V, seriesLabel):
			by = append(by, name.V)
		}
	}
	slices.Sort(by)
	return by
}

func (r *reader) formerly(earlier names, own slo.ID) []slo.ID {
	var ids []slo.ID
	for _, text := range earlier.V {
		id, err := slo.ParseID(text.V)
		switch {
		case !text.Node.IsScalar():
		case err != nil:
			r.Report(text.Node, "formerly-id", err.Error(), "write the earlier id, such as checkout/old-name or payments/checkout/old-name")
		case id == own:
			r.Report(text.Node, "formerly-id", "the objective names itself as its earlier id", "write the id that it had before, or remove it")
		case slices.Contains(ids, id):
			r.Report(text.Node, "formerly-id", fmt.Sprintf("id %s is given twice", id), "keep one of the two")
		default:
			ids = append(ids, id)
		}
	}
	return ids
}
