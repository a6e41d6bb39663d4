package strictyaml

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// field is one key that a struct knows.
type field struct {
	name     string
	index    []int
	required bool
	example  string
	max      int // characters of the text, or of each text in a map; 0 for any number
}

// scalarHinter is implemented by forms that know what somebody meant who wrote
// a single value instead of a map.
type scalarHinter interface {
	ScalarHint(text string) string
}

// fieldsOf returns the keys of a struct type, those of embedded structs
// included, in the order of declaration.
func fieldsOf(t reflect.Type) []field {
	var fields []field
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous && f.Type.Kind() == reflect.Struct && f.Tag.Get("yaml") != "-" {
			for _, sub := range fieldsOf(f.Type) {
				sub.index = append([]int{i}, sub.index...)
				fields = append(fields, sub)
			}
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if name == "" || name == "-" {
			continue
		}
		fields = append(fields, field{name: name, index: []int{i}, required: options == "required", example: f.Tag.Get("example"), max: maxOf(f.Tag)})
	}
	return fields
}

func (d *Document) decodeStruct(key, n *yaml.Node, v reflect.Value) {
	hint := "write key: value lines, indented under the key"
	if h, ok := v.Addr().Interface().(scalarHinter); ok && n.Kind == yaml.ScalarNode {
		hint = h.ScalarHint(n.Value)
	}
	if !d.wantKind(n, yaml.MappingNode, "a map", hint) {
		return
	}
	fields := d.fieldsOf(v.Type())
	given := make([]bool, len(fields))
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		at := slices.IndexFunc(fields, func(f field) bool { return f.name == name.Value })
		if at < 0 {
			d.unknownKey(name, fields)
			continue
		}
		given[at] = true
		d.decode(name, value, v.FieldByIndex(fields[at].index))
		d.checkLength(name.Value, value, fields[at].max)
	}
	for i, f := range fields {
		if f.required && !given[i] {
			d.Report(Node{key}, "missing-key", fmt.Sprintf("the key %s is missing", f.name), "write "+f.example)
		}
	}
}

func (d *Document) fieldsOf(t reflect.Type) []field {
	if d.source.fields == nil {
		d.source.fields = map[reflect.Type][]field{}
	}
	fields, found := d.source.fields[t]
	if !found {
		fields = fieldsOf(t)
		d.source.fields[t] = fields
	}
	return fields
}

func (d *Document) unknownKey(key *yaml.Node, fields []field) {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	hint := "the keys here are: " + strings.Join(names, ", ")
	if name, ok := Nearest(key.Value, names); ok {
		hint = fmt.Sprintf("did you mean %s?", name)
	}
	d.Report(Node{key}, "unknown-key", fmt.Sprintf("unknown key %q", key.Value), hint)
}
