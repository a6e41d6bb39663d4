package rules

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Group is one rule group: rules that are evaluated together, in order.
type Group struct {
	Name        string
	Interval    time.Duration
	QueryOffset time.Duration // evaluated for this much earlier; 0 for none
	Rules       []Rule
}

// Rule is a recording rule or an alerting rule: one of Record and Alert is set.
type Rule struct {
	Record        string
	Alert         string
	Expr          string
	KeepFiringFor time.Duration // alerts only; 0 for none
	Labels        []Label       // sorted by name
	Annotations   []Label       // in the order of reading
}

// Name returns the rule's record or alert name.
func (r Rule) Name() string { return cmp.Or(r.Record, r.Alert) }

// Label is a name with a value.
type Label struct {
	Name, Value string
}

// sorted returns labels in the order of their names.
func sorted(labels map[string]string) []Label {
	list := make([]Label, 0, len(labels))
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		list = append(list, Label{Name: name, Value: labels[name]})
	}
	return list
}
