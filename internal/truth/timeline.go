package truth

import "time"

// Tier fires while the error ratios over both windows are above a threshold.
type Tier struct {
	Long, Short time.Duration
	Threshold   float64
}

// Firing is an interval in which an alert fires: from From, until To.
type Firing struct {
	From, To time.Time // To is zero while it goes on
}

// Timeline looks at every step in (from, to] whether any tier fires.
func (in Indicator) Timeline(tiers []Tier, from, to time.Time, step time.Duration) []Firing {
	var list []Firing
	firing := false
	for at := from.Add(step); !at.After(to); at = at.Add(step) {
		now := in.fires(tiers, at)
		switch {
		case now && !firing:
			list = append(list, Firing{From: at})
		case !now && firing:
			list[len(list)-1].To = at
		}
		firing = now
	}
	return list
}

func (in Indicator) fires(tiers []Tier, at time.Time) bool {
	for _, t := range tiers {
		if in.ErrorRatio(at.Add(-t.Long), at) > t.Threshold && in.ErrorRatio(at.Add(-t.Short), at) > t.Threshold {
			return true
		}
	}
	return false
}
