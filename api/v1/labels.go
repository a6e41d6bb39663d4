package v1

import (
	"fmt"
	"strings"
)

// labelPairs reads "name=value", several with commas. A value may be empty,
// which selects what does not have the label.
func labelPairs(text string) ([][2]string, error) {
	if text == "" {
		return nil, nil
	}
	var pairs [][2]string
	for pair := range strings.SplitSeq(text, ",") {
		name, value, found := strings.Cut(pair, "=")
		if !found || name == "" {
			return nil, fmt.Errorf("parameter label: %q is not name=value", pair)
		}
		pairs = append(pairs, [2]string{name, value})
	}
	return pairs, nil
}

// matchLabels reports whether all labels match: those of the group, and where
// it has none of the name, the declared ones.
func (f Filter) matchLabels(s SLO) bool {
	pairs, err := labelPairs(f.Label)
	if err != nil {
		return false
	}
	var group map[string]string
	if !s.Group.IsZero() {
		group = s.Group.Labels()
	}
	for _, pair := range pairs {
		value, found := group[pair[0]]
		if !found {
			value = s.Labels[pair[0]]
		}
		if value != pair[1] {
			return false
		}
	}
	return true
}
