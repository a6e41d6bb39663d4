package budget

import (
	"math"
	"time"

	"headroom/slo"
)

// Count is a number of events in hundredths. Metrics stores extrapolate to
// fractions of an event; hundredths keep sums exact and associative.
type Count int64

// CountOf rounds a number of events to hundredths, halves away from zero.
// NaN, infinities and negative numbers are 0.
func CountOf(events float64) Count {
	if math.IsNaN(events) || math.IsInf(events, 0) || events < 0 {
		return 0
	}
	return Count(math.Round(events * 100))
}

// Events returns the number of events.
func (c Count) Events() float64 { return float64(c) / 100 }

// Source says where a slice comes from. Per interval the highest source that
// has a slice counts; sources are never added.
type Source uint8

// The sources in rising order of precedence.
const (
	SourceTile  Source = 1 // recorded by the compiled rules
	SourceRaw   Source = 2 // read from the raw series
	SourceEvent Source = 3 // the store of platform events
)

// Slice is what was measured in (Start, End]: the ledger's unit.
type Slice struct {
	Start, End int64 // Unix milliseconds
	Bad, Total Count // 0 <= Bad <= Total
	Source     Source
}

// Duration returns the length of the slice.
func (s Slice) Duration() time.Duration { return time.Duration(s.End-s.Start) * time.Millisecond }

// Key names one series of slices: one group of one objective as counted by one
// indicator.
type Key struct {
	SLO   slo.ID
	SLI   string // slo.Objective.SLI
	Group slo.Group
}
