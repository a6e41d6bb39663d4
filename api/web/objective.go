package web

import (
	"fmt"

	"headroom/api/figure"
	"headroom/api/v1"
)

type objectiveView struct {
	frameView
	ID          string
	Service     string
	ServiceLink string
	Name        string
	Description string
	Runbook     string
	Facts       []fact
	Rows        []objectiveRow
	Incidents   []happening
	MoreThan    int // incidents that are not shown
	Happened    []happening
	Charts      []*chartView
	Windows     []windowsView
	Corrections []correctionView
	Mended      []mended
	Why         string // paths of pages about it, or ""
	Attribution string
	JSON        string
}

// objectiveRow is a status with its forecast in a sentence, "" without one.
type objectiveRow struct {
	row

	Forecast string
}

type fact struct {
	Name  string
	Texts []string
	Code  bool
}

func newObjectiveView(in Objective) objectiveView {
	o := in.Objective
	view := objectiveView{
		frameView: newFrameView(in.Frame, o.ID.Service+"/"+o.ID.Objective, nil),
		ID:        o.ID.String(), Name: o.ID.Objective, Service: o.ID.Namespace + "/" + o.ID.Service,
		ServiceLink: link("/", v1.Filter{Namespace: o.ID.Namespace, Service: o.ID.Service}.Query()),
		Description: o.Description, Runbook: o.Runbook, Facts: facts(o),
		JSON: "/api/v1/slos/" + o.ID.String(),
	}
	forecasts := forecastTexts(in.Explanation.Forecasts, in.Now)
	for _, s := range o.Statuses {
		view.Rows = append(view.Rows, objectiveRow{newRow(s, in.Now), forecasts[s.Group]})
	}
	view.explain(in)
	return view
}

// explain fills in what is told besides the numbers.
func (view *objectiveView) explain(in Objective) {
	e := in.Explanation
	for _, s := range e.Histories {
		if c := newChart(s, e, in.Now); c != nil {
			view.Charts = append(view.Charts, c)
		}
	}
	view.Windows, view.Corrections = newWindows(e.Windows), newCorrections(e.Corrections)
	view.Mended = newMended(in.Objective.Statuses)
	why, attribution := pagesOf(in.Objective.ID)
	if e.Why {
		view.Why = why
	}
	if e.Attribution {
		view.Attribution = attribution
	}
	view.Incidents, view.MoreThan = newIncidents(e.Incidents)
	view.Happened = newHappenings(e.Annotations)
}

func facts(o v1.Objective) []fact {
	all := []fact{
		text("Target", o.Target.String()+" over "+o.Window),
		text("Resolution", o.Resolution),
		text("Indicator", indicator(o.Indicator)),
		code("Bad events", o.Indicator.Bad),
		code("Good events", o.Indicator.Good),
		code("All events", o.Indicator.Total),
		code("Grouped by", o.GroupBy...),
		text("Alerts", alertTexts(o.Alerts)...),
		text("Owner", o.Owner),
		text("Channel", o.Channel),
		code("Labels", labelTexts(o.Labels)...),
		code("Formerly", idTexts(o)...),
		text("Datasource", o.Datasource),
		code("Declared in", place(o)),
		code("Indicator hash", o.SLI),
		code("Spec hash", o.Spec),
	}
	var known []fact
	for _, f := range all {
		if len(f.Texts) > 0 && f.Texts[0] != "" {
			known = append(known, f)
		}
	}
	return known
}

func text(name string, texts ...string) fact { return fact{Name: name, Texts: texts} }
func code(name string, texts ...string) fact { return fact{Name: name, Texts: texts, Code: true} }

func indicator(i v1.Indicator) string {
	if i.Under != "" {
		return fmt.Sprintf("%s: good when at or under %s", i.Kind, i.Under)
	}
	return i.Kind
}

func alertTexts(alerts []v1.Alert) []string {
	var texts []string
	for _, a := range alerts {
		texts = append(texts, fmt.Sprintf("%s when more than %s went wrong over %s and over %s: a burn rate of %s",
			a.Severity, figure.Share(&a.ErrorRatio), a.Long, a.Short, figure.Burn(&a.Burn)))
	}
	return texts
}

func labelTexts(labels map[string]string) []string {
	var texts []string
	for _, p := range pairs(labels) {
		texts = append(texts, p.Name+"="+p.Value)
	}
	return texts
}

func idTexts(o v1.Objective) []string {
	var texts []string
	for _, id := range o.Formerly {
		texts = append(texts, id.String())
	}
	return texts
}

func place(o v1.Objective) string {
	if o.Place.File == "" {
		return ""
	}
	return fmt.Sprintf("%s:%d", o.Place.File, o.Place.Line)
}
