package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// Targets of the figures.
const (
	maxPage       = 4.2 // minutes until a page on the outage
	maxNightPages = 2
	maxRecorded   = 30  // series
	maxGapError   = 0.3 // mean, percentage points
	maxMissError  = 0.5 // mean, percentage points, with evaluations missed at random
)

// maxSamples are the most samples a minute for numbers of raw series, and fewSamples
// what would be better.
func maxSamples() map[int]float64 { return map[int]float64{10: 5_000, 100: 10_000, 1_000: 60_000} }
func fewSamples() map[int]float64 { return map[int]float64{10: 2_500, 100: 6_000, 1_000: 35_000} }

// wantedErrors are the most errors of headroom's dialects, in percentage points.
func wantedErrors() []measured {
	return []measured{{contender: portableName, mean: 0.2, p99: 0.5}, {contender: anchoredName, mean: 0.03, p99: 0.05}}
}

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
	wanted   float64 // mean, percentage points
	measured
}

// alertRow is how a contender's alerts followed the incidents; 0 where none did.
type alertRow struct {
	contender    string
	page, ticket time.Duration // after the outage's begin
	ended        time.Duration // of the page, after the outage's end
	night        int           // separate pages during the night incident
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
		t.head = append(t.head, thousands(float64(size))+" raw series")
	}
	t.head = append(t.head, "recorded series")
	row := func(name, recorded string, of func(size int) float64) {
		cells := []string{name}
		for _, size := range sizes {
			cells = append(cells, thousands(of(size)))
		}
		t.add(append(cells, recorded)...)
	}
	for _, c := range contenders {
		row(c.name, strconv.Itoa(c.records()), func(size int) float64 { return costs[size][c.name] })
	}
	row("wanted of headroom, at most", strconv.Itoa(maxRecorded), func(size int) float64 { return maxSamples()[size] })
	row("better still", "", func(size int) float64 { return fewSamples()[size] })
	return t.write(w)
}

func writeErrors(w io.Writer, contenders []contender, all []measured) error {
	t := table{
		title: "Error of the remaining budget against the truth, last five days, percentage points, the worst of all seeds",
		head:  []string{"rules", "mean", "99th percentile", "at the end", "shows nothing"},
	}
	for _, c := range contenders {
		t.add(append([]string{c.name}, worst(c.name, all).cells()...)...)
	}
	for _, m := range wantedErrors() {
		t.add("wanted of "+m.contender+", at most", fmt.Sprintf("%.2f", m.mean), fmt.Sprintf("%.2f", m.p99), "", "")
	}
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
		head:  []string{"disturbance", "rules", "mean", "99th percentile", "at the end", "shows nothing", "mean wanted, at most"},
	}
	for _, r := range rows {
		t.add(append(append([]string{r.scenario, r.contender}, r.cells()...), fmt.Sprintf("%.1f", r.wanted))...)
	}
	return t.write(w)
}

func writeAlerts(w io.Writer, rows []alertRow) error {
	t := table{
		title: "Alerts on the outage of 20 minutes, and pages in the night of six hours at 15 times the budget, the worst of all seeds",
		head:  []string{"rules", "page after its begin", "page until after its end", "ticket after its begin", "pages in the night"},
	}
	minutes := func(d time.Duration) string {
		if d == 0 {
			return "none"
		}
		return fmt.Sprintf("%.1f min", d.Minutes())
	}
	var names []string
	worst := map[string]alertRow{}
	for _, r := range rows {
		joined, seen := worst[r.contender]
		if !seen {
			names = append(names, r.contender)
		}
		worst[r.contender] = alertRow{
			page: max(joined.page, r.page), ticket: max(joined.ticket, r.ticket), ended: max(joined.ended, r.ended), night: max(joined.night, r.night),
		}
	}
	for _, name := range names {
		r := worst[name]
		t.add(name, minutes(r.page), minutes(r.ended), minutes(r.ticket), strconv.Itoa(r.night))
	}
	t.add("wanted of headroom, at most", fmt.Sprintf("%.1f min", maxPage), "", "", strconv.Itoa(maxNightPages))
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
