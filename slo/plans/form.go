package plans

import (
	"github.com/invopop/jsonschema"

	"headroom/internal/strictyaml"
)

// These structs are the form of a document.

type (
	text  = strictyaml.Value[string]
	pairs = strictyaml.Value[strictyaml.Map[string]]
	tiers = strictyaml.Value[[]strictyaml.Value[tierForm]]
)

type documentForm struct {
	Version     text                         `yaml:"headroom" schema:"required" example:"headroom: v1" enum:"v1" doc:"Version of the form; always the first key."`
	Plan        text                         `yaml:"plan" schema:"required" example:"plan: quiet" pattern:"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$" doc:"Name, by which specs and defaults choose the plan."`
	Description text                         `yaml:"description" max:"1000" example:"description: Tickets only." doc:"What the plan is for, in a sentence."`
	Tiers       tiers                        `yaml:"tiers" example:"tiers: with a tier under it" doc:"The tiers, instead of headroom's own."`
	Without     tiers                        `yaml:"without" example:"without: [{severity: page}]" doc:"Tiers of headroom's own that are left out: all of a severity, or the one over a window."`
	Guard       strictyaml.Value[guardForm]  `yaml:"guard" doc:"How much evidence an alert needs."`
	Materiality text                         `yaml:"materiality" example:"materiality: 1%" pattern:"^[0-9]{1,2}(\\.[0-9]{1,9})? ?%$" doc:"Share of the budget that the long window must have spent before anybody is told."`
	Page        strictyaml.Value[noticeForm] `yaml:"page" doc:"The alert that wakes somebody."`
	Ticket      strictyaml.Value[noticeForm] `yaml:"ticket" doc:"The alert that waits for working hours."`
	Alerts      strictyaml.Value[alertsForm] `yaml:"alerts" doc:"The alerts that are not about a burn."`
}

type alertsForm struct {
	Exhausted   strictyaml.Value[otherForm] `yaml:"exhausted" doc:"Nothing is left of the budget."`
	Forecast    strictyaml.Value[otherForm] `yaml:"forecast" doc:"Nothing will be left soon, and no burn alert says so."`
	Absent      strictyaml.Value[otherForm] `yaml:"absent" doc:"The raw series are gone."`
	Unmeasured  strictyaml.Value[otherForm] `yaml:"unmeasured" doc:"There are raw series, and nothing is counted from them."`
	NoTraffic   strictyaml.Value[otherForm] `yaml:"no_traffic" doc:"Nothing happens at a time at which much happened a day and a week before."`
	RulesMissed strictyaml.Value[otherForm] `yaml:"rules_missed" doc:"More than a quarter of the evaluations of rules were missed."`
	Integrity   strictyaml.Value[otherForm] `yaml:"integrity" doc:"The number of raw series halved or doubled within a day."`
}

type otherForm struct {
	Off           strictyaml.Value[bool] `yaml:"off" example:"off: true" doc:"No such alert, or, with false, one that is off otherwise. Default false; true for integrity."`
	Severity      text                   `yaml:"severity" example:"severity: page" doc:"Value of the label severity. Default ticket."`
	Alert         text                   `yaml:"alert" example:"alert: BudgetGone" pattern:"^[a-zA-Z_][a-zA-Z0-9_]*$" doc:"Name of the alert."`
	Labels        pairs                  `yaml:"labels" example:"labels: {pager: \"yes\"}" doc:"More labels of the alert."`
	Annotations   pairs                  `yaml:"annotations" example:"annotations: {dashboard: \"https://grafana.example\"}" doc:"More annotations of the alert; one of headroom's takes this value. No templates."`
	KeepFiringFor text                   `yaml:"keep_firing_for" example:"keep_firing_for: 30m" doc:"How long the alert goes on after its condition ended, at most 1d."`
}

type tierForm struct {
	Severity text                   `yaml:"severity,required" example:"severity: page" enum:"page,ticket" doc:"How soon a person must hear of it."`
	Budget   text                   `yaml:"budget" example:"budget: 2%" pattern:"^[0-9]{1,2}(\\.[0-9]{1,9})? ?%$" doc:"It fires when the budget burns so fast that this share of it goes within the window."`
	Burn     text                   `yaml:"burn" example:"burn: \"6\"" pattern:"^[0-9]{1,6}(\\.[0-9]{1,4})?$" doc:"It fires when the budget burns this many times as fast as allowed."`
	Sparse   strictyaml.Value[bool] `yaml:"sparse" example:"sparse: true" doc:"It burns as fast as the tier before it and applies only while the guard would withhold that one, for the traffic is low."`
	Over     text                   `yaml:"over" example:"over: 1h" doc:"The long window."`
}

type guardForm struct {
	Off        strictyaml.Value[bool] `yaml:"off" example:"off: true" doc:"Ask for no evidence. Default false."`
	Page       text                   `yaml:"page" example:"page: \"7\"" pattern:"^[0-9]{1,3}(\\.[0-9]{1,4})?$" doc:"Nats that a page needs. Default 7."`
	Ticket     text                   `yaml:"ticket" example:"ticket: \"5\"" pattern:"^[0-9]{1,3}(\\.[0-9]{1,4})?$" doc:"Nats that a ticket needs. Default 5."`
	Dispersion text                   `yaml:"dispersion" example:"dispersion: \"3\"" pattern:"^[0-9]{1,3}(\\.[0-9]{1,4})?$" doc:"Variance of the failures over their mean, from 1 to 100. Default: as measured."`
}

type noticeForm struct {
	Severity      text                   `yaml:"severity" max:"200" example:"severity: critical" doc:"Value of the label severity."`
	Alert         text                   `yaml:"alert" example:"alert: CheckoutBurns" pattern:"^[a-zA-Z_][a-zA-Z0-9_]*$" doc:"Name of the alert."`
	Labels        pairs                  `yaml:"labels" max:"500" example:"labels: {pager: \"yes\"}" doc:"More labels of the alert."`
	Annotations   pairs                  `yaml:"annotations" max:"2000" example:"annotations: {dashboard: \"https://grafana.example\"}" doc:"More annotations of the alert; one of headroom's takes this value. No templates."`
	Shadow        strictyaml.Value[bool] `yaml:"shadow" example:"shadow: true" doc:"Record what would alert in slo:tier:burn and tell nobody. Default false."`
	KeepFiringFor text                   `yaml:"keep_firing_for" example:"keep_firing_for: 30m" doc:"How long the alert goes on after its condition ended, at most 1d."`
}

// Schema returns the JSON Schema of a document of the kind plan.
func Schema() *jsonschema.Schema {
	s := strictyaml.Schema(documentForm{})
	s.Title = "headroom alert plan"
	s.Description = "How objectives that name it alert, one document of a plan.yaml file."
	return s
}
