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
	registry   *registry.Registry
	defaults   *lastGood[*defaults.Set]
	templates  *templates
	plans      *lastGood[*plans.Set]
	sources    []registry.Source
	stores     stores
	deliveries []*delivery // of stores, by the same index
	complaints *complaints
	ledger     *budget.Ledger
	events     *events.Recorder
	links      rules.Options // where alerts lead
	now        func() time.Time
	changed    func() // called when the ledger has other objectives
	audit      func(ctx context.Context, objectives []*slo.Objective)
	log        *slog.Logger

	compiled compilation // of the objectives of compiled.version
	arrived  map[*metricsStore]arrival
	first    chan struct{} // closed after the first refresh
	declared string        // version of the objectives that the ledger has

	mu       sync.Mutex
	loaded   bool
	problems []diag.Problem
}

// follow refreshes at every interval until the context ends.
func (s *specs) follow(ctx context.Context, interval time.Duration) error {
	defer s.settle()
	s.refresh(ctx)
	close(s.first)
	return every(ctx, interval, s.refresh)
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
	problems = append(problems, s.deliver(ctx)...)
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
	s.audit(ctx, snapshot.Objectives)
	s.log.Info("objectives", "count", len(snapshot.Objectives))
	s.changed()
	return nil
}

// deliver brings every store its rules. One that is slow or dead holds up
// nothing else.
func (s *specs) deliver(ctx context.Context) (problems []diag.Problem) {
	patience, cancel := context.WithTimeout(ctx, deliveryPatience)
	defer cancel()
	over, end := context.WithCancel(ctx)
	end()
	for i, d := range s.deliveries {
		s.take(ctx, d, over.Done()) // of a try that the last refresh did not wait for
		d.start(ctx, s.compiled.rules[i])
	}
	for _, d := range s.deliveries {
		s.take(ctx, d, patience.Done())
	}
	for _, d := range s.deliveries {
		if at := s.arrived[d.store]; at.err != nil {
			problems = append(problems, problem(checkDelivery, d.store.say(at.err), at.hint))
		}
	}
	return problems
}

// take notes what became of the present try of a delivery, if it ends before time
// is up; otherwise what it was before stands.
func (s *specs) take(ctx context.Context, d *delivery, up <-chan struct{}) {
	ended, err := d.outcome(up)
	if !ended || err != nil && ctx.Err() != nil {
		return
	}
	what := "deliver rules"
	if d.store.several {
		what += " to " + d.store.name
	}
	s.complaints.hear(what, err)
	s.note(d, err)
}

// settle waits for deliveries that go on.
func (s *specs) settle() {
	for _, d := range s.deliveries {
		_, _ = d.outcome(nil)
	}
}

// arrival is what became of the rules of a store.
type arrival struct {
	ever bool // some rules were delivered since the start
	err  error
	hint string
}

func (s *specs) note(d *delivery, err error) {
	at := arrival{ever: d.ever, err: err}
	if err != nil {
		at.hint = d.hint(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.arrived[d.store] = at
}

// arrivalOf returns what became of the rules of a store.
func (s *specs) arrivalOf(store *metricsStore) arrival {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.arrived[store]
}

// compilation is the rules of each store and what could not be in them.
type compilation struct {
	version  string // of the objectives
	rules    []ruleset
	problems []diag.Problem
}

// compile makes one set of rules for each store; an objective that cannot be
// compiled for its store is left out and said.
func (s *specs) compile(snapshot registry.Snapshot) compilation {
	c := compilation{version: snapshot.Version, problems: s.stores.unread(snapshot.Objectives)}
	for _, store := range s.stores {
		var own []*slo.Objective
		for _, o := range snapshot.Objectives {
			if s.stores.of(o) == store {
				own = append(own, o)
			}
		}
		var broken []diag.Problem
		var file bytes.Buffer
		if err := rules.Write(&file, s.groups(store, own, &broken)); err != nil {
			panic("app: write rules to memory: " + err.Error())
		}
		c.rules = append(c.rules, ruleset{file: file.Bytes(), groups: s.groups(store, own, nil)})
		c.problems = append(c.problems, broken...)
	}
	return c
}

// groups compiles the objectives of a store, and notes which cannot be.
func (s *specs) groups(store *metricsStore, objectives []*slo.Objective, broken *[]diag.Problem) iter.Seq[rules.Group] {
	o := s.links
	o.QueryOffset = store.delay
	leads := rules.Leads(objectives)
	return func(yield func(rules.Group) bool) {
		for _, objective := range objectives {
			o.Led = !leads[objective.ID]
			list, err := rules.Compile(objective, alerting.NewPlan(objective), store.dialect, o)
			if err != nil {
				if broken != nil {
					*broken = append(*broken, objectiveProblem(objective, err))
				}
				continue
			}
			for _, g := range list {
				if !yield(g) {
					return
				}
			}
		}
	}
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
