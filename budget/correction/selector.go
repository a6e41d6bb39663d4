package correction

import (
	"maps"
	"slices"
	"strings"

	"headroom/slo"
)

// All is the only entry of Selector.Namespaces that selects all of them.
const All = "*"

// Selector says which objectives a correction is about. What is empty selects
// all; all that is given must match. A whole one is never empty: that a
// correction is about everything must be written, as namespaces: ["*"].
type Selector struct {
	IDs        []slo.ID          `json:"ids,omitempty"`
	Services   []string          `json:"services,omitempty"` // "namespace/name"
	Namespaces []string          `json:"namespaces,omitempty"`
	Owners     []string          `json:"owners,omitempty"`
	Labels     map[string]string `json:"labels,omitempty"`
	// Bound are the owners beyond whose objectives nothing is selected, however
	// objectives change: those that whoever selects is bound to. Empty: no bound.
	Bound []string `json:"-"`
}

// Empty reports whether the selector says nothing.
func (s *Selector) Empty() bool {
	return len(s.IDs)+len(s.Services)+len(s.Namespaces)+len(s.Owners)+len(s.Labels) == 0
}

// Matches reports whether the selector selects an objective. One that was
// renamed is selected by its earlier ids, too.
func (s *Selector) Matches(o *slo.Objective) bool {
	if s.Empty() {
		return false
	}
	for name, value := range s.Labels {
		if got, found := o.Labels[name]; !found || got != value {
			return false
		}
	}
	return s.names(o) && (len(s.Bound) == 0 || slices.Contains(s.Bound, o.Owner)) &&
		(len(s.Services) == 0 || slices.Contains(s.Services, o.Service())) &&
		(len(s.Owners) == 0 || slices.Contains(s.Owners, o.Owner)) &&
		(len(s.Namespaces) == 0 || slices.Contains(s.Namespaces, o.ID.Namespace) || slices.Contains(s.Namespaces, All))
}

func (s *Selector) names(o *slo.Objective) bool {
	return len(s.IDs) == 0 || slices.Contains(s.IDs, o.ID) ||
		slices.ContainsFunc(o.Formerly, func(old slo.ID) bool { return slices.Contains(s.IDs, old) })
}

// String writes the selector for people: "service default/checkout".
func (s *Selector) String() string {
	var parts []string
	add := func(one, several string, list []string) {
		switch len(list) {
		case 0:
		case 1:
			parts = append(parts, one+" "+list[0])
		default:
			parts = append(parts, several+" "+strings.Join(list, ", "))
		}
	}
	ids := make([]string, len(s.IDs))
	for i, id := range s.IDs {
		ids[i] = id.String()
	}
	labels := make([]string, 0, len(s.Labels))
	for _, name := range slices.Sorted(maps.Keys(s.Labels)) {
		labels = append(labels, name+"="+s.Labels[name])
	}
	if slices.Contains(s.Namespaces, All) {
		parts = append(parts, "every namespace")
	} else {
		add("namespace", "namespaces", s.Namespaces)
	}
	add("service", "services", s.Services)
	add("objective", "objectives", ids)
	add("owner", "owners", s.Owners)
	add("label", "labels", labels)
	return strings.Join(parts, "; ")
}
