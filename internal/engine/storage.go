package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/util/compression"
)

// longestBlock is the longest time range of one block, as in Prometheus.
const longestBlock = 31 * 24 * time.Hour

func openStorage(dir string, retention time.Duration, logger *slog.Logger, registerer prometheus.Registerer) (*tsdb.DB, error) {
	db, err := tsdb.Open(dir, logger.With("component", "storage"), registerer, storageOptions(retention), nil)
	if errors.Is(err, syscall.EAGAIN) {
		return nil, fmt.Errorf("open metrics in %s: another process has it open: %w", dir, err)
	}
	if err != nil {
		return nil, fmt.Errorf("open metrics in %s: %w", dir, err)
	}
	return db, nil
}

// storageOptions are Prometheus's, with buffers for thousands of series instead
// of millions.
func storageOptions(retention time.Duration) *tsdb.Options {
	o := tsdb.DefaultOptions()
	o.RetentionDuration = retention.Milliseconds()
	o.MaxBlockDuration = max(o.MinBlockDuration, min(longestBlock, retention/10).Milliseconds())
	o.WALCompression = compression.Snappy
	o.WALSegmentSize = 32 << 20
	o.StripeSize = 1 << 11
	o.HeadChunksWriteBufferSize = 512 << 10
	return o
}

// limiter bounds how many queries run at once. Unlike Prometheus's own it keeps
// no file of the queries that ran when the process died.
type limiter chan struct{}

func newLimiter(parallel int) limiter { return make(limiter, parallel) }

// GetMaxConcurrent implements promql.QueryTracker.
func (l limiter) GetMaxConcurrent() int { return cap(l) }

// Insert implements promql.QueryTracker.
func (l limiter) Insert(ctx context.Context, _ string) (int, error) {
	select {
	case l <- struct{}{}:
		return 0, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// Delete implements promql.QueryTracker.
func (l limiter) Delete(int) { <-l }

// Close implements promql.QueryTracker.
func (l limiter) Close() error { return nil }
