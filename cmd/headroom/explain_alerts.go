package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"headroom/alerting"
)

func (e explanation) writeAlerts(b *strings.Builder) {
	header := []string{"severity", "budget", "over", "and", "burn above", "error ratio above"}
	for _, n := range e.Alerts.Detection {
		header = append(header, "at "+burnName(n))
	}
	rows := [][]string{header}
	for _, t := range e.Alerts.Tiers {
		row := []string{string(t.Severity), percent(t.Share), t.Long, t.Short, t.Factor, t.Threshold}
		for _, after := range t.Detection {
			row = append(row, afterText(after))
		}
		rows = append(rows, row)
	}
	if len(e.Alerts.Tiers) == 0 {
		rows = [][]string{{"None: no alert is possible for this objective."}}
	}
	section(b, "Alerts", rows)
	for _, t := range e.Alerts.Tiers {
		if t.Sparse != nil {
			fmt.Fprintf(b, "  The %s over %s applies while fewer than %s events come in %s.\n", t.Severity, t.Long, t.Sparse.Events, t.Sparse.Window)
		}
	}
	if g := e.Alerts.Evidence; g != nil {
		fmt.Fprintf(b, "  A page needs evidence of %s nats, a ticket of %s%s; what is withheld is recorded as slo:tier:withheld.\n",
			g.Page, g.Ticket, dispersionText(g.Dispersion))
	}
	if share, err := strconv.ParseFloat(e.Alerts.Materiality, 64); err == nil {
		fmt.Fprintf(b, "  A tier fires only once its long window has spent %s of the budget.\n", percent(share))
	}
	e.writeNotices(b)
	for _, d := range e.Alerts.Dropped {
		fmt.Fprintf(b, "  Left out: the %s, since %s.\n", d.text(), d.Reason)
	}
	for _, n := range e.Alerts.Detection {
		fmt.Fprintf(b, "  %s\n", e.noticedText(n))
	}
	var others []string
	for _, o := range e.Alerts.Others {
		if o.On {
			others = append(others, o.Alert+" ("+o.Severity+")")
		}
	}
	if len(others) > 0 {
		fmt.Fprintf(b, "  Others: %s.\n", strings.Join(others, ", "))
	}
	e.writeSilence(b)
}

// writeSilence says when people hear of missing data, and that nobody is woken
// while an outage that takes its series with it spends the whole budget.
func (e explanation) writeSilence(b *strings.Builder) {
	told := map[alerting.Kind]other{}
	for _, o := range e.Alerts.Others {
		if o.On && slices.Contains([]alerting.Kind{alerting.Absent, alerting.Unmeasured, alerting.NoTraffic}, o.Kind) {
			told[o.Kind] = o
		}
	}
	if len(told) == 0 {
		return
	}
	s := e.Alerts.Silence
	fmt.Fprintf(b, "  Missing data is told of after %s (%s), in which a full outage takes %s%% of the budget.", span(s.After), s.Reason, few(100*s.Share))
	if absent, on := told[alerting.Absent]; on && s.Share >= 1 && absent.Severity == string(alerting.Ticket) {
		fmt.Fprintf(b, " One that takes the series with it wakes nobody: let a plan make %s a page, or probe the service.", absent.Alert)
	}
	b.WriteByte('\n')
}

// writeNotices says how alerts reach people where the plan has a say in that.
func (e explanation) writeNotices(b *strings.Builder) {
	usual := !slices.ContainsFunc(e.Alerts.Notices, func(n notice) bool { return !n.usual })
	for _, n := range e.Alerts.Notices {
		if !usual {
			fmt.Fprintf(b, "  The %s is %s.\n", n.Severity, n.text())
		}
		if n.Shadow {
			fmt.Fprintf(b, "  The %s is in the shadow: what would alert is recorded as slo:tier:burn, and nobody is told.\n", n.Severity)
		}
	}
}

func (n notice) text() string {
	parts := []string{n.Alert, "severity " + printable(n.Label)}
	for _, name := range slices.Sorted(maps.Keys(n.Labels)) {
		parts = append(parts, fmt.Sprintf("%s %q", name, n.Labels[name]))
	}
	text := strings.Join(parts, ", ")
	if n.Keep != nil {
		text += "; it goes on for " + span(*n.Keep)
	}
	return text
}

// text names what is left out as it was wished for, and what became of it.
func (d dropped) text() string {
	text := string(d.Severity)
	if d.Share > 0 { // or else it was left out before its share was known
		text += " at " + percent(d.Share) + " of the budget"
	}
	text += " over " + d.Wished
	if d.Long != d.Wished {
		text += ", which would be " + d.Long + " for this objective"
	}
	return text
}

func dispersionText(declared string) string {
	if declared == "" {
		return ""
	}
	return ", divided by the dispersion of " + declared
}

// noticedText says in a sentence when somebody hears of a steady burn.
func (e explanation) noticedText(n noticed) string {
	if n.ErrorRatio > 1 {
		return fmt.Sprintf("A burn of %s is not possible: of a target of %s a full outage is a burn of %s.", burnName(n), e.Target, few(e.Budget.Highest))
	}
	what := fmt.Sprintf("A burn of %s (%s of events bad)", burnName(n), percent(n.ErrorRatio))
	switch {
	case n.Name == "outage":
		what = "A full outage"
	case strings.HasSuffix(n.Name, "%"):
		what = fmt.Sprintf("A burn of %s× (%s of events bad)", few(n.ErrorRatio*e.Budget.Highest), n.Name)
	}
	switch {
	case n.Page == nil && n.Ticket == nil:
		return what + " is never noticed."
	case n.Page == nil:
		return fmt.Sprintf("%s never pages; a ticket comes after %s.", what, span(*n.Ticket))
	case n.Ticket == nil:
		return fmt.Sprintf("%s pages after %s; there is no ticket.", what, span(*n.Page))
	default:
		return fmt.Sprintf("%s pages after %s; a ticket comes after %s.", what, span(*n.Page), span(*n.Ticket))
	}
}

func burnName(n noticed) string { return strings.Replace(n.Name, "x", "×", 1) }

func afterText(seconds *float64) string {
	if seconds == nil {
		return "never"
	}
	return span(*seconds)
}
