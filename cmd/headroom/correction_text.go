package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"headroom/api/figure"
	"headroom/api/v1"
	"headroom/budget/correction"
)

// writeCorrections prints one line for each.
func writeCorrections(w io.Writer, list []v1.Correction) error {
	if len(list) == 0 {
		_, err := fmt.Fprintln(w, "No corrections.")
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "ID\tSTATE\tCATEGORY\tABOUT\tWHEN\tAUTHOR\tREASON")
	for _, c := range list {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", c.ID, c.State, c.Category, printable(about(c)), printable(when(c)), printable(c.Author), printable(shortened(c.Reason)))
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("write the corrections: %w", err)
	}
	return nil
}

// shortened cuts a long reason at a word.
func shortened(s string) string {
	const most = 60
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	cut := string(r[:most])
	if at := strings.LastIndexByte(cut, ' '); at > 0 {
		cut = cut[:at]
	}
	return cut + " …"
}

// about says which objectives are meant.
func about(c v1.Correction) string {
	terms, err := c.Kept()
	if err != nil {
		return "?" // of a newer service
	}
	text := terms.Objectives.String()
	if group := terms.Group.String(); group != "" {
		text += " {" + group + "}"
	}
	return text
}

func when(c v1.Correction) string {
	text := c.From + " to " + c.To
	if c.Zone != "" {
		text += " " + c.Zone
	}
	if c.Repeat != "" {
		text += ", " + c.Repeat
	}
	return text
}

// writeCorrection prints all that is known about one.
func writeCorrection(w io.Writer, c v1.CorrectionDetail) error {
	var b strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "%-12s%s\n", name, printable(fmt.Sprintf(format, args...)))
	}
	line("Correction", "%s %s", c.ID, strings.ReplaceAll(string(c.State), "_", " "))
	line("Reason", "%s", c.Reason)
	line("Category", "%s", c.Category)
	line("About", "%s; objectives: %d", about(c.Correction), len(c.Selected))
	if len(c.Withheld) > 0 {
		line("Not for", "%s, until a second person approves it", correction.Named(c.Withheld))
	}
	line("When", "%s", when(c.Correction))
	if c.Adjust != nil {
		line("Adds", "%g bad events, %g events", c.Adjust.Bad, c.Adjust.Total)
	}
	if c.File != "" {
		line("File", "%s, as %s", c.File, c.Name)
	}
	for _, i := range c.Next {
		line("Next", "%s to %s", moment(i.From), moment(i.To))
	}
	for _, e := range c.History {
		text := fmt.Sprintf("%s  %s by %s", moment(e.At), e.Action, e.Who)
		if e.Note != "" {
			text += ": " + e.Note
		}
		line("History", "%s", text)
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write the correction: %w", err)
	}
	return nil
}

// writeEffect prints what a change would make of budgets.
func writeEffect(w io.Writer, p v1.CorrectionPreview, change v1.CorrectionChange) error {
	var b strings.Builder
	c := p.Correction
	verb := "Declares"
	switch {
	case change.Approve != "":
		verb = "Approves " + c.ID + " by " + c.Author + ","
	case change.Revoke != "":
		verb = "Revokes " + c.ID + " by " + c.Author + ","
	}
	fmt.Fprintf(&b, "%s %s of %s: %s\n", printable(verb), c.Category, printable(about(c)), printable(c.Reason))
	fmt.Fprintf(&b, "From %s\n", printable(when(c)))
	still := 0
	for i := range p.Effects {
		if e := &p.Effects[i]; e.Changed() {
			writeGroupEffect(&b, e)
		} else {
			still++
		}
	}
	if still > 0 {
		fmt.Fprintf(&b, "  budgets that stay as they are now: %d\n", still)
	}
	for _, warning := range p.Warnings {
		fmt.Fprintf(&b, "Warning: %s.\n", printable(warning))
	}
	if change.Add != nil && c.ApprovalNeeded {
		fmt.Fprintln(&b, "A policy asks for a second person: it counts once somebody else has approved it.")
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write the effect: %w", err)
	}
	return nil
}

func writeGroupEffect(b *strings.Builder, e *correction.Effect) {
	name := e.Objective.String()
	if group := e.Group.String(); group != "" {
		name += " {" + group + "}"
	}
	fmt.Fprintf(b, "  %s\n", printable(name))
	fmt.Fprintf(b, "    remaining %s → %s (%s → %s)\n", figure.Remaining(e.Before.Remaining), figure.Remaining(e.After.Remaining), e.Before.State, e.After.State)
	fmt.Fprintf(b, "    bad %s → %s of %s → %s\n", figure.Count(e.Before.Bad), figure.Count(e.After.Bad), figure.Count(e.Before.Total), figure.Count(e.After.Total))
	switch {
	case len(e.Lifted) > 0:
		fmt.Fprintf(b, "    lifts the freeze of %s\n", printable(strings.Join(e.Lifted, ", ")))
	case len(e.After.Freezes) > 0 && len(e.Imposed) == 0:
		fmt.Fprintf(b, "    stays frozen by %s\n", printable(strings.Join(e.After.Freezes, ", ")))
	}
	if len(e.Imposed) > 0 {
		fmt.Fprintf(b, "    freezes releases by %s\n", printable(strings.Join(e.Imposed, ", ")))
	}
}

// doneText says what was done.
func doneText(c v1.Correction) string {
	switch c.State {
	case correction.Pending:
		return fmt.Sprintf("Correction %s is pending: another person approves it with 'headroom correction approve %s'.", c.ID, c.ID)
	case correction.Revoked:
		return fmt.Sprintf("Correction %s is revoked by %s.", c.ID, printable(c.RevokedBy))
	default:
		return fmt.Sprintf("Correction %s is in force%s.", c.ID, approvedBy(c))
	}
}

func approvedBy(c v1.Correction) string {
	if c.ApprovedBy == "" {
		return ""
	}
	return ", approved by " + printable(c.ApprovedBy)
}
