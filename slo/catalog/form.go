package catalog

import (
	"github.com/invopop/jsonschema"

	"headroom/internal/strictyaml"
)

// These structs are the form of a document: decoding, the JSON schema and the
// order of keys come from them.

type (
	text  = strictyaml.Value[string]
	texts = strictyaml.Value[[]text]
	node  = strictyaml.Value[strictyaml.Node]
)

type templateForm struct {
	Version     text                                            `yaml:"headroom" schema:"required" example:"headroom: v1" enum:"v1" doc:"Version of the form; always the first key."`
	Template    text                                            `yaml:"template" schema:"required" example:"template: acme-queue-work" pattern:"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$" doc:"Name of the template, by which objectives use it."`
	Title       text                                            `yaml:"title,required" example:"title: with what is measured, in a few words" doc:"What is measured, in a few words."`
	Description text                                            `yaml:"description,required" example:"description: with what is good of what, in a sentence" doc:"What is good of what, in a sentence."`
	Categories  texts                                           `yaml:"categories" example:"categories: [http]" doc:"Words to find it by, such as http."`
	Metrics     texts                                           `yaml:"metrics" example:"metrics: [http_requests_total]" doc:"Metric families that show that it applies; placeholders are allowed."`
	Suggest     strictyaml.Value[suggestForm]                   `yaml:"suggest" doc:"A first objective with the template."`
	Parameters  strictyaml.Value[strictyaml.Map[parameterForm]] `yaml:"parameters" names:"^[a-z][a-z0-9_]{0,63}$" doc:"What its users say, by name."`
	Indicator   node                                            `yaml:"indicator,required" example:"indicator: with one of ratio, latency, gauge, raw, query and events under it" doc:"One indicator in the form of a spec, with placeholders ${name}."`
	Notes       texts                                           `yaml:"notes" example:"notes: [Requests that never reach the server are not seen.]" doc:"Traps, a sentence each."`
}

type suggestForm struct {
	Objective text `yaml:"objective,required" example:"objective: availability" pattern:"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$" doc:"Name of the objective."`
	Target    text `yaml:"target,required" example:"target: 99.9%" pattern:"^[0-9]{1,2}(\\.[0-9]{1,9})? ?%$" doc:"Its target."`
	Window    text `yaml:"window" example:"window: 28d" doc:"Its window."`
}

type parameterForm struct {
	Type    text `yaml:"type,required" example:"type: string" enum:"string,regexp,duration,number,label,metric,matchers,choice,boolean,list" doc:"What its values are."`
	Default node `yaml:"default" doc:"Its value when none is given. Without it, the parameter is required."`
	Doc     text `yaml:"doc,required" example:"doc: with what the parameter says, in a sentence" doc:"What it says, in a sentence."`
	Example node `yaml:"example" doc:"A value as a team would write it; needed where there is no default."`
	Choices node `yaml:"choices" doc:"The only values that it takes: a list, or for the type choice a map whose entries set further placeholders."`
}

// Schema returns the JSON Schema of a document of a template.
func Schema() *jsonschema.Schema {
	s := strictyaml.Schema(templateForm{})
	s.Title = "headroom template"
	s.Description = "How the metrics of a system are counted, one document of a template.yaml file."
	return s
}

// ExtendSchema says that the indicator is a map with one key; its values may be
// placeholders, so that the schema of specs does not hold for it.
func (*templateForm) ExtendSchema(s *jsonschema.Schema) {
	one := uint64(1)
	indicator := s.Properties.Value("indicator")
	*indicator = jsonschema.Schema{Type: "object", Description: indicator.Description, MinProperties: &one, MaxProperties: &one, Examples: []any{map[string]any{"gauge": "up{job=\"${job}\"}"}}}
}

// ExtendSchema says what values are.
func (*parameterForm) ExtendSchema(s *jsonschema.Schema) {
	single := &jsonschema.Schema{Extras: map[string]any{"type": []string{"string", "number", "boolean"}}}
	list := &jsonschema.Schema{Type: "array", Items: single}
	for _, key := range []string{"default", "example"} {
		value := s.Properties.Value(key)
		*value = jsonschema.Schema{Description: value.Description, AnyOf: []*jsonschema.Schema{single, list}}
	}
	choices := s.Properties.Value("choices")
	*choices = jsonschema.Schema{Description: choices.Description, AnyOf: []*jsonschema.Schema{list, {Type: "object"}}}
}
