package policy

import "headroom/internal/strictyaml"

// These structs are the form of a document; what a key means stands in
// docs/gate.md.

type (
	text  = strictyaml.Value[string]
	texts = strictyaml.Value[[]text]
)

type policyForm struct {
	Version      text                           `yaml:"headroom"`
	Policy       text                           `yaml:"policy"`
	Objectives   strictyaml.Value[selectorForm] `yaml:"objectives"`
	Freeze       strictyaml.Value[freezeForm]   `yaml:"freeze"`
	Environments texts                          `yaml:"environments"`
	Pass         texts                          `yaml:"pass"`
	Unknown      text                           `yaml:"unknown"`
	Mode         text                           `yaml:"mode"`
}

type selectorForm struct {
	Namespaces texts                  `yaml:"namespaces"`
	Services   texts                  `yaml:"services"`
	Owners     texts                  `yaml:"owners"`
	IDs        texts                  `yaml:"ids"`
	Labels     strictyaml.Map[string] `yaml:"labels"`
}

type freezeForm struct {
	Remaining text `yaml:"remaining,required" example:"remaining: 0%"`
}
