package alerting

import (
	"maps"
	"slices"
	"time"

	"headroom/slo"
)

// Notice is how the alert of one severity reaches people.
type Notice struct {
	Severity    string            // value of the label severity
	Alert       string            // name of the alert
	Labels      map[string]string // besides those of the objective, which they win over
	Annotations map[string]string // besides headroom's, which they win over
	Shadow      bool              // what would alert is recorded and nobody is told
	Keep        time.Duration     // it goes on for so long after its condition ended
}

// Names of the alerts unless a plan says something else.
const (
	AlertPage   = "SLOErrorBudgetBurnPage"
	AlertTicket = "SLOErrorBudgetBurnTicket"
)

// Alert is the name of the burn alert of a severity, unless a plan says something
// else.
func (s Severity) Alert() string {
	if s == Ticket {
		return AlertTicket
	}
	return AlertPage
}

// Notice returns how the alert of a severity reaches people.
func (p Plan) Notice(severity Severity) Notice {
	if severity == Page {
		return p.Page
	}
	return p.Ticket
}

func newNotice(o *slo.Objective, severity Severity) Notice {
	n := Notice{Severity: string(severity), Alert: severity.Alert()}
	if o.Plan == nil {
		return n
	}
	wish := o.Plan.Page
	if severity == Ticket {
		wish = o.Plan.Ticket
	}
	return noticed(n, wish)
}

// noticed is a notice as somebody wishes it.
func noticed(n Notice, wish slo.NoticeWish) Notice {
	if wish.Severity != "" {
		n.Severity = wish.Severity
	}
	if wish.Alert != "" {
		n.Alert = wish.Alert
	}
	n.Labels, n.Annotations = maps.Clone(wish.Labels), maps.Clone(wish.Annotations)
	n.Shadow, n.Keep = wish.Shadow, wish.Keep
	return n
}

// wishes are the presets of an objective: those of its plan's document, or
// those of its window without the ones that the document leaves out.
func wishes(o *slo.Objective) []Preset {
	presets := Presets(o.Window.Rolling)
	if o.Plan == nil {
		return presets
	}
	if len(o.Plan.Tiers) > 0 {
		presets = nil
		for _, w := range o.Plan.Tiers {
			presets = append(presets, Preset{Severity: Severity(w.Severity), Share: w.Share, Factor: w.Burn, Sparse: w.Sparse, Long: w.Long})
		}
	}
	return slices.DeleteFunc(presets, func(p Preset) bool {
		return slices.ContainsFunc(o.Plan.Without, func(w slo.TierWish) bool { return leavesOut(w, p) })
	})
}

// leavesOut reports whether a preset is meant by what a document leaves out.
func leavesOut(w slo.TierWish, p Preset) bool {
	return Severity(w.Severity) == p.Severity && (w.Long == 0 || w.Long == p.Long)
}
