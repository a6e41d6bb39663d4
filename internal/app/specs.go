package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"sync"
	"time"

	"headroom/alerting"
	"headroom/budget"
	"headroom/budget/events"
	"headroom/rules"
	"headroom/slo"
	"headroom/slo/defaults"
	"headroom/slo/diag"
	"headroom/slo/plans"
	"headroom/slo/registry"
)

// Checks of what can be wrong outside the spec files.
const (
	checkRules    = "rules-not-compiled"
	checkDelivery = "rules-not-delivered"
	checkLastGood = "last-good-not-kept"
)

// specs keeps objectives and rules current: spec files → last good versions →
// rules file → metrics store, and → ledger.
type specs struct {
	registry    *registry.Registry
	defaults    *lastGood[*defaults.Set]
	templates   *templates
	plans       *lastGood[*plans.Set]
	sources     []registry.Source
	store       *metricsStore
	delivery    *delivery
	complaints  *complaints
	ledger      *budget.Ledger
	events      *events.Recorder
	externalURL string // "" when people's way to the service is not known
	now         func() time.Time
	changed     func() // called when the ledger has other objectives
	log         *slog.Logger

	compiled compilation   // of the objectives of compiled.version
	first    chan struct{} // closed after the first refresh
	declared string        // version of the objectives that the ledger has

	mu       sync.Mutex
	loaded   bool
	problems []diag.Problem
}

// follow refreshes at every interval until the context ends.
func (s *specs) follow(ctx context.Context, interval time.Duration) error {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	s.refresh(ctx)
	close(s.first)
	for ; ; s.refresh(ctx) {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// refresh looks at the spec files once. What goes wrong becomes a problem that
// stays until a later refresh mends it.
func (s *specs) refresh(ctx context.Context) {
	s.defaults.refresh()
	s.templates.refresh()
	s.plans.refresh()
	snapshot, err := s.registry.Update(ctx, s.sources)
	problems := slices.Concat(s.defaults.problems, s.templates.problems, s.plans.problems, snapshot.Problems)
	s.complaints.hear("keep the last good specs", err)
	if err != nil {
		problems = append(problems, problem(checkLastGood, err, "the specs work, but a restart may not remember them: see to the data directory"))
	}
	if snapshot.Version == "" { // nothing was ever loaded: there is nothing to deliver, and nothing to remove
		return
	}
	if snapshot.Version != s.compiled.version {
		s.compiled = s.compile(snapshot)
	}
	problems = append(problems, s.compiled.problems...)
	err = s.delivery.deliver(ctx, s.compiled.file)
	s.complaints.hear("deliver rules", err)
	if err != nil {
		problems = append(problems, problem(checkDelivery, err, s.delivery.hint(err)))
	}
	err = s.declare(ctx, snapshot)
	s.complaints.hear("declare the objectives to the ledger", err)
	if err != nil {
		problems = append(problems, problem(checkLastGood, err, "see to the data directory"))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.loaded, s.problems = true, problems
}

// declare tells the ledger the objectives when they changed.
func (s *specs) declare(ctx context.Context, snapshot registry.Snapshot) error {
	if snapshot.Version == s.declared {
		return nil
	}
	if err := s.ledger.SetObjectives(ctx, snapshot.Objectives, s.now()); err != nil {
		return err
	}
	if err := s.events.SetObjectives(ctx, snapshot.Objectives); err != nil {
		return err
	}
	s.declared = snapshot.Version
	s.log.Info("objectives", "count", len(snapshot.Objectives))
	s.changed()
	return nil
}

// compilation is a rules file and what could not be in it.
type compilation struct {
	version  string // of the objectives
	file     []byte
	problems []diag.Problem
}

// compile makes one rules file of all objectives; one that cannot be compiled
// for this store is left out and said.
func (s *specs) compile(snapshot registry.Snapshot) compilation {
	c := compilation{version: snapshot.Version}
	groups := func(yield func(rules.Group) bool) {
		for _, o := range snapshot.Objectives {
			list, err := rules.Compile(o, alerting.NewPlan(o), s.store.dialect, rules.Options{ExternalURL: s.externalURL})
			if err != nil {
				c.problems = append(c.problems, objectiveProblem(o, err))
				continue
			}
			for _, g := range list {
				if !yield(g) {
					return
				}
			}
		}
	}
	var file bytes.Buffer
	if err := rules.Write(&file, iter.Seq[rules.Group](groups)); err != nil {
		panic("app: write rules to memory: " + err.Error())
	}
	c.file = file.Bytes()
	return c
}

// ready reports why the objectives are not yet known.
func (s *specs) ready() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.loaded {
		return errors.New("the spec files are not loaded yet")
	}
	return nil
}

func (s *specs) currentProblems() []diag.Problem {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.problems
}

// problem is one that has no place in a file.
func problem(check string, err error, hint string) diag.Problem {
	return diag.Problem{Check: check, Severity: diag.Error, Message: err.Error(), Hint: hint}
}

func objectiveProblem(o *slo.Objective, err error) diag.Problem {
	return diag.Problem{
		Check: checkRules, Severity: diag.Error,
		File: o.Place.File, Line: o.Place.Line, Column: o.Place.Column,
		Message: fmt.Sprintf("%s has no rules: %v", o.ID, err),
		Hint:    "change the objective or the target that rules are compiled for",
	}
}
