package strictyaml

import (
	"iter"

	"go.yaml.in/yaml/v4"
)

// Pairs yields the keys of a map with their values in the order of the
// document; nothing for any other node.
func (n Node) Pairs() iter.Seq2[Node, Node] {
	return func(yield func(Node, Node) bool) {
		if !n.IsMap() {
			return
		}
		for i := 0; i+1 < len(n.n.Content); i += 2 {
			if !yield(Node{n.n.Content[i]}, Node{n.n.Content[i+1]}) {
				return
			}
		}
	}
}

// IsList reports whether the node is a list.
func (n Node) IsList() bool { return n.n != nil && n.n.Kind == yaml.SequenceNode }

// Items yields the items of a list; nothing for any other node.
func (n Node) Items() iter.Seq[Node] {
	return func(yield func(Node) bool) {
		if !n.IsList() {
			return
		}
		for _, child := range n.n.Content {
			if !yield(Node{child}) {
				return
			}
		}
	}
}

// Text returns the source's text without a byte order mark, which the caller
// must not change.
func (s *Source) Text() []byte { return s.data }
