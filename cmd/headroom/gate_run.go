package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"headroom/api/client"
	"headroom/api/v1"
	"headroom/budget/gate"
	"headroom/budget/policy"
)

// Verdicts of headroom gate besides those of the service.
const (
	unanswered gate.Verdict = "unanswered" // nobody answered
	refused    gate.Verdict = "error"      // the service refused the question
)

// retryPause is how long headroom gate waits before it asks a service again
// that did not answer.
const retryPause = 500 * time.Millisecond

// gateRun asks about every service of a release train.
type gateRun struct {
	*gateFlags
	services []string // "namespace/name"
	kind     policy.Change
	client   *client.Client
	out      io.Writer
	warn     io.Writer
	now      func() time.Time
}

// gateResult is the answer about one service, or why there is none.
type gateResult struct {
	v1.Gate
	Error string `json:"error,omitempty"`
}

// run asks, prints, and fails with the exit code of the worst answer.
func (g *gateRun) run(ctx context.Context) error {
	results, err := g.ask(ctx)
	if err != nil {
		return err
	}
	if g.asJSON {
		err = writeJSON(g.out, results)
	} else {
		err = writeGate(g.out, results)
	}
	g.warnOf(results)
	if err != nil {
		return err
	}
	if code := g.exitCode(results); code != exitFine {
		return exitCode(code)
	}
	return nil
}

func (g *gateRun) ask(ctx context.Context) ([]gateResult, error) {
	bounded, cancel := context.WithTimeout(ctx, g.timeout)
	defer cancel()
	results := make([]gateResult, len(g.services))
	var away error // why nobody answered
	for i, service := range g.services {
		answer, err := g.askOne(bounded, service, away)
		if ctx.Err() != nil {
			return nil, fmt.Errorf("ask the gate: %w", ctx.Err())
		}
		results[i] = gateResult{Gate: answer}
		if err == nil {
			continue
		}
		results[i].Gate = v1.Gate{Decision: gate.Decision{
			Verdict: refused, Service: service, Environment: g.environment, Change: g.kind, CountedAs: g.kind,
			Reasons: []gate.Reason{}, Ways: []string{}, CheckedAt: g.now().UTC(),
		}}
		results[i].Error = explainUnanswered(err).Error()
		if nobodyAnswered(err) {
			away = err
			results[i].Verdict, results[i].Allowed = unanswered, g.fail == failOpen
		}
	}
	return results, nil
}

// askOne asks until there is an answer or the time is up. The error is then
// the last that says more than that, of this service or of one before it.
func (g *gateRun) askOne(ctx context.Context, service string, away error) (v1.Gate, error) {
	for {
		answer, err := g.client.Gate(ctx, service, g.environment, g.kind)
		if err == nil || !nobodyAnswered(err) {
			return answer, err
		}
		if away == nil || !errors.Is(err, context.DeadlineExceeded) {
			away = err
		}
		pause := time.NewTimer(retryPause)
		select {
		case <-ctx.Done():
			pause.Stop()
			return v1.Gate{}, away
		case <-pause.C:
		}
	}
}

// nobodyAnswered reports whether an error is of the way to the service or of
// its health, or of an answer that is none to the question. Something else at
// the address is a mistake that --fail open must not hide.
func nobodyAnswered(err error) bool {
	var asked *client.Error
	if !errors.As(err, &asked) {
		return false
	}
	const firstServerError = 500
	return asked.Status >= firstServerError || asked.Code == "" && !errors.Is(err, client.ErrUnauthorized) && !errors.Is(err, client.ErrNotHeadroom)
}

// warnOf says loudly what goes on unchecked.
func (g *gateRun) warnOf(results []gateResult) {
	for _, r := range results {
		if r.Verdict == unanswered && r.Allowed {
			why, _, _ := strings.Cut(r.Error, "\n")
			fmt.Fprintf(g.warn, "headroom: WARNING: %s is released to %s UNCHECKED, since nobody answered (--fail open): %s\n", r.Service, r.Environment, printable(why))
		}
	}
}

// exitCode is that of the worst answer.
func (g *gateRun) exitCode(results []gateResult) int {
	worst := slices.MaxFunc(results, func(a, b gateResult) int { return cmp.Compare(severity(a), severity(b)) })
	switch {
	case worst.Verdict == gate.Held:
		return exitHeld
	case worst.Verdict == refused:
		return exitFailed
	case worst.Allowed:
		return exitFine
	default:
		return exitUnknown
	}
}

func severity(r gateResult) int {
	switch {
	case r.Verdict == gate.Held:
		return 3
	case r.Verdict == refused:
		return 1
	case r.Allowed:
		return 0
	default:
		return 2
	}
}
