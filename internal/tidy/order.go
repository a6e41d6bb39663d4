package tidy

import (
	"slices"

	"github.com/invopop/jsonschema"
	"go.yaml.in/yaml/v4"
)

// order is what a schema says about the order of keys; nil says nothing.
type order []*jsonschema.Schema

func newOrder(s *jsonschema.Schema) order {
	if s == nil {
		return nil
	}
	o := order{s}
	for _, other := range slices.Concat(s.AnyOf, s.OneOf) {
		o = append(o, newOrder(other)...)
	}
	return o
}

// schemaOf finds the order of a document by its kind.
func schemaOf(root *yaml.Node, schemas Schemas) order {
	for i := 0; i+1 < len(root.Content); i += 2 {
		if kind := root.Content[i].Value; kind != "headroom" {
			if o := newOrder(schemas(kind)); o != nil {
				return o
			}
		}
	}
	return nil
}

// rank returns the place of a key; those that no schema knows come last.
func (o order) rank(key string) int {
	n := 0
	for _, s := range o {
		if s.Properties == nil {
			continue
		}
		for pair := s.Properties.Oldest(); pair != nil; pair = pair.Next() {
			if pair.Key == key {
				return n
			}
			n++
		}
	}
	return n
}

// under returns the order of what stands under a key.
func (o order) under(key string) order {
	var found order
	for _, s := range o {
		if s.Properties != nil {
			if property, ok := s.Properties.Get(key); ok {
				found = append(found, newOrder(property)...)
				continue
			}
		}
		for _, property := range s.PatternProperties {
			found = append(found, newOrder(property)...)
		}
		if s.AdditionalProperties != nil && s.AdditionalProperties != jsonschema.FalseSchema {
			found = append(found, newOrder(s.AdditionalProperties)...)
		}
	}
	return found
}

// items returns the order of what stands in a list.
func (o order) items() order {
	var found order
	for _, s := range o {
		found = append(found, newOrder(s.Items)...)
	}
	return found
}

// sorted returns the indexes of a map's keys in the order that they shall
// have. Keys of one rank stay as they are.
func (o order) sorted(n *yaml.Node) []int {
	var keys []int
	for i := 0; i+1 < len(n.Content); i += 2 {
		keys = append(keys, i)
	}
	slices.SortStableFunc(keys, func(a, b int) int { return o.rank(n.Content[a].Value) - o.rank(n.Content[b].Value) })
	return keys
}
