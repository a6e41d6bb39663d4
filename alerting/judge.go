package alerting

import "time"

// Counts tells the events of the time before now, over a window.
type Counts func(window time.Duration) (bad, total float64)

// Verdict is what a plan says of some counts.
type Verdict struct {
	Fires    []Tier // for which somebody is told
	Withheld []Tier // above their thresholds, without evidence enough
}

// Judge decides as the rules of a plan do, without their delays. It is for
// simulations and knows no materiality.
type Judge struct {
	tiers      []judged
	guarded    bool
	budget     float64
	dispersion float64 // as declared; 0 when it is measured
}

// judged is a tier with what its evidence is looked for in.
type judged struct {
	Tier

	needed  float64 // nats
	proving []time.Duration
	events  float64 // that a sparse tier applies below
}

// NewJudge prepares the decisions of a plan.
func NewJudge(p Plan) *Judge {
	j := &Judge{guarded: !p.Guard.Off, budget: float(rat(p.Budget))}
	if p.Guard.Dispersion != "" {
		j.dispersion = float(rat(p.Guard.Dispersion))
	}
	for _, t := range p.Tiers {
		one := judged{Tier: t, needed: float(rat(p.Guard.Needed(t.Severity))), proving: p.Proving(t)}
		if t.Sparse != nil {
			one.events = float(rat(t.Sparse.Events))
		}
		j.tiers = append(j.tiers, one)
	}
	return j
}

// Judge says which tiers of a severity fire on counts. Dispersion is the
// measured one; a declared one is taken instead.
func (j *Judge) Judge(severity Severity, counts Counts, dispersion float64) Verdict {
	var v Verdict
	if j.dispersion > 0 {
		dispersion = j.dispersion
	}
	for i := range j.tiers {
		t := &j.tiers[i]
		switch {
		case t.Severity != severity || !t.exceeded(counts, dispersion):
		case !j.guarded || j.proven(t, counts, dispersion):
			v.Fires = append(v.Fires, t.Tier)
		default:
			v.Withheld = append(v.Withheld, t.Tier)
		}
	}
	return v
}

// exceeded reports whether a tier is above its thresholds and applies.
func (t *judged) exceeded(counts Counts, dispersion float64) bool {
	for _, window := range [...]time.Duration{t.Short, t.Long} {
		if bad, total := counts(window); !(total > 0 && bad/total > t.Threshold) {
			return false
		}
	}
	if t.Sparse == nil {
		return true
	}
	_, total := counts(t.Sparse.Window)
	return total/dispersion < t.events
}

// proven reports whether there is evidence enough for a tier.
func (j *Judge) proven(t *judged, counts Counts, dispersion float64) bool {
	for _, window := range t.proving {
		bad, total := counts(window)
		if Nats(bad, total, j.budget, dispersion) > t.needed {
			return true
		}
	}
	return false
}
