package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"headroom/internal/promapi"
	"headroom/slo/diag"
	"headroom/slo/live"
	"headroom/slo/manifest"
)

// lintLive asks a metrics store about specs. It tells w how far it is and what
// it measured.
func lintLive(ctx context.Context, w io.Writer, store *prometheusFlags, specs manifest.Result) ([]diag.Problem, error) {
	client, err := store.client()
	if err != nil {
		return nil, err
	}
	defer client.Close()
	now := time.Now()
	if _, err := client.Instant(ctx, "vector(1)", now); err != nil {
		return nil, fmt.Errorf("ask the metrics store: %w", err)
	}
	report, err := live.Check(ctx, specs, live.Options{
		Server: client, Now: now, Parallel: promapi.DefaultParallel,
		Fatal: fatal, Progress: progressOf(w, now),
	})
	if err != nil {
		return nil, fmt.Errorf("ask the metrics store: %w", err)
	}
	tellMeasured(w, report)
	return report.Problems, nil
}

// fatal reports whether the metrics store is gone for every question.
func fatal(err error) bool {
	var e *promapi.Error
	return errors.As(err, &e) && (e.Kind == promapi.KindUnreachable || e.Kind == promapi.KindUnauthorized || e.Kind == promapi.KindRedirect)
}

// progressOf tells every few seconds how far the questions are.
func progressOf(w io.Writer, began time.Time) func(done, of int) {
	const pause = 5 * time.Second
	last := began
	return func(done, of int) {
		if at := time.Now(); at.Sub(last) >= pause && done < of {
			last = at
			fmt.Fprintf(w, "asked about %d of %s\n", done, count(of, "objective"))
		}
	}
}

// tellMeasured lists what the store has of each objective, unless that would be
// a book.
func tellMeasured(w io.Writer, report live.Report) {
	const most = 50
	if report.Retention == 0 {
		fmt.Fprintln(w, "The metrics store does not say how long it keeps samples.")
	}
	for at, m := range report.Measured {
		if at == most {
			fmt.Fprintf(w, "… and %s\n", count(len(report.Measured)-most, "more objective"))
			return
		}
		groups := ""
		if m.Groups != 1 {
			groups = fmt.Sprintf(" in %s", count(m.Groups, "group"))
		}
		fmt.Fprintf(w, "%s: %d series%s, %.3g events/s, %.3g%% of them bad, an error budget of %s events, rules that read %s samples a minute\n",
			m.ID, m.Series, groups, m.PerSecond, 100*m.BadRatio, figureOf(m.Budget), whole(m.SamplesPerMinute))
	}
}

// figureOf writes a count of events, with digits after the point when it is
// small.
func figureOf(n float64) string {
	const small = 10
	if n < small {
		return fmt.Sprintf("%.2g", n)
	}
	return whole(n)
}
