package correction

import (
	"github.com/invopop/jsonschema"

	"headroom/internal/strictyaml"
)

// These structs are the form of a document: decoding, the JSON schema and the
// order of keys come from them.

type (
	text  = strictyaml.Value[string]
	texts = strictyaml.Value[[]text]
)

type correctionForm struct {
	Version    text                            `yaml:"headroom" schema:"required" example:"headroom: v1" enum:"v1" doc:"Version of the form; always the first key."`
	Correction text                            `yaml:"correction" schema:"required" example:"correction: database-upgrade" pattern:"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$" doc:"Name of the correction, unique among all files."`
	Kind       text                            `yaml:"kind" example:"kind: exclude" enum:"exclude,adjust" doc:"exclude: the time counts as if it had never been; adjust: events are added or taken away. Default: exclude."`
	Category   text                            `yaml:"category,required" example:"category: planned-maintenance" enum:"planned-maintenance,load-test,out-of-scope,wrong-data" doc:"Why it does not count."`
	Reason     text                            `yaml:"reason,required" example:"reason: Upgrade of the database, announced a week before." doc:"A sentence for whoever audits the budget."`
	Author     text                            `yaml:"author,required" example:"author: ada" doc:"Who declares it."`
	ApprovedBy text                            `yaml:"approved_by" example:"approved_by: grace" doc:"Who has approved it, where a policy asks for a second person; not the author."`
	Objectives strictyaml.Value[selectionForm] `yaml:"objectives,required" example:"objectives: {services: [checkout]}" doc:"The objectives that it is about; all that is given must match."`
	Group      strictyaml.Map[string]          `yaml:"group" example:"group: {region: eu}" doc:"The group that an adjustment is about, where the objective is grouped."`
	From       text                            `yaml:"from,required" example:"from: 2026-11-20T22:00" doc:"When it begins: a time in the zone, or one with an offset, or a date. Of what repeats, the beginning of the first occurrence."`
	To         text                            `yaml:"to,required" example:"to: 2026-11-21T02:00" doc:"When it ends. Of what repeats, the end of the first occurrence."`
	Zone       text                            `yaml:"zone" example:"zone: Europe/Berlin" doc:"Time zone of from, to and repeat, by its name in the time zone database."`
	Repeat     text                            `yaml:"repeat" example:"repeat: FREQ=WEEKLY;BYDAY=SU" doc:"When it comes again: a recurrence rule of RFC 5545, from daily on."`
	Adjust     strictyaml.Value[amountForm]    `yaml:"adjust" example:"adjust: {bad: -120}" doc:"The events that an adjustment adds; negative takes away."`
}

type selectionForm struct {
	IDs        texts                  `yaml:"ids" example:"ids: [checkout/availability]" doc:"Ids of objectives: namespace/service/objective, or service/objective."`
	Services   texts                  `yaml:"services" example:"services: [checkout, platform/pipelines]" doc:"Services: namespace/name, or name in the namespace default."`
	Namespaces texts                  `yaml:"namespaces" example:"namespaces: [payments]" doc:"Namespaces of the objectives, or [\"*\"] for all."`
	Owners     texts                  `yaml:"owners" example:"owners: [team-payments]" doc:"Owners of the services."`
	Labels     strictyaml.Map[string] `yaml:"labels" example:"labels: {tier: \"1\"}" doc:"Labels of the objectives, with their values."`
}

type amountForm struct {
	Bad   strictyaml.Value[float64] `yaml:"bad" example:"bad: -120" doc:"Bad events."`
	Total strictyaml.Value[float64] `yaml:"total" example:"total: 0" doc:"All events, the bad ones included."`
}

// Schema returns the JSON Schema of a correction.
func Schema() *jsonschema.Schema {
	s := strictyaml.Schema(correctionForm{})
	s.Title = "headroom correction"
	s.Description = "What does not count in error budgets, one document of a correction.yaml file."
	return s
}

// draft gives the document in the words of the API.
func (f *correctionForm) draft() Draft {
	d := Draft{
		Kind: f.Kind.V, Category: f.Category.V, Reason: f.Reason.V, Group: labels(f.Group),
		From: f.From.V, To: f.To.V, Zone: f.Zone.V, Repeat: f.Repeat.V,
		Objectives: Selection{
			IDs: words(f.Objectives.V.IDs), Services: words(f.Objectives.V.Services), Namespaces: words(f.Objectives.V.Namespaces),
			Owners: words(f.Objectives.V.Owners), Labels: labels(f.Objectives.V.Labels),
		},
	}
	if f.Adjust.IsSet() {
		d.Adjust = &Amount{Bad: f.Adjust.V.Bad.V, Total: f.Adjust.V.Total.V}
	}
	return d
}

func words(v texts) []string {
	var list []string
	for _, t := range v.V {
		list = append(list, t.V)
	}
	return list
}

func labels(m strictyaml.Map[string]) map[string]string {
	if len(m) == 0 {
		return nil
	}
	all := make(map[string]string, len(m))
	for _, e := range m {
		all[e.Name] = e.Value
	}
	return all
}

// node returns where the field of a fault stands in the document; the zero Node
// where it does not.
func (f *correctionForm) node(fault *Fault) strictyaml.Node {
	entry := func(v texts) strictyaml.Node {
		if fault.Index < len(v.V) {
			return v.V[fault.Index].Node
		}
		return v.Node
	}
	switch fault.Field {
	case "kind":
		return f.Kind.Node
	case "category":
		return f.Category.Node
	case "reason":
		return f.Reason.Node
	case "objectives":
		return f.Objectives.Key
	case "objectives.ids":
		return entry(f.Objectives.V.IDs)
	case "objectives.services":
		return entry(f.Objectives.V.Services)
	case "objectives.namespaces":
		return entry(f.Objectives.V.Namespaces)
	case "objectives.owners":
		return entry(f.Objectives.V.Owners)
	case "group":
		return f.Correction.Node
	case "from":
		return f.From.Node
	case "to":
		return f.To.Node
	case "zone":
		return f.Zone.Node
	case "repeat":
		return f.Repeat.Node
	case "adjust":
		return f.Adjust.Key
	case "adjust.bad":
		return f.Adjust.V.Bad.Node
	case "adjust.total":
		return f.Adjust.V.Total.Node
	default:
		return strictyaml.Node{}
	}
}
