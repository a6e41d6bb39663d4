package app

import (
	"context"
	"log/slog"
	"reflect"
	"sync"
	"sync/atomic"

	"headroom/budget/gate"
	"headroom/budget/policy"
	"headroom/budget/sqlite"
	"headroom/slo"
	"headroom/slo/diag"
)

const checkDecision = "decision-not-kept"

// gateKeeping keeps the policies current and answers what may be released.
type gateKeeping struct {
	gate     *gate.Gate
	registry *policy.Registry
	paths    []string
	loaded   func() bool             // whether the objectives are known yet
	declared func() []*slo.Objective // the objectives
	audit    func(ctx context.Context, policies []policy.Policy)
	log      *slog.Logger
	changes  *atomic.Uint64 // grows when policies may have changed
	changed  func()         // called when they have; nil: nobody is to know

	mu       sync.Mutex
	policies []policy.Policy
	problems []diag.Problem
	audited  bool // the policies were told to the audit
}

// newGate looks at the policies before anybody can ask, so that no restart
// lifts a freeze for a moment.
func (a *App) newGate(ctx context.Context, db *sqlite.Store) (*gateKeeping, error) {
	k := &gateKeeping{
		registry: policy.NewRegistry(db, policy.Options{AllowEmpty: a.AllowEmpty}), paths: a.Config.Policies,
		loaded: func() bool { return a.specs.ready() == nil }, declared: a.ledger.Objectives, audit: a.auditPolicies, log: a.Logger, changes: &a.changes,
	}
	var err error
	k.gate, err = gate.New(gate.Options{
		Objectives: a.ledger.Objectives, Statuses: a.ledger.Status, Policies: k.inForce,
		Store: db, Now: a.Now, Logger: a.Logger,
	})
	if err != nil {
		return nil, err
	}
	a.cleanups.add("keep the last decisions", func() error { return k.gate.Close(context.Background()) })
	k.refresh(ctx)
	return k, nil
}

// refresh looks at the policies once. What goes wrong becomes a problem that
// stays until a later refresh mends it.
func (k *gateKeeping) refresh(ctx context.Context) {
	snapshot, err := k.registry.Update(ctx, k.paths)
	if ctx.Err() != nil {
		return
	}
	problems := snapshot.Problems
	if err != nil {
		k.log.Error("keep the last good policies", "error", err)
		problems = append(problems, problem(checkLastGood, err, "a restart may not remember the policies: see to the data directory"))
	}
	k.mu.Lock()
	other := !k.audited || !reflect.DeepEqual(k.policies, snapshot.Policies)
	k.audited = true
	k.mu.Unlock()
	if other {
		k.audit(ctx, snapshot.Policies)
	}
	if k.take(snapshot.Policies, problems) && k.changed != nil {
		k.changed()
	}
}

// take reports whether the policies are others than before.
func (k *gateKeeping) take(policies []policy.Policy, problems []diag.Problem) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(policies) != len(k.policies) {
		k.log.Info("policies", "count", len(policies))
	}
	other := !reflect.DeepEqual(k.policies, policies)
	if other {
		k.changes.Add(1)
	}
	k.policies, k.problems = policies, problems
	return other
}

func (k *gateKeeping) inForce() []policy.Policy {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.policies
}

func (k *gateKeeping) currentProblems() []diag.Problem {
	k.mu.Lock()
	problems := append([]diag.Problem{}, k.problems...)
	policies := k.policies
	k.mu.Unlock()
	if k.loaded() {
		problems = append(problems, policy.Unused(policies, k.declared())...)
	}
	if err := k.gate.Err(); err != nil {
		problems = append(problems, problem(checkDecision, err, "the gate answers all the same; see to the data directory"))
	}
	return problems
}
