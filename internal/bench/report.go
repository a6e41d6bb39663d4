package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Targets of the figures.
const (
	maxSamples10     = 6_000
	maxSamples100    = 12_000
	maxErrorPortable = 0.7  // percentage points
	maxErrorAnchored = 0.05 // percentage points
)

// peerCommands are published figures of other tools for 1,000 objectives in one
// file. They were measured on another machine.
func peerCommands() []commandRow {
	const mebibyte, megabyte = 1 << 20, 1_000_000
	return []commandRow{
		{name: "Sloth 0.16 generate, published", usage: usage{CPUSeconds: 0.9, PeakBytes: 408 * mebibyte}},
		{name: "Pyrra 0.10 generate, published", usage: usage{CPUSeconds: 1.1, PeakBytes: 46 * megabyte}},
	}
}

type commandRow struct {
	name string
	usage
}

type gapRow struct {
	scenario string
	measured
}

type alertRow struct {
	contender, firings string
	night              int // separate pages during the night incident
}

func writeCommands(w io.Writer, rows []commandRow) error {
	t := table{title: "Commands on 1,000 objectives in one file", head: []string{"command", "CPU", "peak memory"}}
	for _, r := range append(rows, peerCommands()...) {
		t.add(r.name, fmt.Sprintf("%.2f s", r.CPUSeconds), fmt.Sprintf("%.0f MB", float64(r.PeakBytes)/1e6))
	}
	return t.write(w)
}

func writeTreeTable(w io.Writer, rows []commandRow) error {
	t := table{title: fmt.Sprintf("%s objectives in %s files", thousands(treeFiles*treeObjectives), thousands(treeFiles)), head: []string{"command", "CPU", "peak memory"}}
	rows = append(rows,
		commandRow{name: "wanted of lint, at most", usage: usage{CPUSeconds: maxTreeSeconds, PeakBytes: maxTreeBytes}},
		commandRow{name: "wanted of generate, at most", usage: usage{CPUSeconds: maxGenerateSeconds, PeakBytes: maxGenerateBytes}})
	for _, r := range rows {
		t.add(r.name, fmt.Sprintf("%.2f s", r.CPUSeconds), fmt.Sprintf("%.0f MB", float64(r.PeakBytes)/1e6))
	}
	return t.write(w)
}

func writeCosts(w io.Writer, contenders []contender, sizes []int, costs map[int]map[string]float64) error {
	t := table{title: "Samples that the engine reads per minute for one objective", head: []string{"rules"}}
	for _, size := range sizes {
		t.head = append(t.head, strconv.Itoa(size)+" raw series")
	}
	for _, c := range contenders {
		row := []string{c.name}
		for _, size := range sizes {
			row = append(row, thousands(costs[size][c.name]))
		}
		t.add(row...)
	}
	row := []string{"wanted of headroom, at most"}
	for _, size := range sizes {
		row = append(row, thousands(map[int]float64{10: maxSamples10, 100: maxSamples100}[size]))
	}
	t.add(row...)
	return t.write(w)
}

func writeErrors(w io.Writer, contenders []contender, all []measured) error {
	t := table{
		title: "Error of the remaining budget against the truth, last five days, percentage points",
		head:  []string{"rules", "mean", "99th percentile, worst seed", "at the end, worst seed", "shows nothing"},
	}
	for _, c := range contenders {
		t.add(append([]string{c.name}, worst(c.name, all).cells()...)...)
	}
	t.add("wanted of headroom portable, at most", fmt.Sprintf("%.2f", maxErrorPortable), "", "", "")
	t.add("wanted of headroom anchored, at most", fmt.Sprintf("%.2f", maxErrorAnchored), "", "", "")
	return t.write(w)
}

func (m measured) cells() []string {
	return []string{
		fmt.Sprintf("%.3f", m.mean), fmt.Sprintf("%.3f", m.p99), fmt.Sprintf("%+.3f", m.final),
		fmt.Sprintf("%.1f %%", 100*m.absent),
	}
}

func writeGaps(w io.Writer, rows []gapRow) error {
	t := table{
		title: "The same while evaluations are missed",
		head:  []string{"disturbance", "rules", "mean", "99th percentile", "at the end", "shows nothing"},
	}
	for _, r := range rows {
		t.add(append([]string{r.scenario, r.contender}, r.cells()...)...)
	}
	return t.write(w)
}

func writeAlerts(w io.Writer, rows []alertRow) error {
	t := table{title: "Alerts on the outage of 20 minutes, and pages in the night of six hours at 15 times the budget", head: []string{"rules", "outage", "pages in the night"}}
	for _, r := range rows {
		t.add(r.contender, r.firings, strconv.Itoa(r.night))
	}
	t.add("wanted of headroom, at most", "page after 4.2 min", "2")
	return t.write(w)
}

// thousands writes a number with separators: 12,345.
func thousands(v float64) string {
	digits := strconv.FormatFloat(v, 'f', 0, 64)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// table is a Markdown table under a heading.
type table struct {
	title string
	head  []string
	rows  [][]string
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

func (t *table) write(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n| %s |\n|%s\n", t.title, strings.Join(t.head, " | "), strings.Repeat("---|", len(t.head)))
	for _, row := range t.rows {
		fmt.Fprintf(&b, "| %s |\n", strings.Join(row, " | "))
	}
	b.WriteString("\n")
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	return nil
}
