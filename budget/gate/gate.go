package gate

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"headroom/budget"
	"headroom/budget/policy"
	"headroom/internal/strictyaml"
	"headroom/slo"
)

// Options are what a gate needs.
type Options struct {
	Objectives func() []*slo.Objective                        // required: all that are declared
	Statuses   func(id slo.ID, now time.Time) []budget.Status // required: of the groups of one objective
	Policies   func() []policy.Policy                         // required: those in force
	Store      Store                                          // nil keeps no decisions
	Now        func() time.Time                               // nil: time.Now
	Logger     *slog.Logger                                   // nil discards
}

func (o Options) withDefaults() (Options, error) {
	if o.Objectives == nil || o.Statuses == nil || o.Policies == nil {
		return o, errors.New("gate: Options need Objectives, Statuses and Policies")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o, nil
}

// Gate answers questions about the present and keeps the answers. It is safe
// for concurrent use.
type Gate struct {
	o       Options
	journal *journal // nil when there is no store

	mu   sync.Mutex
	last error // of keeping a decision
}

// New makes a gate.
func New(o Options) (*Gate, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	g := &Gate{o: o}
	if o.Store != nil {
		g.journal = newJournal(o.Store)
	}
	return g, nil
}

// Question is a request of somebody.
type Question struct {
	Namespace, Service string
	Environment        string
	Change             policy.Change
	Caller             string // name of the token, "" for nobody known
	Exempt             bool   // as in Request
	// Unrecorded leaves no trace: the question is a probe.
	Unrecorded bool
}

// Answer is a decision with where it is kept.
type Answer struct {
	Decision
	DecisionID string     `json:"decision_id,omitempty"` // "" when it is not kept
	Since      *time.Time `json:"since,omitempty"`       // when this answer was first given, unchanged until now
	Formerly   string     `json:"formerly,omitempty"`    // the service that was asked about, when all that was its objectives is in this one now
}

// UnknownServiceError says that no objective is declared for a service.
type UnknownServiceError struct {
	Service string   // "namespace/name"
	Near    []string // services that may have been meant, at most three
}

func (e *UnknownServiceError) Error() string {
	message := fmt.Sprintf("no service %s is declared", e.Service)
	if len(e.Near) > 0 {
		message += ": did you mean " + list(e.Near, "or") + "?"
	}
	return message
}

// Ask answers a question as of now. The error is an *UnknownServiceError. A
// decision that cannot be kept is given all the same: Err tells.
func (g *Gate) Ask(ctx context.Context, q Question) (Answer, error) {
	now := g.o.Now()
	statuses, err := g.statuses(q, now)
	if err != nil {
		return Answer{}, err
	}
	policies := g.o.Policies()
	a := Answer{Decision: Decide(statuses, policies, Request{
		Namespace: q.Namespace, Service: q.Service, Environment: q.Environment, Change: q.Change, Exempt: q.Exempt, At: now,
	})}
	// What nobody known asks about an environment where no policy is about the
	// service decides nothing, and anybody could ask it without end.
	if g.journal == nil || q.Unrecorded || q.Caller == "" && !about(policies, q.Environment, statuses) {
		return a, nil
	}
	kept, err := g.journal.keep(ctx, Record{Caller: q.Caller, Decision: a.Decision, FirstAt: now, LastAt: now, Count: 1})
	g.kept(err)
	if err == nil {
		first := kept.FirstAt.UTC()
		a.DecisionID, a.Since = kept.ID, &first
	}
	return a, nil
}

// about reports whether a policy for an environment is about any of the budgets.
func about(policies []policy.Policy, environment string, statuses []budget.Status) bool {
	return slices.ContainsFunc(policies, func(p policy.Policy) bool {
		return p.Covers(environment) && slices.ContainsFunc(statuses, func(s budget.Status) bool { return p.Objectives.Matches(s.Objective) })
	})
}

func (g *Gate) statuses(q Question, now time.Time) ([]budget.Status, error) {
	objectives := g.o.Objectives()
	var statuses []budget.Status
	known := false
	for _, o := range objectives {
		if o.ID.Namespace == q.Namespace && o.ID.Service == q.Service {
			known = true
			statuses = append(statuses, g.o.Statuses(o.ID, now)...)
		}
	}
	if !known {
		return nil, &UnknownServiceError{Service: q.Namespace + "/" + q.Service, Near: near(q, objectives)}
	}
	return statuses, nil
}

// near finds services that may have been meant: those of the same name in
// another namespace, and the one that is written alike.
func near(q Question, objectives []*slo.Objective) []string {
	const most = 3
	var services, found []string
	for _, o := range objectives {
		if n := len(services); n == 0 || services[n-1] != o.Service() {
			services = append(services, o.Service())
		}
		if o.ID.Service == q.Service && !slices.Contains(found, o.Service()) && len(found) < most {
			found = append(found, o.Service())
		}
	}
	if alike, ok := strictyaml.Nearest(q.Namespace+"/"+q.Service, services); ok && !slices.Contains(found, alike) && len(found) < most {
		found = append(found, alike)
	}
	return found
}

// Freezes returns the policies that hold releases because of a budget now.
func (g *Gate) Freezes(s budget.Status) []Freeze { return Freezes(&s, g.o.Policies()) }

// Stand says what each policy makes of a budget now.
func (g *Gate) Stand(s budget.Status) []string { return Stand(&s, g.o.Policies()) }

// Decisions returns what was decided, the latest first.
func (g *Gate) Decisions(ctx context.Context, q Query) ([]Record, error) {
	if g.journal == nil {
		return nil, nil
	}
	if err := g.journal.flush(ctx); err != nil {
		return nil, err
	}
	return g.o.Store.Decisions(ctx, q)
}

func (g *Gate) kept(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err != nil && (g.last == nil || g.last.Error() != err.Error()) {
		g.o.Logger.Error("keep a decision of the gate", "error", err)
	}
	g.last = err
}

// Err returns why the last decision could not be kept, nil when it was.
func (g *Gate) Err() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.last
}

// Close writes what the store has not seen yet.
func (g *Gate) Close(ctx context.Context) error {
	if g.journal == nil {
		return nil
	}
	return g.journal.flush(ctx)
}

// ParseChange reads a kind of change; "" is a feature.
func ParseChange(s string) (policy.Change, error) {
	if s == "" {
		return policy.Feature, nil
	}
	names := make([]string, 0, len(policy.Changes()))
	for _, c := range policy.Changes() {
		if string(c) == s {
			return c, nil
		}
		names = append(names, string(c))
	}
	if alike, ok := strictyaml.Nearest(s, names); ok {
		return "", fmt.Errorf("change %q is not known: did you mean %s?", s, alike)
	}
	return "", fmt.Errorf("change %q is not known: use %s", s, strings.Join(names, ", "))
}
