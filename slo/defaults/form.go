package defaults

import (
	"github.com/invopop/jsonschema"

	"headroom/internal/strictyaml"
)

// These structs are the form of a document: decoding, the JSON schema and the
// order of keys come from them.

type (
	text  = strictyaml.Value[string]
	names = strictyaml.Value[[]text]
	pairs = strictyaml.Value[strictyaml.Map[string]]
)

type documentForm struct {
	Version  text                                           `yaml:"headroom" schema:"required" example:"headroom: v1" enum:"v1" doc:"Version of the form; always the first key."`
	Defaults text                                           `yaml:"defaults" schema:"required" example:"defaults: organisation" pattern:"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$" doc:"Name of these defaults, by which others speak of them."`
	Rules    strictyaml.Value[[]strictyaml.Value[ruleForm]] `yaml:"rules,required" example:"rules: with a rule under it" doc:"What is given to objectives and asked of them. Later rules win over earlier ones, and what a spec says over all of them."`
}

type ruleForm struct {
	Match      strictyaml.Value[matchForm]  `yaml:"match" doc:"The objectives that the rule is for; all that is given must match. Default: every objective."`
	Window     text                         `yaml:"window" example:"window: 28d" doc:"Window of objectives whose spec says none."`
	Resolution text                         `yaml:"resolution" example:"resolution: 1m" doc:"Resolution of objectives whose spec says none."`
	Owner      text                         `yaml:"owner" max:"200" example:"owner: team-platform" doc:"Owner of services that name none."`
	Channel    text                         `yaml:"channel" max:"200" example:"channel: \"#slo\"" doc:"Channel of services that name none."`
	Runbook    text                         `yaml:"runbook" max:"2000" pattern:"^https?://" example:"runbook: https://wiki.example/slo" doc:"Runbook of objectives that have none."`
	Labels     pairs                        `yaml:"labels" max:"500" example:"labels: {tier: \"2\"}" doc:"Labels of objectives that do not have them. Later rules can match them."`
	Target     strictyaml.Value[boundsForm] `yaml:"target" doc:"Bounds of the target that a spec may promise, both included."`
	Require    names                        `yaml:"require" example:"require: [owner, runbook]" doc:"What a spec must say, unless a default gives it: owner, channel, runbook, description, or labels.NAME. It replaces what earlier rules require; [] requires nothing."`
	Plan       text                         `yaml:"plan" example:"plan: quiet" pattern:"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$" doc:"Alert plan of objectives whose spec names none."`
}

type matchForm struct {
	Namespaces names `yaml:"namespaces" example:"namespaces: [platform]" doc:"Namespaces of the objectives."`
	Services   names `yaml:"services" example:"services: [checkout, platform/pipelines]" doc:"Services: namespace/name, or name in the namespace default."`
	Owners     names `yaml:"owners" example:"owners: [team-payments]" doc:"Owners, as the specs or earlier rules say them."`
	Labels     pairs `yaml:"labels" max:"500" example:"labels: {tier: \"1\"}" doc:"Labels with their values, as the specs or earlier rules say them."`
}

type boundsForm struct {
	Min text `yaml:"min" example:"min: 99%" pattern:"^[0-9]{1,2}(\\.[0-9]{1,9})? ?%$" doc:"The lowest target that is allowed."`
	Max text `yaml:"max" example:"max: 99.95%" pattern:"^[0-9]{1,2}(\\.[0-9]{1,9})? ?%$" doc:"The highest target that is allowed."`
}

// Schema returns the JSON Schema of a document of defaults.
func Schema() *jsonschema.Schema {
	s := strictyaml.Schema(documentForm{})
	s.Title = "headroom defaults"
	s.Description = "What an organisation gives to every objective unless its spec says otherwise, one document of a defaults.yaml file."
	return s
}

// ExtendSchema lists what can be required.
func (*ruleForm) ExtendSchema(s *jsonschema.Schema) {
	require := s.Properties.Value("require")
	require.Items = &jsonschema.Schema{Type: "string", Pattern: "^(owner|channel|runbook|description|labels\\.[a-zA-Z_][a-zA-Z0-9_]*)$"}
}
