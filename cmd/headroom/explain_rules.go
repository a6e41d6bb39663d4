package main

import (
	"fmt"
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
			fmt.Fprintf(b, "    %s\n", r.Record)
		}
	}
	fmt.Fprintf(b, "  %s\n", e.Rules.Cost.text(e.GroupBy))
}
