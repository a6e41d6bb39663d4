package ruler

import (
	"fmt"
	"io"
	"reflect"

	"headroom/rules"
)

// WriteDiff says in lines what a change does: the group with its rules that
// come, go or are altered.
func WriteDiff(w io.Writer, c Change) error {
	sign := map[Action]string{Create: "+", Update: "~", Delete: "-"}[c.Action]
	lines := []string{fmt.Sprintf("%s %s: %s", sign, c.Namespace, c.Group)}
	switch c.Action {
	case Create:
		lines = append(lines, fmt.Sprintf("    + %d rules", len(c.Want.Rules)))
	case Delete:
		lines = append(lines, fmt.Sprintf("    - %d rules", len(c.Have.Rules)))
	default:
		lines = append(lines, altered(c.Have, normal(c.Want))...)
	}
	for _, line := range lines {
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
	}
	return nil
}

// altered compares two forms of a group.
func altered(have, want rules.Group) []string {
	var lines []string
	add := func(what string, from, to any) {
		if from != to {
			lines = append(lines, fmt.Sprintf("    ~ %s: %v, was %v", what, to, from))
		}
	}
	add("interval", have.Interval, want.Interval)
	add("query_offset", have.QueryOffset, want.QueryOffset)
	before := keyed(have.Rules)
	for _, key := range keys(want.Rules) {
		rule := keyed(want.Rules)[key]
		old, exists := before[key]
		delete(before, key)
		switch {
		case !exists:
			lines = append(lines, "    + "+key, "        expr: "+rule.Expr)
		case !reflect.DeepEqual(old, rule):
			lines = append(lines, "    ~ "+key)
			lines = append(lines, details(old, rule)...)
		}
	}
	for _, key := range keys(have.Rules) {
		if _, gone := before[key]; gone {
			lines = append(lines, "    - "+key)
		}
	}
	if len(lines) == 0 {
		lines = append(lines, "    ~ the order of the rules")
	}
	return lines
}

// keyed finds rules by their kind and name, and by their place among those of
// the same name.
func keyed(list []rules.Rule) map[string]rules.Rule {
	found := make(map[string]rules.Rule, len(list))
	for i, key := range keys(list) {
		found[key] = list[i]
	}
	return found
}

func keys(list []rules.Rule) []string {
	count := map[string]int{}
	names := make([]string, 0, len(list))
	for _, r := range list {
		key := "record " + r.Record
		if r.Alert != "" {
			key = "alert " + r.Alert
		}
		if count[key]++; count[key] > 1 {
			key = fmt.Sprintf("%s (%d)", key, count[key])
		}
		names = append(names, key)
	}
	return names
}

func details(old, rule rules.Rule) []string {
	var lines []string
	add := func(what, from, to string) {
		if from == to {
			return
		}
		if from != "" {
			lines = append(lines, "        - "+what+": "+from)
		}
		if to != "" {
			lines = append(lines, "        + "+what+": "+to)
		}
	}
	add("expr", old.Expr, rule.Expr)
	add("keep_firing_for", old.KeepFiringFor.String(), rule.KeepFiringFor.String())
	for _, side := range []struct {
		what     string
		from, to []rules.Label
	}{{"label", old.Labels, rule.Labels}, {"annotation", old.Annotations, rule.Annotations}} {
		from, to := values(side.from), values(side.to)
		for _, l := range ordered(append(append([]rules.Label{}, side.from...), side.to...)) {
			add(side.what+" "+l.Name, from[l.Name], to[l.Name])
			from[l.Name], to[l.Name] = "", ""
		}
	}
	return lines
}

func values(labels []rules.Label) map[string]string {
	found := make(map[string]string, len(labels))
	for _, l := range labels {
		found[l.Name] = l.Value
	}
	return found
}
