package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"

	"headroom/budget"
)

// lookback is how long a sample stands for its series in an instant vector, as
// in an unconfigured Prometheus.
const lookback = 5 * time.Minute

// promqlOptions are the parts of the PromQL engine that Engine and Lab choose
// differently.
type promqlOptions struct {
	logger     *slog.Logger
	registerer prometheus.Registerer
	maxSamples int
	timeout    time.Duration
	parallel   promql.QueryTracker
}

func newPromQL(o promqlOptions) *promql.Engine {
	return promql.NewEngine(promql.EngineOpts{
		Logger:               o.logger,
		Reg:                  o.registerer,
		MaxSamples:           o.maxSamples,
		Timeout:              o.timeout,
		ActiveQueryTracker:   o.parallel,
		LookbackDelta:        lookback,
		EnableAtModifier:     true,
		EnableNegativeOffset: true,
		NoStepSubqueryIntervalFn: func(int64) int64 {
			return time.Minute.Milliseconds()
		},
		Parser: newParser(),
	})
}

// newParser accepts what Prometheus accepts without feature flags, which
// includes the anchored modifier.
func newParser() parser.Parser { return parser.NewParser(parser.Options{}) }

// reader answers queries from one storage.
type reader struct {
	promql  *promql.Engine
	storage storage.Queryable
}

func (r reader) instant(ctx context.Context, expr string, at time.Time) ([]budget.Series, error) {
	q, err := r.promql.NewInstantQuery(ctx, r.storage, nil, expr, at)
	if err != nil {
		return nil, fmt.Errorf("query %q: %w", expr, err)
	}
	return exec(ctx, q)
}

func (r reader) rangeOf(ctx context.Context, expr string, start, end time.Time, step time.Duration) ([]budget.Series, error) {
	if step < time.Millisecond || end.Before(start) {
		return nil, fmt.Errorf("query %q: from %s to %s by %s is no range", expr, start, end, step)
	}
	q, err := r.promql.NewRangeQuery(ctx, r.storage, nil, expr, start, end, step)
	if err != nil {
		return nil, fmt.Errorf("query %q: %w", expr, err)
	}
	return exec(ctx, q)
}

func exec(ctx context.Context, q promql.Query) ([]budget.Series, error) {
	defer q.Close()
	result := q.Exec(ctx)
	if result.Err != nil {
		return nil, fmt.Errorf("query %q: %w", q.String(), result.Err)
	}
	series, err := convert(result.Value)
	if err != nil {
		return nil, fmt.Errorf("query %q: %w", q.String(), err)
	}
	return series, nil
}

// convert copies a result, whose memory the engine uses again. Samples that are
// native histograms have no single value and are left out; a series of nothing
// else is left out whole.
func convert(v parser.Value) ([]budget.Series, error) {
	switch v := v.(type) {
	case promql.Vector:
		return convertVector(v), nil
	case promql.Matrix:
		return convertMatrix(v), nil
	case promql.Scalar:
		return []budget.Series{{Labels: map[string]string{}, Points: []budget.Point{{T: v.T, V: v.V}}}}, nil
	case promql.String:
		return nil, errors.New("the result is a string, want a number")
	default:
		return nil, fmt.Errorf("the result is a %T, want a vector, a matrix or a scalar", v)
	}
}

func convertVector(v promql.Vector) []budget.Series {
	series := make([]budget.Series, 0, len(v))
	for _, s := range v {
		if s.H == nil {
			series = append(series, budget.Series{Labels: labelMap(s.Metric), Points: []budget.Point{{T: s.T, V: s.F}}})
		}
	}
	return series
}

func convertMatrix(m promql.Matrix) []budget.Series {
	series := make([]budget.Series, 0, len(m))
	for _, s := range m {
		if len(s.Floats) == 0 {
			continue
		}
		points := make([]budget.Point, len(s.Floats))
		for i, p := range s.Floats {
			points[i] = budget.Point{T: p.T, V: p.F}
		}
		series = append(series, budget.Series{Labels: labelMap(s.Metric), Points: points})
	}
	return series
}

func labelMap(l labels.Labels) map[string]string {
	m := make(map[string]string, l.Len())
	l.Range(func(l labels.Label) { m[l.Name] = l.Value })
	return m
}
