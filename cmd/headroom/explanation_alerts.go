package main

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
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
	// Materiality is the share of the budget that the long window of a tier must
	// have spent, a decimal; "" for any.
	Materiality string   `json:"materiality"`
	Notices     []notice `json:"notices"` // how each severity reaches people
	Others      []other  `json:"others"`  // those that are not about a burn
	Silence     silent   `json:"silence"` // after which people hear of missing data
}

type silent struct {
	After  float64 `json:"after_seconds"`
	Share  float64 `json:"budget_share"` // that a full outage takes meanwhile
	Reason string  `json:"reason"`       // for this length and no other
}

// notice is how the alert of one severity reaches people.
type notice struct {
	Severity alerting.Severity `json:"severity"`
	Alert    string            `json:"alert"`
	Label    string            `json:"severity_label"` // value of the label severity
	Labels   map[string]string `json:"labels"`         // that the plan adds
	Shadow   bool              `json:"shadow"`
	Keep     *float64          `json:"keep_firing_seconds"` // as the plan says, null when that is left to headroom

	usual bool // the plan changes nothing
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
	Wished   string            `json:"wished_long"` // as the plan has it
	Long     string            `json:"long"`        // as it would be for the objective
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
	a := alerts{
		Tiers: []tier{}, Dropped: []dropped{}, Detection: burns(o), Materiality: plan.Materiality, Notices: noticesOf(plan),
		Silence: silenceOf(o),
	}
	for _, t := range plan.Tiers {
		shown := tier{
			Severity: t.Severity, Share: t.Share, Long: slo.FormatDuration(t.Long), Short: slo.FormatDuration(t.Short),
			Factor: t.FactorString, Threshold: t.ThresholdString,
		}
		for i := range a.Detection {
			after := detection(o, plan, t, a.Detection[i].ErrorRatio)
			shown.Detection = append(shown.Detection, after)
			if t.Sparse == nil && !plan.Notice(t.Severity).Shadow {
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
		long := slo.FormatDuration(cmp.Or(d.Long, d.Preset.Long))
		wished := long // a preset of headroom's own is nobody's wish
		if o.Plan != nil && len(o.Plan.Tiers) > 0 {
			wished = slo.FormatDuration(d.Preset.Long)
		}
		a.Dropped = append(a.Dropped, dropped{Severity: d.Preset.Severity, Share: d.Share, Wished: wished, Long: long, Reason: d.Reason})
	}
	return a
}

func silenceOf(o *slo.Objective) silent {
	after := alerting.Silence(o)
	s := silent{After: after.Seconds(), Share: float64(after) / float64(o.Window.Rolling) / o.Target.Budget()}
	switch after {
	case alerting.MinSilenceSteps * o.Resolution:
		s.Reason = fmt.Sprintf("the least there is, %d steps of the resolution", alerting.MinSilenceSteps)
	case alerting.MaxSilence:
		s.Reason = "the most there is"
	default:
		s.Reason = "the step nearest to 1% of the budget"
	}
	return s
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

func noticesOf(plan alerting.Plan) []notice {
	var list []notice
	for _, severity := range alerting.Severities() {
		n := plan.Notice(severity)
		shown := notice{Severity: severity, Alert: n.Alert, Label: n.Severity, Labels: n.Labels, Shadow: n.Shadow}
		if shown.Labels == nil {
			shown.Labels = map[string]string{}
		}
		if n.Keep > 0 {
			seconds := n.Keep.Seconds()
			shown.Keep = &seconds
		}
		shown.usual = n.Alert == severity.Alert() && n.Severity == string(severity) && len(n.Labels) == 0 && n.Keep == 0
		list = append(list, shown)
	}
	return list
}

// detection is in seconds, nil when the tier never fires at an error ratio or
// when there is no such ratio.
func detection(o *slo.Objective, plan alerting.Plan, t alerting.Tier, errorRatio float64) *float64 {
	after, fires := firesAfter(o, plan, t, errorRatio)
	if !fires {
		return nil
	}
	seconds := after.Round(time.Second).Seconds()
	return &seconds
}

// firesAfter is when a tier fires at a steady error ratio e on a clean history
// and even traffic: when its windows do, and not before the share m of the budget
// that the plan asks for is spent, m·P·b/e. What the long window cannot hold it
// never spends.
func firesAfter(o *slo.Objective, plan alerting.Plan, t alerting.Tier, errorRatio float64) (time.Duration, bool) {
	after, fires := t.Detection(errorRatio)
	if !fires || errorRatio > 1 {
		return 0, false
	}
	share, err := strconv.ParseFloat(plan.Materiality, 64)
	if err != nil { // none is asked for
		return after, true
	}
	spent := time.Duration(share * o.Target.Budget() / errorRatio * float64(o.Window.Rolling))
	return max(after, spent), spent < t.Long
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
