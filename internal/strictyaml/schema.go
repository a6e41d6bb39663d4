package strictyaml

import (
	"reflect"
	"strconv"
	"strings"

	"github.com/invopop/jsonschema"
	"go.yaml.in/yaml/v4"
)

// schemaExtender is implemented by forms with rules between their keys.
type schemaExtender interface {
	ExtendSchema(s *jsonschema.Schema)
}

// Schema returns the JSON Schema of the documents that Decode accepts for a
// struct type. Maps are closed. Of the fields' tags it uses doc (description),
// example ("key: value"), pattern, max (characters), enum (comma-separated), names (pattern of a
// Map's keys), and schema ("required", or "-" for a key that is not shown). It
// keeps to what draft 4 and 2020-12 have in common and uses no references.
func Schema(form any) *jsonschema.Schema {
	return schemaOf(reflect.TypeOf(form), "")
}

func schemaOf(t reflect.Type, tag reflect.StructTag) *jsonschema.Schema {
	pointer := reflect.New(t).Interface()
	if v, ok := pointer.(placed); ok {
		return schemaOf(reflect.TypeOf(v.innerValue()).Elem(), tag)
	}
	if m, ok := pointer.(ordered); ok {
		return mapSchema(reflect.TypeOf(m.innerValue()).Elem(), tag)
	}
	if t == reflect.TypeFor[Node]() {
		return &jsonschema.Schema{} // any value
	}
	switch t.Kind() {
	case reflect.Pointer:
		return schemaOf(t.Elem(), tag)
	case reflect.Struct:
		return structSchema(t)
	case reflect.Slice:
		return &jsonschema.Schema{Type: "array", Items: schemaOf(t.Elem(), "")}
	case reflect.Bool:
		return &jsonschema.Schema{Type: "boolean"}
	default:
		return textSchema(tag)
	}
}

// textSchema allows other scalars than strings where any text will do, since
// Decode takes them as they are written.
func textSchema(tag reflect.StructTag) *jsonschema.Schema {
	s := &jsonschema.Schema{Pattern: tag.Get("pattern")}
	if most := maxOf(tag); most > 0 {
		length := uint64(most)
		s.MaxLength = &length
	}
	for _, value := range strings.FieldsFunc(tag.Get("enum"), func(r rune) bool { return r == ',' }) {
		s.Enum = append(s.Enum, value)
	}
	if s.Pattern == "" && s.Enum == nil {
		s.Extras = map[string]any{"type": []string{"string", "number", "boolean"}}
		return s
	}
	s.Type = "string"
	return s
}

func mapSchema(value reflect.Type, tag reflect.StructTag) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "object"}
	names := tag.Get("names")
	if names == "" {
		s.AdditionalProperties = schemaOf(value, "")
		if most := maxOf(tag); most > 0 {
			length := uint64(most)
			s.AdditionalProperties.MaxLength = &length
		}
		return s
	}
	one := uint64(1)
	s.MinProperties = &one
	s.PatternProperties = map[string]*jsonschema.Schema{names: schemaOf(value, "")}
	s.AdditionalProperties = jsonschema.FalseSchema
	return s
}

func structSchema(t reflect.Type) *jsonschema.Schema {
	s := &jsonschema.Schema{
		Type:                 "object",
		Properties:           jsonschema.NewProperties(),
		AdditionalProperties: jsonschema.FalseSchema,
	}
	for _, f := range fieldsOf(t) {
		field := t.FieldByIndex(f.index)
		rule := field.Tag.Get("schema")
		if rule == "-" {
			continue
		}
		property := schemaOf(field.Type, field.Tag)
		property.Description = field.Tag.Get("doc")
		if text, ok := strings.CutPrefix(f.example, f.name+": "); ok {
			if example, ok := exampleOf(text, property.Type); ok {
				property.Examples = []any{example}
			}
		}
		s.Properties.Set(f.name, property)
		if f.required || rule == "required" {
			s.Required = append(s.Required, f.name)
		}
	}
	if e, ok := reflect.New(t).Interface().(schemaExtender); ok {
		e.ExtendSchema(s)
	}
	return s
}

// exampleOf reads the value of a key in the tag example. Of a map or list, a
// sentence is no example.
func exampleOf(text, kind string) (any, bool) {
	if kind == "boolean" {
		value, err := strconv.ParseBool(text)
		return value, err == nil
	}
	if kind != "object" && kind != "array" {
		return strings.ReplaceAll(strings.Trim(text, `"'`), `\"`, `"`), true
	}
	if !strings.HasPrefix(text, "[") && !strings.HasPrefix(text, "{") {
		return nil, false
	}
	var value any
	if err := yaml.Unmarshal([]byte(text), &value); err != nil {
		return nil, false
	}
	return value, true
}
