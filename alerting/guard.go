package alerting

import (
	"math"
	"math/big"
	"slices"
	"strconv"
	"time"

	"headroom/slo"
)

// Evidence that an alert needs, in nats: a look at a service on its budget is
// taken for a page with a probability of at most e^−7, which is 0.0009.
const (
	pageNats   = "7"
	ticketNats = "5"
)

// Bounds of a measured dispersion, and the longest time that it is measured
// over.
const (
	MinDispersion  = 1
	MaxDispersion  = 10
	DispersionOver = 28 * day
)

// Guard withholds an alert until there is evidence that the objective is worse
// than its budget. At high traffic it is silent: any burn that a tier waits for
// proves itself at once.
type Guard struct {
	Off          bool
	Page, Ticket string // nats that are needed, exact decimals
	Dispersion   string // as declared, an exact decimal; "" when it is measured
}

// Needed returns the nats that an alert of a severity needs, an exact decimal.
func (g Guard) Needed(severity Severity) string {
	if severity == Page {
		return g.Page
	}
	return g.Ticket
}

// Sparse lets a tier apply only while the traffic is so low that the guard
// would withhold the tier that it prolongs, even at a burn that fires that one.
type Sparse struct {
	Window time.Duration // the long window of the tier that it prolongs
	Events string        // in Window and divided by the dispersion, a decimal: with as many it does not apply
}

func newGuard(o *slo.Objective) Guard {
	g := Guard{Page: pageNats, Ticket: ticketNats}
	if o.Plan == nil {
		return g
	}
	wish := o.Plan.Guard
	g.Off, g.Dispersion = wish.Off, wish.Dispersion
	if wish.Page != "" {
		g.Page = wish.Page
	}
	if wish.Ticket != "" {
		g.Ticket = wish.Ticket
	}
	return g
}

// Proving returns the windows in which evidence for a tier may lie, rising:
// the long windows of all tiers up to its own.
func (p Plan) Proving(t Tier) []time.Duration {
	var list []time.Duration
	for _, other := range p.Tiers {
		if other.Long <= t.Long {
			list = append(list, other.Long)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// leastBurn is the burn that a sparse tier is made for at least. At a burn of 1
// nothing is ever proven, so that a ticket's sparse tier would always apply.
const leastBurn = 2

// sparse returns when a tier applies that prolongs another one: while fewer
// events than n with n·b·(f·ln f − f + 1) = h happen in the other's window.
func (g Guard) sparse(prolonged Tier, budget *big.Rat) *Sparse {
	f := max(prolonged.Factor, leastBurn)
	needed := float(rat(g.Needed(prolonged.Severity)))
	events := needed / (float(budget) * (f*math.Log(f) - f + 1))
	return &Sparse{Window: prolonged.Long, Events: strconv.FormatFloat(math.Ceil(events), 'f', 0, 64)}
}
