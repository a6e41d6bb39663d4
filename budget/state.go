package budget

import (
	"fmt"
)

// covered reports whether a balance was measured well enough to be believed.
func (b *Balance) covered() bool {
	return b.Measured > 0 && b.Coverage != nil && *b.Coverage >= MinCoverage
}

// decide says how the budget stands, and takes back what would say more: shares
// of a budget that is unknown would pass for knowledge.
func (b *Balance) decide() State {
	if b.Raw.Measured <= 0 || b.Raw.Coverage == nil || *b.Raw.Coverage < MinCoverage {
		b.Raw.Spent, b.Raw.Remaining = nil, nil
	}
	state := b.state()
	if state == StateUnknown {
		b.Spent, b.Remaining = nil, nil
	}
	return state
}

func (b *Balance) state() State {
	switch {
	case !b.covered() || b.Remaining == nil:
		return StateUnknown
	case *b.Remaining <= 0:
		return StateExhausted
	case *b.Remaining < CautionRemaining:
		return StateCaution
	default:
		return StateHealthy
	}
}

// begins reports whether all that is known happened before the objective's life.
func (b *Balance) begins() bool { return b.Raw.Life == 0 && b.Total != nil }

// dataState says how far the data can be trusted, and why in a sentence.
func (d *declared) dataState(b *Balance, rulesMissing, absent bool) (DataState, string) {
	window := d.o.Window.Rolling
	switch {
	case rulesMissing:
		return DataRulesMissing, "The metrics store does not run the rules of the current spec."
	case absent:
		return DataAbsent, "The metrics store has no series for this indicator now."
	case b.begins():
		return DataYoung, Measured(0, window) + ": the objective only begins."
	case b.Corrected && b.Life == 0:
		return DataUnmeasured, "Corrections exclude all of the objective's life in this window."
	case b.Measured == 0:
		return DataUnmeasured, "Nothing was measured yet in this window."
	case !b.covered():
		return DataUnmeasured, fmt.Sprintf("Only %.0f%% of the objective's life in this window was measured; the state is known from %.0f%% on.", floorPercent(*b.Coverage), 100*MinCoverage)
	case *b.Total == 0:
		return DataNoTraffic, "Measured, and no event happened in this window."
	case b.Raw.Life < window:
		return DataYoung, Measured(b.Raw.Measured, window) + ": the objective is younger than its window."
	default:
		return DataOK, ""
	}
}

func floorPercent(ratio float64) float64 { return float64(int(100 * ratio)) }
