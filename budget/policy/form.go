package policy

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

type policyForm struct {
	Version      text                              `yaml:"headroom" schema:"required" example:"headroom: v1" enum:"v1" doc:"Version of the form; always the first key."`
	Policy       text                              `yaml:"policy" schema:"required" example:"policy: production-freeze" pattern:"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$" doc:"Name of the policy, by which answers of the gate speak of it."`
	Objectives   strictyaml.Value[selectorForm]    `yaml:"objectives" doc:"The objectives whose budgets count; all that is given must match. Default: every objective of the service."`
	Freeze       strictyaml.Value[freezeForm]      `yaml:"freeze" doc:"When releases are held."`
	Environments texts                             `yaml:"environments" example:"environments: [production]" doc:"Environments whose releases are held, or [\"*\"] for all. Default: production."`
	Pass         texts                             `yaml:"pass" example:"pass: [security, fix, rollback]" doc:"Kinds of change that pass a freeze: security, fix, rollback. Default: all three; [] lets none pass."`
	Unknown      text                              `yaml:"unknown" example:"unknown: open" enum:"open,closed" doc:"Whether a release passes while the budget is not known. Default: open."`
	Corrections  strictyaml.Value[correctionsForm] `yaml:"corrections" example:"corrections: {approval: required}" doc:"What the correction of a budget takes."`
	Mode         text                              `yaml:"mode" example:"mode: enforce" enum:"enforce,advise" doc:"Whether a freeze holds releases or only says so. Default: enforce."`
}

type selectorForm struct {
	Namespaces texts                  `yaml:"namespaces" example:"namespaces: [payments]" doc:"Namespaces of the objectives, or [\"*\"] for all."`
	Services   texts                  `yaml:"services" example:"services: [checkout, platform/pipelines]" doc:"Services: namespace/name, or name in the namespace default."`
	Owners     texts                  `yaml:"owners" example:"owners: [team-payments]" doc:"Owners of the services."`
	IDs        texts                  `yaml:"ids" example:"ids: [checkout/availability]" doc:"Ids of objectives: namespace/service/objective, or service/objective."`
	Labels     strictyaml.Map[string] `yaml:"labels" example:"labels: {tier: \"1\"}" doc:"Labels of the objectives, with their values."`
}

type freezeForm struct {
	Remaining text `yaml:"remaining,required" example:"remaining: 0%" pattern:"^-?[0-9]+(\\.[0-9]+)? ?%$" doc:"How much of the budget is left when the freeze begins, below 100%. Default 0%; a negative percentage lets the budget be overdrawn."`
}

type correctionsForm struct {
	Approval text `yaml:"approval,required" example:"approval: required" enum:"required,none" doc:"Whether a correction about these objectives counts only once a second person has approved it. Default: none."`
}

// Schema returns the JSON Schema of a policy.
func Schema() *jsonschema.Schema {
	s := strictyaml.Schema(policyForm{})
	s.Title = "headroom policy"
	s.Description = "When releases are held, one document of a policy.yaml file."
	return s
}

// ExtendSchema lists the kinds of change that can pass.
func (*policyForm) ExtendSchema(s *jsonschema.Schema) {
	pass := s.Properties.Value("pass")
	pass.Items = &jsonschema.Schema{Type: "string"}
	for _, kind := range Changes() {
		if kind != Feature {
			pass.Items.Enum = append(pass.Items.Enum, string(kind))
		}
	}
}
