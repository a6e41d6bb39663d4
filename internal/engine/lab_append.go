package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"

	"headroom/budget"
)

// Append adds points to the series of the given labels, which include
// __name__. Points must be in rising order of time and later than what the
// series has; different series may be appended in any order.
func (l *Lab) Append(series map[string]string, points ...budget.Point) error {
	name := labels.FromMap(series)
	app := l.db.AppenderV2(context.Background())
	var ref storage.SeriesRef
	for i, p := range points {
		if i > 0 && p.T <= points[i-1].T {
			return rollback(app, fmt.Errorf("append to %s: %w", name, errNotRising))
		}
		var err error
		if ref, err = app.Append(ref, name, 0, p.T, p.V, nil, nil, storage.AOptions{}); err != nil {
			return rollback(app, fmt.Errorf("append to %s at %s: %w", name, when(p.T), err))
		}
	}
	if err := app.Commit(); err != nil {
		return fmt.Errorf("append to %s: %w", name, err)
	}
	return nil
}

// LabSeries is a series that was looked up once, for appending many times.
type LabSeries struct {
	labels labels.Labels
	ref    storage.SeriesRef
}

// Series returns a handle of the series of the given labels, which include
// __name__.
func (l *Lab) Series(series map[string]string) *LabSeries {
	return &LabSeries{labels: labels.FromMap(series)}
}

// LabSample is a value for a series: V, or a native histogram when H is set.
type LabSample struct {
	Series *LabSeries
	V      float64
	H      *histogram.FloatHistogram
}

// AppendAt adds one sample to each of many series in one transaction, as a
// scrape does. It is several times faster than Append.
func (l *Lab) AppendAt(at time.Time, samples ...LabSample) error {
	t := at.UnixMilli()
	app := l.db.AppenderV2(context.Background())
	for _, s := range samples {
		ref, err := app.Append(s.Series.ref, s.Series.labels, 0, t, s.V, nil, s.H, storage.AOptions{})
		if err != nil {
			return rollback(app, fmt.Errorf("append to %s at %s: %w", s.Series.labels, when(t), err))
		}
		s.Series.ref = ref
	}
	if err := app.Commit(); err != nil {
		return fmt.Errorf("append at %s: %w", when(t), err)
	}
	return nil
}

func rollback(app storage.AppenderTransaction, err error) error {
	if rollbackErr := app.Rollback(); rollbackErr != nil {
		return fmt.Errorf("%w (and rollback: %w)", err, rollbackErr)
	}
	return err
}

func when(millis int64) string {
	return time.UnixMilli(millis).UTC().Format(time.RFC3339Nano)
}
