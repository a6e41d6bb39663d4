package dashboards

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/grafana/grafana-foundation-sdk/go/text"

	"headroom/alerting"
	"headroom/slo"
)

// factsPanel is what was declared and what follows from it, as a table in
// Markdown.
func (v view) factsPanel() *text.PanelBuilder {
	var b strings.Builder
	b.WriteString("| | |\n|---|---|\n")
	for _, f := range v.facts() {
		fmt.Fprintf(&b, "| **%s** | %s |\n", f.name, f.markdown)
	}
	return text.NewPanelBuilder().
		Title("As declared").
		Mode(text.TextModeMarkdown).
		Content(b.String()).
		Height(10).Span(24)
}

// fact is a line of facts.
type fact struct {
	name, markdown string
}

func (v view) facts() []fact {
	o := v.o
	list := []fact{
		{"Objective", plain(o.ID.String())},
		{"Description", plain(o.Description)},
		{"Target", plain(o.Target.String())},
		{"Window", plain(o.Window.String()) + ", rolling"},
		{"Budget", percent(o.Target.Budget()) + " of the events of the window may be bad"},
		{"Resolution", slo.FormatDuration(o.Resolution)},
		{"Indicator", plain(o.Indicator.Canonical())},
		{"One budget for each", plain(strings.Join(o.GroupBy, ", "))},
		{"Owner", plain(o.Owner)},
		{"Channel", plain(o.Channel)},
		{"Labels", plain(pairs(o.Labels))},
		{"Runbook", address(o.Runbook)},
	}
	if len(v.plan.Tiers) > 0 {
		list = append(list, fact{"Burn", "how fast the budget goes: 1 uses it up exactly by the end of the window"})
	}
	for _, t := range v.plan.Tiers {
		text := fmt.Sprintf(
			"while the burn is above %s over %s and over %s; a steady one has then used up %s of the budget",
			t.FactorString, slo.FormatDuration(t.Long), slo.FormatDuration(t.Short), percent(t.Share))
		if t.Sparse != nil {
			text += fmt.Sprintf("; applies while fewer than %s events come in %s", t.Sparse.Events, slo.FormatDuration(t.Sparse.Window))
		}
		list = append(list, fact{alertName(t.Severity), text})
	}
	for _, d := range v.plan.Dropped {
		list = append(list, fact{"No " + string(d.Preset.Severity), "over " + slo.FormatDuration(d.Preset.Long) + ": " + plain(d.Reason)})
	}
	return slices.DeleteFunc(list, func(f fact) bool { return f.markdown == "" })
}

func alertName(s alerting.Severity) string {
	if s == alerting.Page {
		return "Page"
	}
	return "Ticket"
}

func percent(ratio float64) string {
	return strconv.FormatFloat(100*ratio, 'g', 6, 64) + " %"
}

func pairs(labels map[string]string) string {
	list := make([]string, 0, len(labels))
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		list = append(list, name+"="+labels[name])
	}
	return strings.Join(list, ", ")
}
