package table

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/prometheus/prometheus/model/labels"

	"headroom/api/figure"
	"headroom/api/v1"
	"headroom/budget"
)

// Burn rates from which a figure is emphasised, as on the status page.
const (
	burnHigh = 1
	burnFast = 14
)

// barCells is the width of a budget's bar.
const barCells = 10

// lastSpare is the spare of the columns that are left out last.
const lastSpare = 1

type column struct {
	title string
	right bool // aligned
	spare int  // the higher, the sooner it is left out; 0 is never
	cell  func(v1.SLO) cell
}

type cell struct {
	text  string
	style style
}

// allColumns are the columns in their order. Those without spare fit
// 80 columns with names of 24 characters.
func allColumns() []column {
	return []column{
		{title: "OBJECTIVE", cell: func(s v1.SLO) cell { return cell{text: name(s)} }},
		{title: "TARGET", right: true, cell: func(s v1.SLO) cell { return cell{text: s.Target.String()} }},
		{title: "WINDOW", right: true, spare: 5, cell: func(s v1.SLO) cell { return cell{text: s.Window} }},
		{title: "BUDGET", spare: 4, cell: func(s v1.SLO) cell { return cell{bar(s.Budget.Remaining), stateStyle(s)} }},
		{title: "LEFT", right: true, cell: func(s v1.SLO) cell { return cell{figure.Remaining(s.Budget.Remaining), stateStyle(s)} }},
		{title: "ERRORS", right: true, spare: 2, cell: func(s v1.SLO) cell { return cell{text: figure.Share(s.ErrorRatio)} }},
		{title: "BAD", right: true, spare: 6, cell: func(s v1.SLO) cell { return cell{text: figure.Count(s.Bad)} }},
		{title: "EVENTS", right: true, spare: 7, cell: func(s v1.SLO) cell { return cell{text: figure.Count(s.Total)} }},
		{title: "BURN 1H", right: true, cell: func(s v1.SLO) cell { return burn(s.Burn.Hour) }},
		{title: "6H", right: true, spare: lastSpare, cell: func(s v1.SLO) cell { return burn(s.Burn.SixHours) }},
		{title: "3D", right: true, spare: lastSpare, cell: func(s v1.SLO) cell { return burn(s.Burn.ThreeDays) }},
		{title: "STATE", cell: func(s v1.SLO) cell { return cell{state(s), stateStyle(s)} }},
		{title: measuredTitle, spare: 8, cell: func(s v1.SLO) cell { return cell{text: strings.TrimSuffix(s.Measured, " measured")} }},
		{title: "OWNER", spare: 9, cell: func(s v1.SLO) cell { return cell{text: printable(s.Owner)} }},
	}
}

// columnsFor are all columns, with the datasource where there are several.
func columnsFor(slos []v1.SLO) []column {
	columns, first := allColumns(), ""
	for _, s := range slos {
		switch {
		case s.Datasource == "" || s.Datasource == first:
		case first == "":
			first = s.Datasource
		default:
			return append(columns, column{title: "DATASOURCE", spare: 10, cell: func(s v1.SLO) cell { return cell{text: printable(s.Datasource)} }})
		}
	}
	return columns
}

// name is the id as a spec writes it, with its group as Prometheus writes it.
func name(s v1.SLO) string {
	if s.Group.IsZero() {
		return figure.Objective(s.ID)
	}
	return figure.Objective(s.ID) + printable(labels.FromMap(s.Group.Labels()).String())
}

// bar draws what is left, rounded down to whole cells, so that a full bar is a
// full budget. A budget that is over is an empty one: its figure says the rest.
func bar(remaining *float64) string {
	if remaining == nil {
		return strings.Repeat("·", barCells)
	}
	const slack = 1e-9
	full := int(min(max(*remaining, 0), 1)*barCells + slack)
	return strings.Repeat("█", full) + strings.Repeat("░", barCells-full)
}

func burn(rate *float64) cell {
	made := cell{text: figure.Burn(rate)}
	switch {
	case rate == nil:
		made.style = faint
	case *rate > burnFast:
		made.style = red
	case *rate > burnHigh:
		made.style = yellow
	}
	return made
}

// state is the budget's state, with the data's where there is more to know:
// "healthy, young". What is unknown for the want of data is said by the data's
// state alone: "no_traffic".
func state(s v1.SLO) string {
	switch {
	case s.Data == budget.DataOK:
		return string(s.BudgetState)
	case s.BudgetState == budget.StateUnknown:
		return string(s.Data)
	default:
		return string(s.BudgetState) + ", " + string(s.Data)
	}
}

func stateStyle(s v1.SLO) style {
	switch s.BudgetState {
	case budget.StateExhausted:
		return red
	case budget.StateCaution:
		return yellow
	case budget.StateHealthy:
		return green
	default:
		return faint
	}
}

// printable replaces what could steer a terminal or break a line.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return utf8.RuneError
	}, s)
}
