package event

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"headroom/slo"
)

// Result is what an indicator makes of an event.
type Result int

// The results.
const (
	Ignored Result = iota // it does not count, or not yet
	Good
	Bad
)

// String returns "ignored", "good" or "bad".
func (r Result) String() string {
	switch r {
	case Good:
		return "good"
	case Bad:
		return "bad"
	default:
		return "ignored"
	}
}

// Classifier judges events for one indicator. It is safe for concurrent use.
type Classifier struct {
	in          slo.Events
	where, good *condition // nil when the indicator has none
}

// NewClassifier compiles an indicator. Its error wraps an *slo.ExprError.
func NewClassifier(in slo.Events) (*Classifier, error) {
	c := &Classifier{in: in}
	var err error
	if in.Where != "" {
		if c.where, err = compile(in.Where); err != nil {
			return nil, fmt.Errorf("compile where of an events indicator: %w", err)
		}
	}
	if in.Good != "" {
		if c.good, err = compile(in.Good); err != nil {
			return nil, fmt.Errorf("compile good of an events indicator: %w", err)
		}
	}
	return c, nil
}

// Classify judges an event. It is ignored until it has settled, when it was
// cancelled or skipped, when the indicator is not about it, and when the owner
// of its fault is one that the indicator ignores. An event that lacks an
// attribute or a time that where needs does not match. An error says that the
// event could not be judged, for want of a time, of an attribute, or because a
// condition cost too much; it is ignored then.
func (c *Classifier) Classify(e Event) (Result, error) {
	if e.Outcome != Success && e.Outcome != Failure || string(e.Kind) != c.in.EventKind {
		return Ignored, nil
	}
	if c.in.Source != "" && e.Source != c.in.Source || slices.Contains(c.in.Ignore, string(e.owner())) {
		return Ignored, nil
	}
	var variables map[string]any
	if c.where != nil || c.good != nil {
		variables = e.variables()
	}
	if c.where != nil {
		matches, err := c.where.holds(variables)
		if err != nil && !errors.Is(err, errMissing) {
			return Ignored, fmt.Errorf("evaluate where: %w", err)
		}
		if !matches {
			return Ignored, nil
		}
	}
	switch {
	case c.good != nil:
		good, err := c.good.holds(variables)
		if err != nil {
			return Ignored, fmt.Errorf("evaluate good: %w", err)
		}
		return resultOf(good), nil
	case !c.in.Duration.IsZero():
		return c.inTime(e)
	default:
		return resultOf(e.Outcome == Success), nil
	}
}

func resultOf(good bool) Result {
	if good {
		return Good
	}
	return Bad
}

// inTime judges by a duration. A failed run whose end is waited for never got
// there: it is late once the time is over, and before that it tells nothing.
func (c *Classifier) inTime(e Event) (Result, error) {
	d := c.in.Duration
	took, known := e.between(d.From, d.To)
	switch {
	case !known:
		return Ignored, fmt.Errorf("judge the time from %s to %s: %w", d.From, d.To, errMissing)
	case took > d.Under:
		return Bad, nil
	case e.Outcome == Failure && d.To == "finished":
		return Ignored, nil
	default:
		return Good, nil
	}
}

// owner returns who answers for what went wrong; "" when nothing did.
func (e Event) owner() Fault {
	if e.Fault == "" && e.Outcome == Failure {
		return FaultUnknown
	}
	return e.Fault
}

// between returns the time from one point of the run to another, never
// negative, and whether both are known.
func (e Event) between(from, to string) (time.Duration, bool) {
	start, end := e.at(from), e.at(to)
	if start.IsZero() || end.IsZero() {
		return 0, false
	}
	return max(end.Sub(start), 0), true
}

// Points are the names of the times of a run, in their order.
func Points() []string { return []string{"queued", "started", "finished"} }

func (e Event) at(point string) time.Time {
	switch point {
	case "queued":
		return e.Queued
	case "started":
		return e.Started
	case "finished":
		return e.Finished
	default:
		return time.Time{}
	}
}
