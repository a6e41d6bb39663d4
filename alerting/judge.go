package alerting

import "time"

// Counts tells the events of the time before now, over a window.
type Counts func(window time.Duration) (bad, total float64)

// Verdict is what a plan says of some counts.
type Verdict struct {
	Fires    []Tier // for which somebody is told
	Withheld []Tier // above their thresholds, without evidence enough
}

// Judge says which tiers of a severity fire on counts, without the recorded
// rules' delays. Dispersion is the measured one; a declared one is taken
// instead.
func (p Plan) Judge(severity Severity, counts Counts, dispersion float64) Verdict {
	var v Verdict
	if p.Guard.Dispersion != "" {
		dispersion = float(rat(p.Guard.Dispersion))
	}
	for _, t := range p.Tiers {
		if t.Severity != severity || !t.exceeded(counts, dispersion) {
			continue
		}
		if p.proven(t, counts, dispersion) {
			v.Fires = append(v.Fires, t)
		} else {
			v.Withheld = append(v.Withheld, t)
		}
	}
	return v
}

// exceeded reports whether a tier is above its thresholds and applies.
func (t Tier) exceeded(counts Counts, dispersion float64) bool {
	for _, window := range []time.Duration{t.Short, t.Long} {
		if bad, total := counts(window); !(total > 0 && bad/total > t.Threshold) {
			return false
		}
	}
	if t.Sparse == nil {
		return true
	}
	_, total := counts(t.Sparse.Window)
	return total/dispersion < float(rat(t.Sparse.Events))
}

// proven reports whether there is evidence enough for a tier.
func (p Plan) proven(t Tier, counts Counts, dispersion float64) bool {
	if p.Guard.Off {
		return true
	}
	needed := float(rat(p.Guard.Needed(t.Severity)))
	for _, window := range p.Proving(t) {
		bad, total := counts(window)
		if Nats(bad, total, float(rat(p.Budget)), dispersion) > needed {
			return true
		}
	}
	return false
}
