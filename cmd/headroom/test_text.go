package main

import (
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"headroom/internal/trial"
	"headroom/slo"
	"headroom/slo/slotest"
)

// outcomeText writes one case for a person: a line when it passed, otherwise
// what was expected and got, and what came out.
func outcomeText(o *trial.Outcome, verbose bool) string {
	var b strings.Builder
	mark := "ok  "
	if !o.Passed() {
		mark = "FAIL"
	}
	fmt.Fprintf(&b, "%s  %s (%s)\n", mark, printable(fullName(o.Case)), o.Elapsed.Round(10*time.Millisecond))
	for _, f := range o.Failures {
		fmt.Fprintf(&b, "  %s:%d:%d: %s\n", f.Place.File, f.Place.Line, f.Place.Column, f.What)
		fmt.Fprintf(&b, "    expected  %s\n    got       %s\n", f.Expected, f.Got)
	}
	if !o.Passed() || verbose {
		writeBalances(&b, o)
		writeAlerts(&b, o)
	}
	return b.String()
}

// writeBalances writes what the ledger says, with the live estimate of the rules
// beside it.
func writeBalances(b *strings.Builder, o *trial.Outcome) {
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "  at\tremaining\tlive estimate\tbad\tevents\tbudget\tdata"+groupHeader(o))
	for i := range o.Measurements {
		m := &o.Measurements[i]
		balance := &m.Status.Balance
		fmt.Fprintf(w, "  %s\t%s\t%s\t%s\t%s\t%s\t%s%s\n", slotest.FormatTime(m.At),
			numberText(balance.Remaining, 100, "%"), numberText(m.Live, 100, "%"),
			numberText(balance.Bad, 1, ""), numberText(balance.Total, 1, ""),
			m.Status.State, m.Status.Data, groupCell(o, m.Group))
	}
	_ = w.Flush() // into memory
}

func writeAlerts(b *strings.Builder, o *trial.Outcome) {
	if len(o.Alerts) == 0 {
		fmt.Fprintln(b, "  no alert fired")
		return
	}
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "  fires\tresolves\tseverity\talert"+groupHeader(o))
	for _, a := range o.Alerts {
		resolves := "-"
		if a.Resolves != nil {
			resolves = slotest.FormatTime(*a.Resolves)
		}
		fmt.Fprintf(w, "  %s\t%s\t%s\t%s%s\n", slotest.FormatTime(a.Fires), resolves, a.Severity, a.Name, groupCell(o, a.Group))
	}
	_ = w.Flush() // into memory
}

func groupHeader(o *trial.Outcome) string {
	if len(o.Case.Objective.GroupBy) == 0 {
		return ""
	}
	return "\tgroup"
}

func groupCell(o *trial.Outcome, g slo.Group) string {
	if len(o.Case.Objective.GroupBy) == 0 {
		return ""
	}
	return "\t{" + g.String() + "}"
}

// numberText writes a number with at most three decimals, "-" without one.
func numberText(v *float64, scale float64, unit string) string {
	if v == nil {
		return "-"
	}
	s := strconv.FormatFloat(*v*scale, 'f', 3, 64)
	s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	if s == "-0" {
		s = "0"
	}
	return s + unit
}
