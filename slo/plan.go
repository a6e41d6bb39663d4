package slo

import (
	"maps"
	"slices"
	"time"
)

// AlertPlan is how an objective alerts where that is not left to headroom: what
// a document of the kind plan says. What it leaves empty is headroom's choice.
type AlertPlan struct {
	Name        string
	Tiers       []TierWish // instead of headroom's own; empty keeps those
	Without     []TierWish // of headroom's own, by severity and Long
	Guard       GuardWish
	Materiality string // share of the budget, an exact decimal from 0 to 1, that a window must have spent
	Page        NoticeWish
	Ticket      NoticeWish
	Others      map[string]OtherWish // alerts that are not about a burn, by their kind
}

// Labelled returns the first key of the plan's document under which a label of
// a name is given to an alert, such as "page" or "alerts.absent"; "" when there
// is none. A nil plan gives no labels.
func (p *AlertPlan) Labelled(name string) string {
	if p == nil {
		return ""
	}
	if _, found := p.Page.Labels[name]; found {
		return "page"
	}
	if _, found := p.Ticket.Labels[name]; found {
		return "ticket"
	}
	for _, kind := range slices.Sorted(maps.Keys(p.Others)) {
		if _, found := p.Others[kind].Labels[name]; found {
			return "alerts." + kind
		}
	}
	return ""
}

// TierWish wishes for an alert of a severity, "page" or "ticket", while the
// budget burns in a long window: so fast that Share of it is gone after Long,
// Burn times as fast as allowed, or as fast as the tier before where the traffic
// is too low for that one. Exactly one of the three is given.
type TierWish struct {
	Severity string
	Share    string // of the budget, an exact decimal from 0 to 1
	Burn     string // an exact decimal; 1 uses up the budget exactly by the end of the objective's window
	Sparse   bool
	Long     time.Duration
}

// GuardWish changes how much evidence an alert needs.
type GuardWish struct {
	Off        bool
	Page       string // nats, an exact decimal
	Ticket     string // nats, an exact decimal
	Dispersion string // variance of the failures over their mean, an exact decimal; "" measures it
}

// NoticeWish changes the alert of one severity.
type NoticeWish struct {
	Severity    string // value of the label severity
	Alert       string // name of the alert
	Labels      map[string]string
	Annotations map[string]string
	// Shadow records what would alert and tells nobody.
	Shadow bool
	// Keep is how long the alert goes on after its condition ended; 0 leaves
	// it to headroom.
	Keep time.Duration
}

// OtherWish changes an alert that is not about a burn. Neither On nor Off leaves
// that to headroom.
type OtherWish struct {
	NoticeWish

	On, Off bool
}
