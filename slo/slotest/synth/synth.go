package synth

import (
	"errors"
	"fmt"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/promql/parser"

	"headroom/rules"
	"headroom/slo"
)

// Counts is what happened up to a time.
type Counts struct {
	Total, Bad float64 // events so far
	// BadNow says that the newest event was bad: where events are samples, what
	// the sample of this time shall say.
	BadNow bool
	// Ratio is the share of bad events at this time, 0 to 1.
	Ratio float64
}

// Sample is a value, or a native histogram when H is set.
type Sample struct {
	V float64
	H *histogram.FloatHistogram
}

// Series is one series that is made up. Its samples follow from what happened.
type Series struct {
	Labels map[string]string // __name__ included
	Sample func(Counts) Sample
}

// Plan is the series of one group of one objective.
type Plan struct {
	Series []Series
	// Every says what an event is.
	Every Every
}

// Every says what an event is.
type Every int

// What events are.
const (
	PerEvent  Every = iota // they come at a rate of their own
	PerSample              // every sample is one
	// PerLook means that every look of the rules at an error ratio is
	// slo.RawWeight events, of which the ratio is bad.
	PerLook
)

// NotPossibleError says that series cannot be made up for an indicator.
type NotPossibleError struct {
	Kind   string // of the indicator
	Reason string
}

func (e *NotPossibleError) Error() string {
	return fmt.Sprintf("no traffic can be made up for this %s: %s", e.Kind, e.Reason)
}

// New makes up the series of one group of an objective. Its error is a
// *NotPossibleError.
func New(o *slo.Objective, g slo.Group) (Plan, error) {
	plan, err := newPlan(o, g.Labels())
	if err != nil {
		return Plan{}, &NotPossibleError{Kind: o.Indicator.Kind(), Reason: err.Error()}
	}
	return plan, nil
}

// AnyGroup invents a group of an objective: for each group label a value that
// its selectors match. It is zero when the objective is not grouped.
func AnyGroup(o *slo.Objective) slo.Group {
	values := map[string]string{}
	for _, name := range o.GroupBy {
		values[name] = "any"
		var conditions []condition
		for _, vs := range indicatorSelectors(o.Indicator) {
			for _, m := range matchersOf(vs) {
				if m.Name == name {
					conditions = append(conditions, condition{matcher: m})
				}
			}
		}
		if text, ok := value(conditions); ok && text != "" && len(conditions) > 0 {
			values[name] = text
		}
	}
	return slo.NewGroup(values)
}

// indicatorSelectors lists the selectors that every series of an indicator has
// to match in one way or another.
func indicatorSelectors(in slo.Indicator) []*parser.VectorSelector {
	switch in := in.(type) {
	case slo.Ratio:
		return selectorsOf(in.Total.Expr())
	case slo.Latency:
		return selectorsOf(in.Total().Expr())
	case slo.Gauge:
		return selectorsOf(in.Selector.Expr())
	case slo.Raw:
		return selectorsOf(in.ErrorRatio.Expr())
	default:
		return nil
	}
}

func newPlan(o *slo.Objective, fixed map[string]string) (Plan, error) {
	switch in := o.Indicator.(type) {
	case slo.Ratio:
		list, err := ratio(in, fixed)
		return Plan{Series: list}, err
	case slo.Latency:
		list, err := latency(in, fixed)
		return Plan{Series: list}, err
	case slo.Gauge:
		list, err := gauge(in, fixed)
		return Plan{Series: list, Every: PerSample}, err
	case slo.Raw:
		list, err := raw(in, fixed)
		return Plan{Series: list, Every: PerLook}, err
	case slo.Events:
		return Plan{Series: events(o)}, nil
	default:
		return Plan{}, errors.New("its expressions may ask for anything")
	}
}

// events makes the counters that headroom itself would show.
func events(o *slo.Objective) []Series {
	of := func(result string) map[string]string {
		return map[string]string{
			model.MetricNameLabel: rules.MetricEvents, "slo": o.ID.String(), "sli": o.SLI(), "result": result,
		}
	}
	return []Series{counter(of("good"), 1, -1), counter(of("bad"), 0, 1)}
}
