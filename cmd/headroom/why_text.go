package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"headroom/api/figure"
	"headroom/api/v1"
	"headroom/budget/correction"
)

func writeWhy(w io.Writer, chains []v1.Why) error {
	var b strings.Builder
	for i, c := range chains {
		if i > 0 {
			b.WriteString("\n")
		}
		writeChain(&b, c)
	}
	if len(chains) == 0 {
		b.WriteString("Nothing is known of it.\n")
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write how it came to be: %w", err)
	}
	return nil
}

func writeChain(b *strings.Builder, c v1.Why) {
	title := figure.Objective(c.ID)
	if !c.Group.IsZero() {
		title += " {" + c.Group.String() + "}"
	}
	fmt.Fprintf(b, "%s at %s", printable(title), second(c.At))
	if c.Known != nil {
		fmt.Fprintf(b, ", by what was known at %s", second(*c.Known))
	}
	b.WriteString("\n")
	writeDeclared(b, c.Declared)
	writeWindow(b, c)
	writeParts(b, c)
	writeApplied(b, c)
	writeArithmetic(b, c.Arithmetic)
	writeVerdict(b, c.Verdict)
	if c.Declared.Note != "" {
		b.WriteString("\n7. How to check it in the metrics store\n   It cannot be checked there, since it is not kept what was counted then.\n")
		return
	}
	writeRecorded(b, c.Recorded)
}

func writeDeclared(b *strings.Builder, d v1.WhyDeclared) {
	b.WriteString("\n1. What is promised\n")
	fmt.Fprintf(b, "   %-11s%s:%d, spec %s\n", "declared", printable(d.Place.File), d.Place.Line, d.Spec)
	fmt.Fprintf(b, "   %-11s%s over %s, in steps of %s\n", "target", d.Target, d.Window, d.Resolution)
	since := ""
	if d.Since != nil {
		since = ", counted so since " + second(*d.Since)
	}
	kind := d.Kind
	if d.Note != "" {
		kind = "another"
	}
	fmt.Fprintf(b, "   %-11s%s, sli %s%s\n", "indicator", kind, d.SLI, since)
	if d.Note != "" {
		fmt.Fprintf(b, "   %-11s%s\n", "", printable(d.Note))
	}
	for _, f := range d.Former {
		fmt.Fprintf(b, "   %-11scounted otherwise: %s of sli %s from %s to %s are kept, and no part of this\n", "before", several(f.Slices, "slice"), f.SLI, second(f.First), second(f.Last))
	}
	for _, part := range d.Counts {
		fmt.Fprintf(b, "   %-11s%s\n", printable(part.Role), printable(part.Text))
	}
}

func writeWindow(b *strings.Builder, c v1.Why) {
	b.WriteString("\n2. Which time counts\n")
	fmt.Fprintf(b, "   %-11s%s to %s\n", "window", second(c.Window.Start), second(c.Window.End))
	life := "has not begun"
	if c.Window.Life != nil {
		life = "began " + second(*c.Window.Life)
	}
	fmt.Fprintf(b, "   %-11s%s\n", "life", life)
}

func writeParts(b *strings.Builder, c v1.Why) {
	b.WriteString("\n3. What was measured\n")
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "   SOURCE\tSLICES\tFROM\tTO\tMEASURED\tBAD\tTOTAL")
	for _, p := range c.Slices {
		fmt.Fprintf(t, "   %s\t%d\t%s\t%s\t%s\t%s\t%s\n", printable(p.Source), p.Slices, second(p.First), second(p.Last), p.Measured, exact(p.Bad), exact(p.Total))
	}
	fmt.Fprintf(t, "   raw sum\t\t\t\t%s\t%s\t%s\n", c.Raw.Measured, exact(c.Raw.Bad), exact(c.Raw.Total))
	_ = t.Flush() // a strings.Builder takes everything
	if cut := c.Cut; cut != nil {
		fmt.Fprintf(b, "   The slice from %s to %s begins before the window: of its %s of %s, %s of %s count, in proportion to time.\n",
			second(cut.Start), second(cut.End), exact(cut.Bad), exact(cut.Total), exact(cut.CountedBad), exact(cut.CountedTotal))
	}
	if c.Gaps.Count == 0 {
		b.WriteString("   No gaps.\n")
		return
	}
	fmt.Fprintf(b, "   %s of its life in %s without a slice:\n", c.Gaps.Time, several(c.Gaps.Count, "gap"))
	writeIntervals(b, c.Gaps.First, c.Gaps.Count)
}

func writeApplied(b *strings.Builder, c v1.Why) {
	b.WriteString("\n4. What is corrected\n")
	if len(c.Corrections) == 0 {
		b.WriteString("   Nothing.\n")
	}
	for _, a := range c.Corrections {
		id := a.ID
		if a.Name != "" {
			id += " (" + a.Name + ", " + a.File + ")"
		}
		fmt.Fprintf(b, "   correction %s: %s, %s: %s\n", printable(id), a.Kind, a.Category, printable(a.Reason))
		who := "declared by " + a.Author + " at " + second(a.CreatedAt)
		if a.ApprovedBy != "" {
			who += ", approved by " + a.ApprovedBy + " at " + second(a.ApprovedAt)
		}
		fmt.Fprintf(b, "     %s\n", printable(who))
		if a.Kind == correction.Adjust {
			fmt.Fprintf(b, "     adds %s bad and %s events, in %s:\n", exact(0-a.Bad), exact(0-a.Total), several(a.Count, "interval"))
		} else {
			fmt.Fprintf(b, "     takes out %s bad of %s events, %s measured, %s of life, in %s:\n", exact(a.Bad), exact(a.Total), a.Measured, a.Life, several(a.Count, "interval"))
		}
		writeIntervals(b, a.Intervals, a.Count)
	}
	fmt.Fprintf(b, "   leaves     %s bad of %s events, %s measured of %s of life\n", exact(c.Corrected.Bad), exact(c.Corrected.Total), c.Corrected.Measured, c.Corrected.Life)
}

// shownIntervals is how many intervals are printed; JSON has more.
const shownIntervals = 5

func writeIntervals(b *strings.Builder, list []correction.Interval, count int) {
	for _, i := range list[:min(len(list), shownIntervals)] {
		fmt.Fprintf(b, "       %s to %s\n", second(i.From), second(i.To))
	}
	if count > shownIntervals {
		fmt.Fprintf(b, "       and %d more\n", count-shownIntervals)
	}
}

func writeArithmetic(b *strings.Builder, steps []v1.WhyStep) {
	b.WriteString("\n5. How it is computed\n")
	for _, s := range steps {
		result := "not known"
		switch {
		case s.Value == nil:
		case s.Exact:
			result = "= " + s.Result
		default:
			result = "≈ " + s.Result
		}
		fmt.Fprintf(b, "   %-12s= %s\n   %-12s= %s\n   %-12s%s\n", s.Name, s.Formula, "", s.Calculation, "", result)
	}
}

func writeVerdict(b *strings.Builder, v v1.WhyVerdict) {
	b.WriteString("\n6. What follows\n")
	for _, r := range v.Rules {
		mark := " "
		if r.Holds {
			mark = "*"
		}
		fmt.Fprintf(b, " %s %-11s%s\n", mark, r.State, r.When)
	}
	fmt.Fprintf(b, "   %-11s%s\n", "data", strings.TrimSpace(string(v.Data)+"  "+printable(v.Reason)))
	name := "gate"
	for _, sentence := range v.Gate {
		fmt.Fprintf(b, "   %-11s%s\n", name, printable(sentence))
		name = ""
	}
}

func writeRecorded(b *strings.Builder, r v1.WhyRecorded) {
	where := r.Dialect
	if r.Datasource != "" {
		where = r.Datasource + ", " + where
	}
	fmt.Fprintf(b, "\n7. How to check it in the metrics store (%s)\n", printable(where))
	if r.Tile.Total == "" {
		b.WriteString("   It records no tiles.\n")
		return
	}
	fmt.Fprintf(b, "   A tile is recorded by\n     bad    %s\n     total  %s\n", printable(r.Tile.Bad), printable(r.Tile.Total))
	fmt.Fprintf(b, "   At %s the tiles of the window add up to\n     bad    %s\n     total  %s\n", second(r.At), printable(r.Tiles.Bad), printable(r.Tiles.Total))
	fmt.Fprintf(b, "   and the raw series, as far as they are kept and but for what extrapolation adds, to\n     bad    %s\n     total  %s\n", printable(r.Raw.Bad), printable(r.Raw.Total))
}

// second writes a time as exactly as slices begin and end.
func second(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.999Z") }

func several(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
