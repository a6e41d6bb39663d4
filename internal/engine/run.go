package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/prometheus/discovery/targetgroup"
)

// evaluationLimit is how long a shutdown waits for rule evaluations that are
// under way before it cancels them.
const evaluationLimit = 10 * time.Second

// background holds the goroutines of a running engine, each to be waited for
// on its own.
type background struct {
	scraper, rules, notify sync.WaitGroup
}

// Run scrapes, evaluates and sends until the context is done or Close is
// called, and then closes the engine. It can be called once.
func (e *Engine) Run(ctx context.Context) error {
	if err := e.start(); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
	case <-e.closing:
	}
	return e.Close()
}

func (e *Engine) start() error {
	e.lifecycle.Lock()
	defer e.lifecycle.Unlock()
	if e.stopped {
		return fmt.Errorf("run engine: %w", ErrClosed)
	}
	if e.started {
		return errors.New("run engine: it runs already")
	}
	e.started = true
	e.background.notify.Go(e.notify.run)
	e.background.rules.Go(e.rules.Run)
	e.background.scraper.Go(e.scrape)
	if e.applied == nil {
		return nil
	}
	return e.update(e.applied)
}

func (e *Engine) scrape() {
	updates := make(chan map[string][]*targetgroup.Group, 1)
	updates <- e.jobs.groups
	if err := e.scraper.Run(updates); err != nil {
		e.logger.Error("Scraping ended", "err", err)
	}
}

// Close stops the parts in the order in which they feed one another: scrapes,
// rules (an evaluation that began is finished), alerts that wait to be sent, and
// the storage. Queries that still run are cancelled, later ones get ErrClosed.
// It may be called several times.
func (e *Engine) Close() error {
	e.closeOnce.Do(func() {
		close(e.closing)
		e.closeErr = e.shutdown()
	})
	return e.closeErr
}

// firstSyncLimit bounds how long a stop right after the start waits.
const firstSyncLimit = time.Second

// awaitScrapes waits until every target has its scrape loop. Prometheus's
// manager starts them in the background and does not stop those that it starts
// after Stop.
func (e *Engine) awaitScrapes() {
	for deadline := time.Now().Add(firstSyncLimit); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		active := 0
		for _, targets := range e.scraper.TargetsActive() {
			active += len(targets)
		}
		if active >= e.expected() {
			return
		}
	}
}

// expected is how many addresses are scraped.
func (e *Engine) expected() int {
	addresses := map[string]bool{}
	for _, t := range e.options.Targets {
		for _, a := range t.Addresses {
			addresses[t.Job+" "+a] = true
		}
	}
	return len(addresses)
}

func (e *Engine) shutdown() error {
	e.lifecycle.Lock()
	defer e.lifecycle.Unlock()
	e.stopped = true

	if e.started {
		e.awaitScrapes()
	}
	e.scraper.Stop()
	e.background.scraper.Wait()

	limit := time.AfterFunc(evaluationLimit, e.stopRules)
	e.rules.Stop()
	e.background.rules.Wait()
	limit.Stop()
	e.stopRules()

	e.notify.stop()
	e.background.notify.Wait()
	e.notify.close()

	e.stopQuery()
	e.queries.Lock()
	defer e.queries.Unlock()
	e.queriesOff = true
	if e.options.Registerer != nil {
		e.outside().Unregister(e.registry)
	}
	if err := e.db.Close(); err != nil {
		return fmt.Errorf("close engine: %w", err)
	}
	return nil
}
