package budget

import (
	"context"
	"time"
)

// Point is one sample.
type Point struct {
	T int64 // Unix milliseconds
	V float64
}

// Series is one time series of a query's result.
type Series struct {
	Labels map[string]string
	Points []Point // in order of time, staleness markers left out
}

// Querier asks a metrics store. Its errors say whether a later try may
// succeed only by their text: the ledger tries again at its next tick.
type Querier interface {
	// Instant evaluates a PromQL expression at one time. A vector gives series
	// of one point; a range selector gives its points with their own
	// timestamps; a scalar gives one series without labels.
	Instant(ctx context.Context, expr string, at time.Time) ([]Series, error)
	// Range evaluates an expression at start, start+step, … up to end.
	Range(ctx context.Context, expr string, start, end time.Time, step time.Duration) ([]Series, error)
}
