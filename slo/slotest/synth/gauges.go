package synth

import (
	"errors"
	"fmt"
	"math"

	"github.com/prometheus/prometheus/promql/parser"

	"headroom/slo"
)

// gauge makes a gauge whose samples are good or bad.
func gauge(in slo.Gauge, fixed map[string]string) ([]Series, error) {
	found, ok := selection{match: selectorsOf(in.Selector.Expr()), fixed: fixed}.find()
	if !ok {
		return nil, fmt.Errorf("no labels were found that match %s", in.Selector)
	}
	good, bad := 1.0, 0.0
	if !in.Good.IsZero() {
		good, bad = sides(in.Good)
	}
	return []Series{{Labels: found, Sample: func(c Counts) Sample {
		if c.BadNow {
			return Sample{V: bad}
		}
		return Sample{V: good}
	}}}, nil
}

// sides returns a number that satisfies a comparison, and one that does not.
func sides(c slo.Comparison) (good, bad float64) {
	step := math.Max(1, math.Abs(c.Value)/2)
	switch c.Op {
	case "<", "<=":
		return c.Value - step, c.Value + step
	case ">", ">=":
		return c.Value + step, c.Value - step
	case "==":
		return c.Value, c.Value + step
	default: // !=
		return c.Value + step, c.Value
	}
}

// raw makes the gauge of an error ratio that is one selector.
func raw(in slo.Raw, fixed map[string]string) ([]Series, error) {
	if _, ok := in.ErrorRatio.Expr().(*parser.VectorSelector); !ok {
		return nil, errors.New("its expression may ask for anything")
	}
	found, ok := selection{match: selectorsOf(in.ErrorRatio.Expr()), fixed: fixed}.find()
	if !ok {
		return nil, fmt.Errorf("no labels were found that match %s", in.ErrorRatio)
	}
	return []Series{{Labels: found, Sample: func(c Counts) Sample { return Sample{V: c.Ratio} }}}, nil
}
