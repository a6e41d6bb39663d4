package main

import (
	"fmt"
	"strings"
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
	for _, d := range e.Alerts.Dropped {
		at := ""
		if d.Share > 0 { // or else it was left out before its share was known
			at = " at " + percent(d.Share) + " of the budget"
		}
		fmt.Fprintf(b, "  Left out: the %s%s over %s, since %s.\n", d.Severity, at, d.Long, d.Reason)
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
		return fmt.Sprintf("A burn of %s is not possible: of a target of %s a full outage is a burn of %.3g.", burnName(n), e.Target, e.Budget.Highest)
	}
	what := fmt.Sprintf("A burn of %s (%s of events bad)", burnName(n), percent(n.ErrorRatio))
	switch {
	case n.Name == "outage":
		what = "A full outage"
	case strings.HasSuffix(n.Name, "%"):
		what = fmt.Sprintf("A burn of %.3g× (%s of events bad)", n.ErrorRatio*e.Budget.Highest, n.Name)
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
