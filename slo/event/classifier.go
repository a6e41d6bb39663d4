package event

import "headroom/slo"

// Result is what an indicator makes of an event.
type Result int

// The results.
const (
	Ignored Result = iota // it does not count, or not yet
	Good
	Bad
)

// Classifier judges events for one indicator. It is safe for concurrent use.
type Classifier struct {
	in slo.Events
}

// NewClassifier compiles an indicator.
func NewClassifier(in slo.Events) (*Classifier, error) { return &Classifier{in: in}, nil }

// Classify judges an event. An event is ignored until it has settled, when it
// was cancelled or skipped, and when the indicator is not about it. An error
// says that an expression could not be evaluated; the event is ignored then.
func (c *Classifier) Classify(e Event) (Result, error) { return Ignored, nil }
