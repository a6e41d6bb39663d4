package strictyaml

import (
	"slices"

	"go.yaml.in/yaml/v4"
)

// Value is a field that remembers where it was given.
type Value[T any] struct {
	V    T
	Key  Node // zero when the field was not given
	Node Node
}

// IsSet reports whether the field was given.
func (v Value[T]) IsSet() bool { return !v.Key.IsZero() }

// Entry is one key of a Map with its value.
type Entry[T any] struct {
	Name  string
	Key   Node
	Node  Node // of the value
	Value T
}

// Map is a map with free keys in the order of the document.
type Map[T any] []Entry[T]

// placed is implemented by pointers to Value.
type placed interface {
	inner
	place(key, node *yaml.Node) (target any)
}

// ordered is implemented by pointers to Map.
type ordered interface {
	inner
	grow(n int)
	add(key, node *yaml.Node) (target any)
}

func (v *Value[T]) place(key, node *yaml.Node) any {
	v.Key, v.Node = Node{key}, Node{node}
	return &v.V
}

func (m *Map[T]) grow(n int) { *m = slices.Grow(*m, n) }

func (m *Map[T]) add(key, node *yaml.Node) any {
	*m = append(*m, Entry[T]{Name: key.Value, Key: Node{key}, Node: Node{node}})
	return &(*m)[len(*m)-1].Value
}

// inner gives Schema the type inside a Value or a Map.
type inner interface{ innerValue() any }

func (v *Value[T]) innerValue() any { return &v.V }
func (m *Map[T]) innerValue() any   { return new(T) }

// Fault is an error of a TextUnmarshaler that brings its own check id and
// place. Start and End are byte offsets in the text; both 0 mean all of it.
//
//nolint:errname // read as strictyaml.Fault at the call site
type Fault struct {
	Check         string
	Message, Hint string
	Start, End    int
}

func (f *Fault) Error() string { return f.Message }
