package main

import (
	"cmp"
	"slices"
	"time"

	"headroom/alerting"
	"headroom/slo"
)

// alerts are the plan of an objective, and what it means for steady burns.
type alerts struct {
	Tiers     []tier    `json:"tiers"`
	Dropped   []dropped `json:"dropped"`
	Detection []noticed `json:"detection"`
	Evidence  *evidence `json:"evidence"`
	Others    []other   `json:"others"` // those that are not about a burn
}

type other struct {
	Kind     alerting.Kind `json:"kind"`
	Alert    string        `json:"alert"`
	Severity string        `json:"severity"`
	On       bool          `json:"on"`
}

type tier struct {
	Severity  alerting.Severity `json:"severity"`
	Share     float64           `json:"budget_share"`
	Long      string            `json:"long"`
	Short     string            `json:"short"`
	Factor    string            `json:"factor"`
	Threshold string            `json:"threshold"`
	Detection []*float64        `json:"detection_seconds"` // one for each of Alerts.Detection
	Sparse    *sparse           `json:"sparse"`            // null for a tier that always applies
}

// sparse is when a tier applies that stands in for another one.
type sparse struct {
	Events string `json:"fewer_events_than"`
	Window string `json:"in"`
}

// evidence is what the guard asks for, null when it is off.
type evidence struct {
	Page       string `json:"page_nats"`
	Ticket     string `json:"ticket_nats"`
	Dispersion string `json:"dispersion"` // as declared, "" when it is measured
}

type dropped struct {
	Severity alerting.Severity `json:"severity"`
	Share    float64           `json:"budget_share"`
	Long     string            `json:"long"`
	Reason   string            `json:"reason"`
}

// noticed is a steady burn and when it is noticed first. Both times are nil
// when no tier ever does, or when the burn is higher than a full outage.
type noticed struct {
	Name       string   `json:"name"` // "5x", "20x", "1%", "10%", "outage"
	ErrorRatio float64  `json:"error_ratio"`
	Page       *float64 `json:"page_seconds"`
	Ticket     *float64 `json:"ticket_seconds"`
}

func alertsOf(o *slo.Objective, plan alerting.Plan) alerts {
	a := alerts{Tiers: []tier{}, Dropped: []dropped{}, Detection: burns(o)}
	for _, t := range plan.Tiers {
		shown := tier{
			Severity: t.Severity, Share: t.Share, Long: slo.FormatDuration(t.Long), Short: slo.FormatDuration(t.Short),
			Factor: t.FactorString, Threshold: t.ThresholdString,
		}
		for i := range a.Detection {
			after := detection(t, a.Detection[i].ErrorRatio)
			shown.Detection = append(shown.Detection, after)
			if t.Sparse == nil {
				a.Detection[i].hear(t.Severity, after)
			}
		}
		if t.Sparse != nil {
			shown.Sparse = &sparse{Events: t.Sparse.Events, Window: slo.FormatDuration(t.Sparse.Window)}
		}
		a.Tiers = append(a.Tiers, shown)
	}
	if g := plan.Guard; !g.Off {
		a.Evidence = &evidence{Page: g.Page, Ticket: g.Ticket, Dispersion: g.Dispersion}
	}
	for _, n := range plan.Others {
		a.Others = append(a.Others, other{Kind: n.Kind, Alert: n.Alert, Severity: n.Severity, On: n.On})
	}
	for _, d := range plan.Dropped {
		a.Dropped = append(a.Dropped, dropped{
			Severity: d.Preset.Severity, Share: d.Share, Long: slo.FormatDuration(cmp.Or(d.Long, d.Preset.Long)), Reason: d.Reason,
		})
	}
	return a
}

// burns are the steady burns whose detection is explained, from the slowest to
// the fastest.
func burns(o *slo.Objective) []noticed {
	list := []noticed{
		{Name: "5x", ErrorRatio: 5 * o.Target.Budget()},
		{Name: "20x", ErrorRatio: 20 * o.Target.Budget()},
		{Name: "1%", ErrorRatio: 0.01},
		{Name: "10%", ErrorRatio: 0.1},
		{Name: "outage", ErrorRatio: 1},
	}
	slices.SortStableFunc(list, func(a, b noticed) int { return cmp.Compare(a.ErrorRatio, b.ErrorRatio) })
	return list
}

// detection is in seconds, nil when the tier never fires at an error ratio or
// when there is no such ratio.
func detection(t alerting.Tier, errorRatio float64) *float64 {
	if errorRatio > 1 {
		return nil
	}
	after, fires := t.Detection(errorRatio)
	if !fires {
		return nil
	}
	seconds := after.Round(time.Second).Seconds()
	return &seconds
}

// hear keeps the earliest time of a severity.
func (n *noticed) hear(severity alerting.Severity, after *float64) {
	first := &n.Page
	if severity == alerting.Ticket {
		first = &n.Ticket
	}
	if after != nil && (*first == nil || *after < **first) {
		*first = after
	}
}
