package catalog

import "headroom/internal/strictyaml"

// These structs are the form of a document; what a key means stands in
// docs/templates.md.

type (
	text  = strictyaml.Value[string]
	texts = strictyaml.Value[[]text]
	node  = strictyaml.Value[strictyaml.Node]
)

type templateForm struct {
	Version     text                                            `yaml:"headroom"`
	Template    text                                            `yaml:"template"`
	Title       text                                            `yaml:"title,required" example:"title: with what is measured, in a few words"`
	Description text                                            `yaml:"description,required" example:"description: with what is good of what, in a sentence"`
	Categories  texts                                           `yaml:"categories"`
	Metrics     texts                                           `yaml:"metrics"`
	Suggest     strictyaml.Value[suggestForm]                   `yaml:"suggest"`
	Parameters  strictyaml.Value[strictyaml.Map[parameterForm]] `yaml:"parameters"`
	Indicator   node                                            `yaml:"indicator,required" example:"indicator: with one of ratio, latency, gauge, raw, query and events under it"`
	Notes       texts                                           `yaml:"notes"`
}

type suggestForm struct {
	Objective text `yaml:"objective,required" example:"objective: availability"`
	Target    text `yaml:"target,required" example:"target: 99.9%"`
	Window    text `yaml:"window"`
}

type parameterForm struct {
	Type    text `yaml:"type,required" example:"type: string"`
	Doc     text `yaml:"doc,required" example:"doc: with what the parameter says, in a sentence"`
	Default node `yaml:"default"`
	Example node `yaml:"example"`
	Choices node `yaml:"choices"`
}
