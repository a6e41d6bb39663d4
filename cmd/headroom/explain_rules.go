package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

func (e explanation) writeRules(b *strings.Builder) {
	fmt.Fprintf(b, "\nRules for %s\n", e.Rules.Target)
	for _, g := range e.Rules.Groups {
		fmt.Fprintf(b, "  %s, every %s\n", g.Name, g.Interval)
		for _, r := range g.Rules {
			if r.Alert != "" {
				fmt.Fprintf(b, "    alert %s\n", r.Alert)
				continue
			}
			fmt.Fprintf(b, "    %s%s\n", r.Record, labelText(r.Labels))
		}
	}
	fmt.Fprintf(b, "  %s\n", e.Rules.Cost.text(e.GroupBy))
}

// labelText writes labels as PromQL does, "" without any.
func labelText(labels map[string]string) string {
	if len(labels) == 0 {
		return ""
	}
	var texts []string
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		texts = append(texts, fmt.Sprintf("%s=%q", name, labels[name]))
	}
	return "{" + strings.Join(texts, ", ") + "}"
}
