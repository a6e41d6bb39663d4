package proposal

import (
	"slices"
	"time"

	"headroom/slo"
)

// Bounds of a proposal.
const (
	// spare is the share of the budget that a proposed target would have left
	// over: a target that was only just met is missed the next time.
	spare = 0.25
	// enough is how many bad events a proposed target should allow in a window,
	// and fewest how many it allows at least. With fewer, single failures decide.
	enough = 20
	fewest = 5
)

// ladder lists the targets that people choose, the strictest first. None is
// above 99.95 %: an outage of a quarter of an hour would use up all of it,
// before anybody is awake.
func ladder() []string {
	return []string{"99.95%", "99.9%", "99.5%", "99%", "98%", "95%", "90%", "80%", "50%"}
}

// Candidate is a target and what it would have meant.
type Candidate struct {
	Target slo.Target
	// Remaining is the share of the budget that would be left, 1 when nothing
	// was bad, below 0 when the target would have been missed.
	Remaining float64
	// Allowed is how many events of a window may be bad at the traffic that was
	// seen.
	Allowed float64
}

// Candidates returns what every usual target would have meant for a window, the
// strictest first, nil when nothing was measured.
func Candidates(h History, window time.Duration) []Candidate {
	total, measured := h.Total(), h.Measured()
	if !(total > 0) {
		return nil
	}
	perWindow := total * float64(window) / float64(measured)
	var list []Candidate
	for _, text := range ladder() {
		target := slo.MustTarget(text)
		list = append(list, Candidate{
			Target:    target,
			Remaining: 1 - h.Bad()/total/target.Budget(),
			Allowed:   perWindow * target.Budget(),
		})
	}
	return list
}

// Propose returns the strictest candidate that would have left a quarter of its
// budget and that allows 20 bad events in a window. Without such a one it takes
// one that would only just have been met, and then one that allows 5; false when
// there is none.
func Propose(list []Candidate) (Candidate, bool) {
	for _, wanted := range []func(Candidate) bool{
		func(c Candidate) bool { return c.Remaining >= spare && c.Allowed >= enough },
		func(c Candidate) bool { return c.Remaining >= 0 && c.Allowed >= enough },
		func(c Candidate) bool { return c.Remaining >= spare && c.Allowed >= fewest },
	} {
		if i := slices.IndexFunc(list, wanted); i >= 0 {
			return list[i], true
		}
	}
	return Candidate{}, false
}
