package strictyaml

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"time"

	"github.com/prometheus/common/model"
	"go.yaml.in/yaml/v4"

	"headroom/slo/diag"
)

// Unmarshal reads a text of exactly one document into a pointer to a struct.
func Unmarshal(name string, data []byte, into any) []diag.Problem {
	source, problems := NewSource(name, data)
	if problems != nil {
		return problems
	}
	count := 0
	for d := range source.Documents() {
		if count++; count > 1 {
			d.Report(Node{}, "yaml-syntax", "a second document in a file that holds one", `remove it and the line of "---"`)
		} else {
			d.Decode(into)
		}
		problems = append(problems, d.Problems()...)
	}
	return problems
}

// Decode stores the document in a pointer to a struct and adds a problem for
// everything that does not fit. Fields without a yaml tag are left alone;
// `yaml:"name,required"` reports a missing key, with the tag `example` as hint,
// and `max:"100"` a text of more characters.
//
// Fields are structs, pointers to them, maps with string keys, Map, slices,
// Value of all these, Node for a value of any kind, and scalars: string (any scalar, as it is written), bool,
// integers, floats, time.Duration in Prometheus's notation, and
// encoding.TextUnmarshaler, whose error may be a *Fault.
func (d *Document) Decode(into any) {
	if d.root != nil {
		d.decode(d.root, d.root, reflect.ValueOf(into).Elem())
	}
}

// DecodeNode stores a value that was read into a Node in a pointer to a struct,
// as Decode does; missing keys are reported at key.
func (d *Document) DecodeNode(key, n Node, into any) {
	if n.n != nil {
		d.decode(key.n, n.n, reflect.ValueOf(into).Elem())
	}
}

var durationType = reflect.TypeFor[time.Duration]()

func (d *Document) decode(key, n *yaml.Node, v reflect.Value) {
	if n.Kind == yaml.AliasNode {
		return // check has reported it
	}
	pointer := v.Addr().Interface()
	if p, ok := pointer.(placed); ok {
		d.decode(key, n, reflect.ValueOf(p.place(key, n)).Elem())
		return
	}
	if p, ok := pointer.(*Node); ok {
		p.n = n
		return
	}
	if isNull(n) && n.Style == 0 {
		d.Report(Node{key}, "empty-value", fmt.Sprintf("%s has no value", key.Value), "write a value or remove the key")
		return
	}
	if m, ok := pointer.(ordered); ok {
		m.grow(len(n.Content) / 2)
		d.decodeMap(n, m.add)
		return
	}
	if u, ok := pointer.(encoding.TextUnmarshaler); ok {
		d.decodeText(n, u)
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.decode(key, n, v.Elem())
	case reflect.Struct:
		d.decodeStruct(key, n, v)
	case reflect.Slice:
		d.decodeSlice(n, v)
	case reflect.Map:
		d.decodeGoMap(n, v)
	default:
		d.decodeScalar(n, v)
	}
}

func (d *Document) wantKind(n *yaml.Node, kind yaml.Kind, want, hint string) bool {
	if n.Kind == kind {
		return true
	}
	if looksLikeSelector(n) {
		hint = `put single quotes around it: '{job="checkout"}'`
	}
	d.Report(Node{n}, "wrong-type", fmt.Sprintf("this is %s, want %s", kindName(n), want), hint)
	return false
}

func (d *Document) decodeText(n *yaml.Node, u encoding.TextUnmarshaler) {
	if !d.wantKind(n, yaml.ScalarNode, "a single value", "write the value after the colon") {
		return
	}
	err := u.UnmarshalText([]byte(n.Value))
	var fault *Fault
	switch {
	case err == nil:
	case errors.As(err, &fault) && fault.End > fault.Start:
		d.ReportRange(Node{n}, fault.Start, fault.End, fault.Check, fault.Message, fault.Hint)
	case errors.As(err, &fault):
		d.Report(Node{n}, fault.Check, fault.Message, fault.Hint)
	default:
		d.Report(Node{n}, "bad-value", err.Error(), "mend the value")
	}
}

func (d *Document) decodeMap(n *yaml.Node, add func(key, node *yaml.Node) any) {
	if !d.wantKind(n, yaml.MappingNode, "a map", "write key: value lines, indented under the key") {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		d.decode(key, value, reflect.ValueOf(add(key, value)).Elem())
	}
}

func (d *Document) decodeGoMap(n *yaml.Node, v reflect.Value) {
	v.Set(reflect.MakeMap(v.Type()))
	type pair struct{ key, value reflect.Value }
	var pairs []pair
	d.decodeMap(n, func(key, _ *yaml.Node) any {
		value := reflect.New(v.Type().Elem())
		pairs = append(pairs, pair{reflect.ValueOf(key.Value).Convert(v.Type().Key()), value.Elem()})
		return value.Interface()
	})
	for _, p := range pairs {
		v.SetMapIndex(p.key, p.value)
	}
}

func (d *Document) decodeSlice(n *yaml.Node, v reflect.Value) {
	if !d.wantKind(n, yaml.SequenceNode, "a list", "write [a, b], or one \"- a\" line each") {
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
	for i, child := range n.Content {
		d.decode(child, child, v.Index(i))
	}
}

func (d *Document) decodeScalar(n *yaml.Node, v reflect.Value) {
	if !d.wantKind(n, yaml.ScalarNode, "a single value", "write the value after the colon") {
		return
	}
	if v.Kind() == reflect.String {
		v.SetString(n.Value)
		return
	}
	if v.Type() == durationType {
		parsed, err := model.ParseDuration(n.Value)
		if err != nil {
			d.Report(Node{n}, "bad-value", fmt.Sprintf("%q is not a duration", n.Value), "write a number with a unit, such as 300ms, 10s, 5m, 6h or 28d")
			return
		}
		v.SetInt(int64(parsed))
		return
	}
	d.decodeNumber(n, v)
}

func (d *Document) decodeNumber(n *yaml.Node, v reflect.Value) {
	var bits int
	var want string
	if v.Kind() != reflect.Bool {
		bits = v.Type().Bits()
	}
	var err error
	switch v.Kind() {
	case reflect.Bool:
		want = "true or false"
		v.SetBool(n.Value == "true")
		if n.Value != "true" && n.Value != "false" {
			err = strconv.ErrSyntax
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		var i int64
		want = "a whole number"
		i, err = strconv.ParseInt(n.Value, 10, bits)
		v.SetInt(i)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		var u uint64
		want = "a whole number that is not negative"
		u, err = strconv.ParseUint(n.Value, 10, bits)
		v.SetUint(u)
	case reflect.Float32, reflect.Float64:
		var f float64
		want = "a number"
		f, err = strconv.ParseFloat(n.Value, bits)
		v.SetFloat(f)
	default:
		panic("strictyaml: field of type " + v.Type().String())
	}
	if err != nil {
		d.Report(Node{n}, "bad-value", fmt.Sprintf("%q is not %s", n.Value, want), "write "+want)
	}
}
