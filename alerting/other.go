package alerting

import (
	"math/big"
	"time"

	"headroom/slo"
)

// Kind tells apart the alerts that are not about a burn: what the budget came
// to, and whether it can be measured at all.
type Kind string

// The kinds.
const (
	// Exhausted says that nothing is left of the budget.
	Exhausted Kind = "exhausted"
	// Forecast says that nothing will be left soon, at the burn of now, where
	// no burn alert says so.
	Forecast Kind = "forecast"
	// Absent says that the raw series are gone.
	Absent Kind = "absent"
	// Unmeasured says that there are raw series and no tiles of them.
	Unmeasured Kind = "unmeasured"
	// NoTraffic says that nothing happens at a time at which much used to.
	NoTraffic Kind = "no_traffic"
	// RulesMissed says that rules were not evaluated when they should be.
	RulesMissed Kind = "rules_missed"
	// Integrity says that there are far fewer or more raw series than there
	// were.
	Integrity Kind = "integrity"
)

// Kinds returns all kinds, in the order in which people read of them.
func Kinds() []Kind {
	return []Kind{Exhausted, Forecast, Absent, Unmeasured, NoTraffic, RulesMissed, Integrity}
}

// Alert is the name of the alert of a kind, unless a plan says something else.
func (k Kind) Alert() string {
	switch k {
	case Exhausted:
		return "SLOErrorBudgetExhausted"
	case Forecast:
		return "SLOErrorBudgetForecast"
	case Absent:
		return "SLODataAbsent"
	case Unmeasured:
		return "SLODataUnmeasured"
	case NoTraffic:
		return "SLONoTraffic"
	case RulesMissed:
		return "SLORulesMissed"
	default:
		return "SLOSeriesChanged"
	}
}

// Other is an alert that is not about a burn.
type Other struct {
	Notice

	Kind Kind
	On   bool
}

// Other returns the alert of a kind, and whether it is on.
func (p Plan) Other(k Kind) (Other, bool) {
	for _, o := range p.Others {
		if o.Kind == k {
			return o, o.On
		}
	}
	return Other{Kind: k}, false
}

// WantsOther reports whether the alert of a kind is on for an objective, as
// Plan.Other does, without the rest of the plan.
func WantsOther(o *slo.Objective, k Kind) bool {
	if o.Plan == nil {
		return k != Integrity
	}
	wish := o.Plan.Others[string(k)]
	return wish.On || k != Integrity && !wish.Off
}

// newOthers are the alerts of all kinds. They are tickets, and on, unless the
// document of the plan says otherwise; only that of Integrity is off, since
// deployments and scaling change the number of series where nothing is wrong.
func newOthers(o *slo.Objective) []Other {
	var list []Other
	for _, k := range Kinds() {
		var wish slo.OtherWish
		if o.Plan != nil {
			wish = o.Plan.Others[string(k)]
		}
		n := noticed(Notice{Severity: string(Ticket), Alert: k.Alert()}, wish.NoticeWish)
		list = append(list, Other{Notice: n, Kind: k, On: WantsOther(o, k)})
	}
	return list
}

// Bounds of the silence after which people hear of it.
const (
	MinSilenceSteps = 5 // in steps of the resolution
	MaxSilence      = 12 * time.Hour

	silenceShare = 100 // of the budget, as its divisor
)

// Silence returns how long there must be no data before anybody is told: as
// long as a full outage needs for 1 % of the budget, P·b/100, in whole steps of
// the resolution: five at least, and twelve hours at most.
func Silence(o *slo.Objective) time.Duration {
	exact := rat(o.Target.BudgetString())
	exact.Mul(exact, nanos(o.Window.Rolling))
	exact.Quo(exact, big.NewRat(silenceShare, 1))
	d := min(roundTo(exact, o.Resolution), MaxSilence)
	return max(ceilTo(d, o.Resolution), MinSilenceSteps*o.Resolution)
}

// Horizon is how far a forecast looks, and what it takes the burn of now from.
type Horizon struct {
	Within time.Duration // the budget is gone within this time
	Long   time.Duration // if it burns as in this window
	Short  time.Duration // and in this one, whichever burns less
}

const longHorizon = 7 * day

// HorizonOf returns the horizon of an objective's forecast: a tenth of its
// window and seven days at most, at the burn of a third of that and of a twelfth
// of the third. For 30 days these are 3 d, 1 d and 2 h. Each is two steps of the
// resolution at least: who looks at one step sees no tile half of the time,
// since groups are evaluated at their own phases.
func HorizonOf(o *slo.Objective) Horizon {
	steps := func(d time.Duration) time.Duration { return max(d.Round(o.Resolution), 2*o.Resolution) }
	within := steps(min(o.Window.Rolling/10, longHorizon))
	long := steps(within / 3)
	return Horizon{Within: within, Long: long, Short: steps(long / shortParts)}
}
