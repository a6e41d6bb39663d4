package prove

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"
	"time"

	"headroom/alerting"
	"headroom/budget"
	"headroom/internal/engine"
	"headroom/internal/truth"
	"headroom/rules"
)

// Fault is something that the rules or the ledger say and that is not so.
type Fault struct {
	At        time.Time
	Group     string // "" without groups
	What      string // "slo:error:ratio1h"
	Want, Got string
}

// String tells the fault in a line.
func (f Fault) String() string {
	group := ""
	if f.Group != "" {
		group = " of " + f.Group
	}
	return fmt.Sprintf("%s (step %s): %s%s is %s, want %s", f.At.Format("15:04:05.000"), f.At.Sub(at(0)), f.What, group, f.Got, f.Want)
}

// recordedSeries is what the rules recorded, by group and name.
type recordedSeries map[string]map[name][]budget.Point

func sortRecorded(list []budget.Series) recordedSeries {
	byGroup := recordedSeries{}
	for _, s := range list {
		g := s.Labels["region"]
		if byGroup[g] == nil {
			byGroup[g] = map[name][]budget.Point{}
		}
		n := name{s.Labels["__name__"], s.Labels["severity"], s.Labels["tier"]}
		if !strings.HasPrefix(n.metric, rules.MetricTierBurn) && n.metric != rules.MetricTierWithheld {
			n.severity, n.tier = "", ""
		}
		byGroup[g][n] = append(byGroup[g][n], s.Points...)
	}
	return byGroup
}

// compare looks at every number that was recorded and at every alert.
func (w *world) compare(list []budget.Series) []Fault {
	recorded := sortRecorded(list)
	var faults []Fault
	for _, g := range w.groups() {
		e := w.expect(g)
		for n, figures := range e.figures {
			if strings.HasPrefix(n.metric, "slo:") {
				faults = append(faults, compareFigures(g.name, n, figures, recorded[g.name][n])...)
			}
		}
		for severity, figures := range e.fires {
			faults = append(faults, w.compareAlert(g.name, w.plan.Notice(alerting.Severity(severity)).Alert, figures)...)
		}
		for kind, figures := range e.alerts {
			if other, on := w.plan.Other(kind); on {
				faults = append(faults, w.compareAlert(g.name, other.Alert, figures)...)
			}
		}
		delete(recorded, g.name)
	}
	for g, series := range recorded {
		for n, points := range series {
			if g == "" && !slices.Contains([]string{"", rules.MetricBadTile, rules.MetricTotalTile, rules.MetricPeriod, rules.MetricAge}, n.metric) {
				continue // what the objective is has no group
			}
			faults = append(faults, Fault{time.UnixMilli(points[0].T).UTC(), g, n.metric, "no such group", "recorded"})
		}
	}
	return faults
}

// compareFigures walks along a series and what it must be.
func compareFigures(group string, n name, figures truth.Figures, points []budget.Point) []Fault {
	var faults []Fault
	what := strings.TrimRight(n.metric+" "+n.severity+" "+n.tier, " ")
	fault := func(at int64, want, got string) {
		faults = append(faults, Fault{time.UnixMilli(at).UTC(), group, what, want, got})
	}
	for _, f := range figures {
		for len(points) > 0 && points[0].T < f.At {
			fault(points[0].T, "nothing", number(points[0].V))
			points = points[1:]
		}
		here := len(points) > 0 && points[0].T == f.At
		switch {
		case here && !f.Known.May:
			fault(f.At, "nothing", number(points[0].V))
		case here && !f.Value.Holds(points[0].V), here && math.IsNaN(points[0].V):
			fault(f.At, bounds(f.Value), number(points[0].V))
		case !here && f.Known.Must:
			fault(f.At, bounds(f.Value), "missing")
		}
		if here {
			points = points[1:]
		}
	}
	for _, p := range points {
		fault(p.T, "nothing", number(p.V))
	}
	return faults
}

func number(v float64) string { return fmt.Sprintf("%.10g", v) }

func bounds(i truth.Interval) string {
	if i.IsExact() {
		return number(i.Lo)
	}
	return number(i.Lo) + " to " + number(i.Hi)
}

// compareAlert looks at each evaluation whether an alert fires that must, and
// none that must not. It goes on for a while after its condition ended.
func (w *world) compareAlert(group, alert string, fires truth.Figures) []Fault {
	keep := w.keep[alert].Milliseconds()
	var episodes []engine.Alert
	for _, a := range w.lab.Alerts() {
		if a.Name == alert && a.Labels["region"] == group {
			episodes = append(episodes, a)
		}
	}
	var faults []Fault
	quiet := int64(0) // since when nothing may fire, 0 while something may
	begun := false    // whether something ever could
	for _, f := range fires {
		switch {
		case f.Known.May:
			quiet, begun = 0, true
		case quiet == 0:
			quiet = f.At
		}
		got := firing(episodes, f.At)
		switch {
		case f.Known.Must && !got:
			faults = append(faults, Fault{time.UnixMilli(f.At).UTC(), group, alert, "firing", "silent"})
		case got && quiet > 0 && (!begun || f.At-quiet >= keep):
			faults = append(faults, Fault{time.UnixMilli(f.At).UTC(), group, alert, "silent", "firing"})
		}
	}
	return faults
}

func firing(episodes []engine.Alert, at int64) bool {
	i := sort.Search(len(episodes), func(i int) bool { return episodes[i].FiredAt.UnixMilli() > at }) - 1
	return i >= 0 && (episodes[i].ResolvedAt.IsZero() || episodes[i].ResolvedAt.UnixMilli() > at)
}

// Report tells the faults of a scenario with the scenario and what happened
// around the first of them.
func Report(s *Scenario, faults []Fault) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d faults in this scenario:\n%s", len(faults), s)
	for i, f := range faults {
		if i == 12 {
			fmt.Fprintf(&b, "… and %d more\n", len(faults)-i)
			break
		}
		fmt.Fprintln(&b, f)
	}
	b.WriteString(s.timeline(faults[0].At.Sub(at(0))))
	return b.String()
}
