package strictyaml

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"
)

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

// check reports what this dialect refuses anywhere in the tree: anchors,
// aliases, tags, keys that are no text, and keys that are given twice.
func (d *Document) check(n *yaml.Node) {
	if n.Kind == yaml.AliasNode {
		if d.reported[n.Value] {
			return
		}
		if d.reported == nil {
			d.reported = map[string]bool{}
		}
		d.reported[n.Value] = true
		d.Report(Node{n}, "yaml-alias", fmt.Sprintf("alias *%s: aliases are not supported", n.Value), "write the value out")
		return
	}
	if n.Anchor != "" {
		d.Report(Node{n}, "yaml-alias", fmt.Sprintf("anchor &%s: anchors are not supported", n.Anchor), "remove the anchor and write values out where they are needed")
	}
	if n.Style&yaml.TaggedStyle != 0 {
		d.Report(Node{n}, "yaml-tag", fmt.Sprintf("tag %s: tags are not supported", n.Tag), "remove the tag")
	}
	if n.Kind == yaml.MappingNode {
		d.checkKeys(n)
	}
	for _, child := range n.Content {
		d.check(child)
	}
}

// checkKeys also takes the keys that it refuses out of the map, so that
// decoding does not report them again.
func (d *Document) checkKeys(n *yaml.Node) {
	lines := make(map[string]int, len(n.Content)/2)
	kept := n.Content[:0]
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		switch first, twice := lines[key.Value]; {
		case key.Kind == yaml.AliasNode:
			d.check(key)
		case key.Kind != yaml.ScalarNode:
			d.Report(Node{key}, "wrong-type", "a key must be text", "write a plain word before the colon")
		case key.Tag == "!!merge":
			d.Report(Node{key}, "yaml-alias", "merge key <<: merge keys are not supported", "write the keys out")
		case twice:
			d.Report(Node{key}, "duplicate-key", fmt.Sprintf("key %q is already given on line %d", key.Value, first), "keep one of the two")
		default:
			lines[key.Value] = d.line + key.Line - 1
			kept = append(kept, key, n.Content[i+1])
		}
	}
	n.Content = kept
}

// kindName says what a node is in plain words.
func kindName(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a map"
	case yaml.SequenceNode:
		return "a list"
	default:
		return "a single value"
	}
}

// looksLikeSelector reports whether a map was meant to be PromQL's {a="b"},
// which YAML takes for a map without values.
func looksLikeSelector(n *yaml.Node) bool {
	return n.Kind == yaml.MappingNode && n.Style&yaml.FlowStyle != 0 && len(n.Content) >= 2 &&
		strings.ContainsAny(n.Content[0].Value, `="~`)
}
