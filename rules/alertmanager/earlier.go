package alertmanager

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// earlier is what ours once was. It matches every alert with a label slo, which
// other tools give theirs too, so that it alone tells nobody whose a route is.
const earlier = `slo=~".+"`

// isRoute reports whether a route is one that Merge put into a configuration.
func isRoute(n *yaml.Node) bool { return matches(n, "matchers", ours, 1) || isEarlierRoute(n) }

// isEarlierRoute recognises a route of all alerts by its whole shape: what its
// groups are, and that all below it is for one severity each.
func isEarlierRoute(n *yaml.Node) bool {
	below := list(n, "routes")
	groups := strings.Join(values(list(n, "group_by")), " ")
	return matches(n, "matchers", earlier, 1) && groups == "namespace service severity" &&
		len(n.Content) == 2*len([]string{"receiver", "matchers", "group_by", "routes"}) &&
		len(below) > 0 && !slices.ContainsFunc(below, func(leaf *yaml.Node) bool {
		m := values(list(leaf, "matchers"))
		return len(m) == 0 || !strings.HasPrefix(m[len(m)-1], "severity=")
	})
}

// isInhibition reports whether an inhibition is one that Merge put beside routes.
// Only beside a route of earlier is one of earlier ours.
func isInhibition(n *yaml.Node, beside []*yaml.Node) bool {
	if matches(n, "source_matchers", ours, 2, 3) && matches(n, "target_matchers", ours, 2, 3) {
		return true
	}
	if !slices.ContainsFunc(beside, isEarlierRoute) || !matches(n, "source_matchers", earlier, 2) || !matches(n, "target_matchers", earlier, 2) {
		return false
	}
	equal := strings.Join(values(list(n, "equal")), " ")
	return equal == "namespace service" || equal == "slo" || strings.HasPrefix(equal, "slo ")
}

// matches reports whether a mapping has one of these numbers of matchers, of
// which the first is a given one.
func matches(n *yaml.Node, key, first string, counts ...int) bool {
	m := list(n, key)
	return slices.Contains(counts, len(m)) && m[0].Value == first
}

// values are the texts of scalars.
func values(list []*yaml.Node) []string {
	texts := make([]string, len(list))
	for i, n := range list {
		texts[i] = n.Value
	}
	return texts
}
