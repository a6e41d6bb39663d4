package web

import (
	"fmt"
	"strings"
	"time"

	"headroom/api/figure"
	"headroom/api/v1"
	"headroom/budget/forecast"
	"headroom/budget/incident"
	"headroom/slo"
)

// Explanation is what a page tells of an objective besides its numbers.
type Explanation struct {
	Forecasts   []v1.Forecast
	Incidents   []v1.Incidents  // without alerts
	Annotations []v1.Annotation // the latest first
	Windows     []v1.Windows
	Corrections []Correction // that count in this window, or wait for approval
	Histories   []v1.Series  // of the window, for charts
	Why         bool         // there is a page that tells how the numbers came to be
	Attribution bool         // there is a page that splits bad events
}

// MaxIncidents and maxAnnotations are how many of each a page shows.
const (
	MaxIncidents   = 10
	maxAnnotations = 10
)

// happening is a line about a time.
type happening struct {
	At, Until string // for people
	Machine   string // the same as At for programs
	Group     []pair
	Text      string
	Kind      string
	Link      string
	Tone      string
}

func forecastTexts(all []v1.Forecast, now time.Time) map[slo.Group]string {
	texts := map[slo.Group]string{}
	for _, f := range all {
		texts[f.Group] = forecastText(f, now)
	}
	return texts
}

// forecastText says in a sentence what becomes of a budget.
func forecastText(f v1.Forecast, now time.Time) string {
	pace := " at the pace of the last " + f.Lookback
	switch f.Outcome {
	case forecast.Exhausts:
		return "Used up in " + between(f.Exhausted, now) + pace
	case forecast.Lasts:
		return "Lasts" + pace
	case forecast.Recovers:
		text := "Back in " + between(f.Recovered, now)
		if f.Ample != nil && f.Ample.At != nil {
			text += ", over 25% in " + span(f.Ample.At.Sub(now))
		}
		return text + pace
	case forecast.Stays:
		return "Never back" + pace
	default:
		return f.Reason
	}
}

// between writes when something is, with the interval that it is in where that
// has two ends.
func between(c *v1.Crossing, now time.Time) string {
	text := span(c.At.Sub(now))
	if c.Earliest == nil || c.Latest == nil {
		return text
	}
	if from, to := span(c.Earliest.Sub(now)), span(c.Latest.Sub(now)); from != to {
		text += " (" + from + " to " + to + ")"
	}
	return text
}

func span(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%.1f days", d.Hours()/24)
	case d >= 2*time.Hour:
		return fmt.Sprintf("%.1f hours", d.Hours())
	case d < time.Minute:
		return "less than a minute"
	case d < 90*time.Second:
		return "1 minute"
	default:
		return fmt.Sprintf("%.0f minutes", d.Minutes())
	}
}

const moment = "2006-01-02 15:04Z"

func newIncidents(all []v1.Incidents) (list []happening, more int) {
	for _, g := range all {
		for _, in := range g.Incidents {
			if len(list) == MaxIncidents {
				more++
				continue
			}
			h := happening{
				At: in.Start.UTC().Format(moment), Machine: in.Start.UTC().Format(time.RFC3339), Group: pairs(g.Group.Labels()),
				Text: fmt.Sprintf("cost %s of the budget in %s: %s of %s events were bad, at a burn of %s",
					figure.Spent(&in.Share), span(in.End.Sub(in.Start)), figure.Count(&in.Bad), figure.Count(&in.Total), figure.Burn(&in.Burn)),
			}
			for _, a := range in.Alerts {
				h.Text += fmt.Sprintf(", %s %s", a.Severity, alertedAt(a))
			}
			if in.Ongoing {
				h.Kind, h.Tone = "goes on", "held"
			}
			list = append(list, h)
		}
	}
	return list, more
}

// alertedAt writes when an alert came, with ~ where that was computed.
func alertedAt(a v1.Alerted) string {
	if a.Source == incident.Computed {
		return "~" + a.At.UTC().Format(moment)
	}
	return a.At.UTC().Format(moment)
}

func newHappenings(all []v1.Annotation) []happening {
	var list []happening
	for _, a := range all[:min(len(all), maxAnnotations)] {
		h := happening{At: a.Start.UTC().Format(moment), Machine: a.Start.UTC().Format(time.RFC3339), Text: a.Text, Kind: string(a.Kind), Link: a.URL}
		if a.End.After(a.Start) {
			h.Until = a.End.UTC().Format(moment)
		}
		if a.Author != "" && !strings.Contains(a.Text, a.Author) {
			h.Text += " – " + a.Author
		}
		list = append(list, h)
	}
	return list
}
