package tidy

import (
	"bytes"
	"maps"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v4"
)

// equivalent reports whether two documents mean the same and hold the same
// letters, those of comments included.
func equivalent(a, b string) bool {
	if !maps.Equal(letters(a), letters(b)) {
		return false
	}
	left, right := parse(a), parse(b)
	return left != nil && right != nil && equal(left, right)
}

// letters counts what formatting neither adds nor takes away.
func letters(text string) map[rune]int {
	count := map[rune]int{}
	for _, r := range text {
		if !unicode.IsSpace(r) && !strings.ContainsRune(`"'\,`, r) {
			count[r]++
		}
	}
	return count
}

func parse(text string) *yaml.Node {
	loader, err := yaml.NewLoader(bytes.NewReader([]byte(text)))
	if err != nil {
		return nil
	}
	var node yaml.Node
	if err := loader.Load(&node); err != nil || len(node.Content) != 1 {
		return nil
	}
	return node.Content[0]
}

// equal compares two trees; maps may have their keys in another order.
func equal(a, b *yaml.Node) bool {
	if a.Kind != b.Kind || a.Tag != b.Tag || a.Value != b.Value || len(a.Content) != len(b.Content) {
		return false
	}
	if a.Kind != yaml.MappingNode {
		for i := range a.Content {
			if !equal(a.Content[i], b.Content[i]) {
				return false
			}
		}
		return true
	}
	others := map[string]*yaml.Node{}
	for i := 0; i+1 < len(b.Content); i += 2 {
		others[b.Content[i].Tag+b.Content[i].Value] = b.Content[i+1]
	}
	for i := 0; i+1 < len(a.Content); i += 2 {
		other, found := others[a.Content[i].Tag+a.Content[i].Value]
		if !found || !equal(a.Content[i+1], other) {
			return false
		}
	}
	return true
}
