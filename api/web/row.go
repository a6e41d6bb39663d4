package web

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"headroom/api/figure"
	"headroom/api/v1"
	"headroom/budget"
	"headroom/budget/policy"
	"headroom/slo"
)

// Burn rates from which a figure is emphasised: spending faster than the
// window allows, and as fast as the fastest page alert watches for (2 % of a
// 30-day budget in one hour is 14.4).
const (
	burnHigh = 1
	burnFast = 14
)

// row is one status, all of its figures written.
type row struct {
	Name, Path         string
	Group              []pair
	Owner              string
	Target, Window     string
	Tone               string // healthy, caution, exhausted or unknown: the colour
	State              string
	Known              bool // whether there is a budget to draw
	Over               bool
	Fill               float64 // of the bar, 0 to 100
	Remaining          string
	Events             string // budget in events
	Counted            bool   // whether the events are known
	Errors, Bad, Total string
	Burns              []burnView
	Data, DataTone     string
	Measured, Reason   string
	Without            string // what would be left without corrections where that is something else, or ""
	Through, Age       string // how far the data reach
	Stale              bool
	Held               []string // what is held because of it, in a sentence for each policy
	Since              string
}

type pair struct{ Name, Value string }

type burnView struct {
	Lookback string
	Figure   string
	Level    string // "", "high" or "fast"
	Meaning  string // the level in words, or ""
}

func newRow(s v1.SLO, now time.Time) row {
	r := row{
		Name: s.ID.Objective, Path: objectivePath(s.ID), Group: pairs(s.Group.Labels()), Owner: s.Owner,
		Target: s.Target.String(), Window: s.Window,
		Tone: tone(s), State: string(s.BudgetState),
		Remaining: minus(figure.Remaining(s.Budget.Remaining)), Events: figure.Count(s.Budget.Events),
		Counted: s.Total != nil,
		Errors:  figure.Share(s.ErrorRatio), Bad: figure.Count(s.Bad), Total: figure.Count(s.Total),
		Burns:    []burnView{newBurn("1h", s.Burn.Hour), newBurn("6h", s.Burn.SixHours), newBurn("3d", s.Burn.ThreeDays)},
		Data:     strings.ReplaceAll(string(s.Data), "_", " "),
		DataTone: dataTone(s.Data), Measured: s.Measured, Reason: s.Reason,
		Stale: s.Stale,
	}
	if s.Through != nil {
		r.Through, r.Age = s.Through.UTC().Format(time.RFC3339), age(*s.Through, now)
	}
	if s.Corrected && s.Raw != nil {
		if r.Without = minus(figure.Remaining(s.Raw.Budget.Remaining)); r.Without == r.Remaining {
			r.Without = ""
		}
	}
	if strings.HasPrefix(r.Reason, r.Measured) {
		r.Measured = "" // it says so itself
	}
	if s.Since != nil {
		r.Since = s.Since.UTC().Format("2006-01-02 15:04 UTC")
	}
	for _, f := range s.Freezes {
		r.Held = append(r.Held, held(f))
	}
	if left := s.Budget.Remaining; left != nil {
		r.Known, r.Over = true, *left < 0
		r.Fill = 100 * min(max(*left, 0), 1)
		if r.Over {
			r.Fill = 100
		}
	}
	return r
}

// held says which releases a policy holds.
func held(f v1.Freeze) string {
	if slices.Contains(f.Environments, policy.All) {
		return "releases held by policy " + f.Policy
	}
	return fmt.Sprintf("releases to %s held by policy %s", strings.Join(f.Environments, ", "), f.Policy)
}

// tone never lets a budget look healthy whose data cannot be trusted.
func tone(s v1.SLO) string {
	switch s.Data {
	case budget.DataOK, budget.DataYoung:
	default:
		if s.BudgetState == budget.StateHealthy {
			return string(budget.StateUnknown)
		}
	}
	if slices.Contains(v1.States(), s.BudgetState) {
		return string(s.BudgetState)
	}
	return string(budget.StateUnknown)
}

func dataTone(d budget.DataState) string {
	switch d {
	case budget.DataOK:
		return "sure"
	case budget.DataYoung:
		return "young"
	default:
		return "unsure"
	}
}

func newBurn(lookback string, rate *float64) burnView {
	view := burnView{Lookback: lookback, Figure: figure.Burn(rate)}
	switch {
	case rate == nil:
	case *rate > burnFast:
		view.Level, view.Meaning = "fast", "very fast"
	case *rate > burnHigh:
		view.Level, view.Meaning = "high", "too fast"
	}
	return view
}

func objectivePath(id slo.ID) string { return "/slos/" + id.String() }

func pairs(labels map[string]string) []pair {
	var all []pair
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		all = append(all, pair{name, labels[name]})
	}
	return all
}

// minus writes a negative number with a minus sign, which is as wide as a
// digit, in place of a hyphen.
func minus(s string) string { return strings.Replace(s, "-", "−", 1) }
