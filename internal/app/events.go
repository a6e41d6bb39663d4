package app

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"headroom/budget"
	"headroom/budget/events"
	"headroom/slo"
	"headroom/slo/diag"
)

const (
	checkEvents   = "events-not-kept"
	checkUnjudged = "events-not-judged"
)

// eventsInterval is how often the ledger is brought up to date with platform
// events, unless a resolution asks for more.
const eventsInterval = events.Lapse / 6

// eventKeeping keeps platform events and feeds the ledger from them.
type eventKeeping struct {
	recorder *events.Recorder
	ledger   *budget.Ledger
	log      *slog.Logger

	mu   sync.Mutex
	last error // of the last tick
}

func (a *App) newEventKeeping(store events.Store) (*eventKeeping, error) {
	recorder, err := events.New(events.Options{Store: store, Ledger: a.ledger, Clock: a.Now, Logger: a.Logger, Keep: a.Config.Retention.Events})
	if err != nil {
		return nil, err
	}
	return &eventKeeping{recorder: recorder, ledger: a.ledger, log: a.Logger}, nil
}

// follow ticks until the context ends, and once more then, so that the time up
// to the end is known as one in which headroom ran.
func (k *eventKeeping) follow(ctx context.Context) error {
	for {
		k.tick(ctx)
		timer := time.NewTimer(k.pause())
		select {
		case <-ctx.Done():
			timer.Stop()
			k.tick(context.WithoutCancel(ctx))
			return nil
		case <-timer.C:
		}
	}
}

func (k *eventKeeping) pause() time.Duration {
	pause := eventsInterval
	for _, o := range k.ledger.Objectives() {
		if _, ok := o.Indicator.(slo.Events); ok {
			pause = min(pause, o.Resolution/2)
		}
	}
	return pause
}

func (k *eventKeeping) tick(ctx context.Context) {
	err := k.recorder.Tick(ctx)
	if ctx.Err() != nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if err != nil && (k.last == nil || k.last.Error() != err.Error()) {
		k.log.Error("keep platform events", "error", err)
	}
	k.last = err
}

func (k *eventKeeping) problems() []diag.Problem {
	var problems []diag.Problem
	for _, u := range k.recorder.Unjudged() {
		problems = append(problems, diag.Problem{
			Check: checkUnjudged, Severity: diag.Warning,
			Message: fmt.Sprintf("%s: runs that were not counted since headroom was started, because they could not be judged: %d; the last: %s", u.SLO, u.Runs, u.Reason),
			Hint:    "report the time or attribute that the objective needs, or leave such runs out with where",
		})
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.last != nil {
		problems = append(problems, problem(checkEvents, k.last, "see to the data directory; headroom tries again by itself"))
	}
	return problems
}
