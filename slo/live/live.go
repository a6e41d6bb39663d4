// Package live asks a real metrics store whether what specs say of it is so:
// series exist, labels match, counters count, buckets are there, and there is
// traffic enough for the target.
package live

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"headroom/budget"
	"headroom/rules"
	"headroom/slo"
	"headroom/slo/diag"
	"headroom/slo/manifest"
)

// Server is the metrics store. Its answers are those of Prometheus's HTTP API.
type Server interface {
	// Instant evaluates an expression at one time.
	Instant(ctx context.Context, expr string, at time.Time) ([]budget.Series, error)
	// LabelValues lists the values of a label of the series that a selector
	// matches, or of all when it is "".
	LabelValues(ctx context.Context, label, selector string, from, to time.Time) ([]string, error)
	// LabelNames lists the labels of the series that a selector matches.
	LabelNames(ctx context.Context, selector string, from, to time.Time) ([]string, error)
	// MetricTypes lists the types that scrapes gave a metric; an error or
	// nothing means that it is not known.
	MetricTypes(ctx context.Context, metric string) ([]string, error)
	// Retention is how long samples are kept; an error means that it is not
	// known.
	Retention(ctx context.Context) (time.Duration, error)
}

// Options are what Check needs. Server and Now are required.
type Options struct {
	Server   Server
	Now      time.Time     // of all queries
	Dialect  rules.Dialect // of the rules whose cost is told; Prometheus242 when ""
	Parallel int           // objectives at once; 4 when 0
	// Fatal reports whether an error of the server ends everything, since every
	// other question would meet it too. Nil ends nothing.
	Fatal func(error) bool
	// Progress is told how many objectives are done, in turn; nil is not.
	Progress func(done, of int)
}

// Measured is what the store says of an objective.
type Measured struct {
	ID               slo.ID
	Series           int     // that its largest selector matches now
	Groups           int     // of the objective; 1 when it is not grouped
	SamplesPerMinute float64 // that its rules would read
	PerSecond        float64 // events, over what history there is up to a day
	Budget           float64 // the error budget of its window in events, at that rate
	BadRatio         float64 // bad of all events, over the same history; 0–1
}

// Report is what Check found.
type Report struct {
	Problems []diag.Problem
	Measured []Measured // of the objectives whose events were seen, by id
	// Retention is how long the store keeps samples; 0 when it does not say.
	Retention time.Duration
}

// Check asks the store about every objective of specs that reads it. Its error
// is that of a context that ended, or a fatal one of the server; that single
// questions get no answer is a problem.
func Check(ctx context.Context, specs manifest.Result, o Options) (Report, error) {
	o.Dialect, o.Parallel = cmp.Or(o.Dialect, rules.Prometheus242), cmp.Or(o.Parallel, 4)
	ask := &asker{server: o.Server, now: o.Now, answers: map[string]*answer{}}
	var report Report
	var mu sync.Mutex
	var objectives []*slo.Objective
	for _, objective := range specs.Objectives() {
		if len(objective.Indicator.Exprs()) > 0 {
			objectives = append(objectives, objective)
		}
	}
	done := 0
	group, grouped := errgroup.WithContext(ctx)
	group.SetLimit(o.Parallel)
	for _, objective := range objectives {
		group.Go(func() error {
			i := &inspection{ask: ask, objective: objective, site: specs.Site(objective), options: o}
			if err := i.run(grouped); err != nil {
				return fmt.Errorf("check %s: %w", objective.ID, err)
			}
			mu.Lock()
			defer mu.Unlock()
			report.Problems = append(report.Problems, i.problems...)
			if i.measured.ID != (slo.ID{}) {
				report.Measured = append(report.Measured, i.measured)
			}
			if done++; o.Progress != nil {
				o.Progress(done, len(objectives))
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return Report{}, err
	}
	slices.SortFunc(report.Measured, func(a, b Measured) int { return a.ID.Compare(b.ID) })
	report.retention(ctx, specs, objectives, ask)
	diag.Sort(report.Problems)
	return report, nil
}
