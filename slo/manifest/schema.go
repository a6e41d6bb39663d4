package manifest

import (
	"encoding/json"
	"fmt"

	"github.com/invopop/jsonschema"

	"headroom/internal/strictyaml"
	"headroom/slo/event"
)

// Schema returns the JSON Schema of a spec document, indented and with a final
// newline. It comes from the structs that documents are decoded into.
func Schema() ([]byte, error) {
	s := ServiceSchema()
	s.Version = jsonschema.Version
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write JSON Schema: %w", err)
	}
	return append(data, '\n'), nil
}

// ServiceSchema returns the JSON Schema of a spec document.
func ServiceSchema() *jsonschema.Schema {
	s := strictyaml.Schema(serviceForm{})
	s.Title = "headroom service"
	s.Description = "A service and its objectives, one document of an slo.yaml file."
	return s
}

// oneOf asks for exactly one of the keys.
func oneOf(s *jsonschema.Schema, keys ...string) {
	for _, key := range keys {
		s.OneOf = append(s.OneOf, &jsonschema.Schema{Required: []string{key}})
	}
}

// ExtendSchema asks for exactly one indicator.
func (*objectiveForm) ExtendSchema(s *jsonschema.Schema) {
	oneOf(s, "ratio", "latency", "gauge", "raw", "query", "events", "template")
	extendGauge(s)
}

// ExtendSchema asks for either bad or good events.
func (*ratioForm) ExtendSchema(s *jsonschema.Schema) { oneOf(s, "bad", "good") }

// ExtendSchema lets good be a condition or a time, and lists what ignore takes.
func (*eventsForm) ExtendSchema(s *jsonschema.Schema) {
	good := s.Properties.Value("good")
	within := strictyaml.Schema(timeForm{})
	*good = jsonschema.Schema{
		Description: good.Description, Examples: good.Examples,
		AnyOf: []*jsonschema.Schema{{Type: "string"}, within},
	}
	for _, owner := range event.Faults() {
		ignore := s.Properties.Value("ignore")
		ignore.Items.Enum = append(ignore.Items.Enum, string(owner))
	}
}
