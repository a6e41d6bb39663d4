package v1

import (
	"time"

	"headroom/alerting"
	"headroom/budget"
	"headroom/budget/attribution"
	"headroom/budget/forecast"
	"headroom/budget/incident"
	"headroom/budget/insight"
	"headroom/budget/past"
	"headroom/slo"
)

// Incidents are those of one group of one objective, the latest first.
type Incidents struct {
	ID        slo.ID     `json:"id"`
	Group     slo.Group  `json:"group"`
	From      time.Time  `json:"from"`          // what was searched
	To        time.Time  `json:"to"`            // until when
	Budget    *float64   `json:"budget_events"` // of the window that ends at to: what shares are of; null when it is not known
	Incidents []Incident `json:"incidents"`
}

// Incident is a stretch of time in which the budget was spent fast, as package
// budget/incident defines it.
type Incident struct {
	Start   time.Time `json:"start"`
	End     time.Time `json:"end"`
	Ongoing bool      `json:"ongoing"` // it was not seen to end
	Bad     float64   `json:"bad"`     // events of its stretches, without the calm between them
	Total   float64   `json:"total"`   // the same
	Excess  float64   `json:"excess"`  // bad − (1 − target) × total
	Share   float64   `json:"share"`   // excess ÷ budget_events
	Burn    float64   `json:"burn"`    // bad ÷ total ÷ (1 − target)
	Peak    float64   `json:"peak_burn"`
	PeakAt  time.Time `json:"peak_at"` // end of the slice with the highest burn
	Alerts  []Alerted `json:"alerts"`  // the first of each severity; [] when there was none
}

// Alerted is when an incident alerted first.
type Alerted struct {
	Severity alerting.Severity    `json:"severity"`
	At       time.Time            `json:"at"`
	Source   incident.AlertSource `json:"source"` // recorded by the metrics store, or computed
}

// NewIncidents writes the incidents of a group.
func NewIncidents(id slo.ID, g insight.GroupIncidents) Incidents {
	all := Incidents{ID: id, Group: g.Group, From: g.From.UTC(), To: g.To.UTC(), Budget: finite(g.Budget), Incidents: []Incident{}}
	for i := len(g.Incidents) - 1; i >= 0; i-- {
		in := g.Incidents[i]
		alerts := make([]Alerted, len(in.Alerts))
		for n, a := range in.Alerts {
			alerts[n] = Alerted{Severity: a.Severity, At: a.At.UTC(), Source: a.Source}
		}
		all.Incidents = append(all.Incidents, Incident{
			Start: in.Start, End: in.End, Ongoing: in.Ongoing, Bad: in.Bad, Total: in.Total, Excess: in.Excess,
			Share: in.Share, Burn: in.Burn, Peak: in.Peak, PeakAt: in.PeakAt, Alerts: alerts,
		})
	}
	return all
}

// Forecast is what becomes of the budget of one group if the pace of a lookback
// goes on, as package budget/forecast defines it.
type Forecast struct {
	ID       slo.ID           `json:"id"`
	Group    slo.Group        `json:"group"`
	At       time.Time        `json:"at"`
	Outcome  forecast.Outcome `json:"outcome"`
	Reason   string           `json:"reason,omitempty"` // why it is unknown
	Lookback string           `json:"lookback"`         // "1d"
	Bad      float64          `json:"bad"`              // events in the lookback
	Total    float64          `json:"total"`

	Burn      *float64 `json:"burn"`      // of the lookback; null when the outcome is unknown
	Remaining *float64 `json:"remaining"` // now
	Settles   *float64 `json:"settles"`   // what remains when the pace lasts for a whole window

	Exhausted *Crossing `json:"exhausted"` // when nothing is left; null when nothing is left now
	Recovered *Crossing `json:"recovered"` // when something is left again; null when something is left now
	Ample     *Crossing `json:"ample"`     // when more than 25 % is left; null when it is now
}

// Crossing is a time, null for never. Earliest and latest hold it with 90 %, if
// the failures of the lookback came one by one.
type Crossing struct {
	At       *time.Time `json:"at"`
	Earliest *time.Time `json:"earliest"`
	Latest   *time.Time `json:"latest"`
}

// NewForecast writes the forecast of a group.
func NewForecast(id slo.ID, g insight.GroupForecast) Forecast {
	f := g.Forecast
	v := Forecast{
		ID: id, Group: g.Group, At: f.At.UTC(), Outcome: f.Outcome, Reason: f.Reason,
		Lookback: slo.FormatDuration(f.Pace.Lookback), Bad: f.Pace.Bad, Total: f.Pace.Total,
		Exhausted: newCrossing(f.Exhausted), Recovered: newCrossing(f.Recovered), Ample: newCrossing(f.Ample),
	}
	if f.Outcome != forecast.Unknown {
		v.Burn, v.Remaining, v.Settles = finite(&f.Burn), finite(&f.Remaining), finite(&f.Settles)
	}
	return v
}

func newCrossing(c *forecast.Crossing) *Crossing {
	if c == nil {
		return nil
	}
	// To the second: more would pretend to know more.
	whole := func(t *time.Time) *time.Time {
		if t == nil {
			return nil
		}
		rounded := t.UTC().Round(time.Second)
		return &rounded
	}
	return &Crossing{At: whole(c.At), Earliest: whole(c.Earliest), Latest: whole(c.Latest)}
}

// Windows are the past windows of one group, the latest first, as package
// budget/past defines them.
type Windows struct {
	ID      slo.ID    `json:"id"`
	Group   slo.Group `json:"group"`
	Windows []Window  `json:"windows"`
}

// Window is how one of the consecutive windows ended.
type Window struct {
	Start      time.Time    `json:"start"`
	End        time.Time    `json:"end"`
	Running    bool         `json:"running"` // it is not over
	Partial    bool         `json:"partial"` // the objective's life began within it
	Verdict    past.Verdict `json:"verdict"`
	Corrected  bool         `json:"corrected"`
	Coverage   *float64     `json:"coverage"`
	Total      *float64     `json:"total"`
	Bad        *float64     `json:"bad"`
	ErrorRatio *float64     `json:"error_ratio"`
	Remaining  *float64     `json:"remaining"` // above 0: met by so much of the budget; below: missed
}

// NewWindows writes the past windows of a group.
func NewWindows(id slo.ID, g insight.GroupWindows) Windows {
	all := Windows{ID: id, Group: g.Group, Windows: make([]Window, len(g.Windows))}
	for i, w := range g.Windows {
		a := w.Account
		all.Windows[i] = Window{
			Start: w.Start.UTC(), End: w.End.UTC(), Running: w.Running, Partial: w.Partial, Verdict: w.Verdict, Corrected: w.Corrected,
			Coverage: finite(a.Coverage), Total: finite(a.Total), Bad: finite(a.Bad), ErrorRatio: finite(a.ErrorRatio), Remaining: remaining(a, w.Verdict),
		}
	}
	return all
}

// remaining is nil where too little is known for a verdict.
func remaining(a budget.Account, v past.Verdict) *float64 {
	if v == past.Unknown {
		return nil
	}
	return finite(a.Remaining)
}

// Attribution says which values of a label the bad events have, as package
// budget/attribution defines it.
type Attribution struct {
	ID           slo.ID       `json:"id"`
	Group        slo.Group    `json:"group"` // {} for all groups together
	By           string       `json:"by"`
	From         time.Time    `json:"from"`
	To           time.Time    `json:"to"`
	Bad          float64      `json:"bad"`   // by the raw series
	Total        float64      `json:"total"` // by the raw series
	Spent        *float64     `json:"spent"` // share of the window's budget
	Counted      *float64     `json:"counted_bad"`
	Values       []Attributed `json:"values"` // the most bad events first
	Rest         Attributed   `json:"rest"`   // all other values together
	Concentrated bool         `json:"concentrated"`
	Half         int          `json:"half"` // so few values have half of the bad events; 0: more than are told
}

// Attributed is what one value of the label has.
type Attributed struct {
	Value      string   `json:"value"` // "" for series without the label
	Bad        float64  `json:"bad"`
	Total      float64  `json:"total"`
	BadShare   float64  `json:"bad_share"`   // of all bad events
	TotalShare float64  `json:"total_share"` // of all events
	Excess     float64  `json:"excess"`      // bad − (1 − target) × total
	Spent      *float64 `json:"spent"`       // share of the window's budget
}

// NewAttribution writes an attribution.
func NewAttribution(id slo.ID, g slo.Group, a attribution.Attribution) Attribution {
	one := func(v attribution.Value) Attributed {
		return Attributed{Value: v.Value, Bad: v.Bad, Total: v.Total, BadShare: v.BadShare, TotalShare: v.TotalShare, Excess: v.Excess, Spent: finite(v.Spent)}
	}
	values := make([]Attributed, len(a.Values))
	for i, v := range a.Values {
		values[i] = one(v)
	}
	return Attribution{
		ID: id, Group: g, By: a.By, From: a.From.UTC(), To: a.To.UTC(), Bad: a.Bad, Total: a.Total, Spent: finite(a.Spent),
		Counted: finite(a.Counted), Values: values, Rest: one(a.Rest), Concentrated: a.Concentrated, Half: a.Half,
	}
}

// Label is one that the bad events of an objective may be split by.
type Label struct {
	Label  string `json:"label"`
	Values int    `json:"values"` // different ones among some of the raw series
}

// NewLabels writes proposed labels.
func NewLabels(list []attribution.Candidate) []Label {
	all := make([]Label, len(list))
	for i, c := range list {
		all[i] = Label(c)
	}
	return all
}
