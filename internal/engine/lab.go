package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"sync/atomic"
	"time"

	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/tsdb"

	"headroom/budget"
)

// labRange is the span of simulated time that a Lab keeps in one head block.
// Series may lie half of it apart.
const labRange = 800 * 24 * time.Hour

var _ budget.Querier = (*Lab)(nil)

// Lab is the storage, the PromQL engine and the rule evaluation of Prometheus
// at times that the caller gives. It reads no clock. Its methods must not be
// called at the same time, except Instant and Range beside each other.
type Lab struct {
	db      *tsdb.DB
	reader  reader
	manager *rules.Manager
	loader  *memoryLoader

	groups  []*labGroup
	removed []*rules.Group // groups whose series end at the next evaluation
	order   []*Alert       // of alerts, in the order of firing
	active  map[episodeKey]*Alert

	samples atomic.Int64
	byRule  map[RuleKey]int64
}

// NewLab opens a store in a directory that the Lab has for itself, such as
// t.TempDir(). Nothing in it outlives the Lab: it keeps no write-ahead log.
func NewLab(dir string) (*Lab, error) {
	logger := slog.New(slog.DiscardHandler)
	db, err := tsdb.Open(dir, logger, nil, labStorage(), nil)
	if err != nil {
		return nil, fmt.Errorf("open lab in %s: %w", dir, err)
	}
	db.DisableCompactions()
	l := &Lab{
		db: db,
		reader: reader{
			promql:  newPromQL(promqlOptions{logger: logger, maxSamples: math.MaxInt32, timeout: 24 * time.Hour}),
			storage: db,
		},
		loader: &memoryLoader{logger: logger},
		active: map[episodeKey]*Alert{},
		byRule: map[RuleKey]int64{},
	}
	l.manager = rules.NewManager(&rules.ManagerOptions{
		QueryFunc:    l.queryForRule,
		NotifyFunc:   func(context.Context, string, ...*rules.Alert) {},
		AppendableV2: db,
		Queryable:    db,
		Logger:       logger,
		GroupLoader:  l.loader,
		Parser:       l.loader.parser(),
		ResendDelay:  time.Minute,
		ExternalURL:  labURL(),
	})
	return l, nil
}

func labStorage() *tsdb.Options {
	o := tsdb.DefaultOptions()
	o.WALSegmentSize = -1
	o.NoLockfile = true
	o.MinBlockDuration = labRange.Milliseconds()
	o.MaxBlockDuration = labRange.Milliseconds()
	o.RetentionDuration = 0
	o.StripeSize = 1 << 9
	o.HeadChunksWriteBufferSize = 64 << 10
	o.IsolationDisabled = true
	return o
}

// Close frees the store. It does not remove the directory.
func (l *Lab) Close() error {
	if err := l.db.Close(); err != nil {
		return fmt.Errorf("close lab: %w", err)
	}
	return nil
}

// Instant implements budget.Querier.
func (l *Lab) Instant(ctx context.Context, expr string, at time.Time) ([]budget.Series, error) {
	return l.reader.instant(ctx, expr, at)
}

// Range implements budget.Querier.
func (l *Lab) Range(ctx context.Context, expr string, start, end time.Time, step time.Duration) ([]budget.Series, error) {
	return l.reader.rangeOf(ctx, expr, start, end, step)
}

// StaleMarker returns the value that ends a series at once when it is appended,
// as a scrape does for a series that vanished.
func StaleMarker() float64 { return math.Float64frombits(value.StaleNaN) }

// errNotRising is returned for points that are not in order of time.
var errNotRising = errors.New("points are not in rising order of time")
