package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"headroom/alerting/alertmanager"
	"headroom/alerting/silence"
	"headroom/budget"
	"headroom/budget/correction"
	"headroom/budget/gate"
	"headroom/budget/policy"
	"headroom/budget/sqlite"
	"headroom/slo"
	"headroom/slo/diag"
)

// Checks of what can be wrong with corrections.
const (
	checkCorrections = "corrections-not-kept"
	checkSilence     = "silence-not-made"
	checkUnapproved  = "correction-unapproved"
	checkUnused      = "correction-unused"
)

// Corrections are expanded so far ahead, and anew so often when nothing changes.
const (
	expandAhead = 2 * time.Hour
	expandEvery = time.Hour
)

// correcting keeps corrections, the ledger's view of them, and the silences of
// those that were declared ahead.
type correcting struct {
	*correction.Book
	ledger     *budget.Ledger
	paths      []string
	allowEmpty bool
	ready      func() bool // whether the objectives are known
	freezes    func(budget.Status) []gate.Freeze
	now        func() time.Time
	log        *slog.Logger

	silencing []silence.Alertmanager
	silenced  silence.Store
	wake      chan struct{} // holds one wish to refresh soon

	objectives atomic.Pointer[[]*slo.Objective] // as of the last apply

	applying sync.Mutex
	applied  time.Time // when corrections were expanded last
	from     time.Time // since when

	mu       sync.Mutex
	problems []diag.Problem        // of the files
	loaded   []correction.Document // of the files
	failed   error                 // of keeping them
	silent   map[string]error      // of each Alertmanager
}

func (a *App) newCorrecting(ctx context.Context, db *sqlite.Store) (*correcting, error) {
	k := &correcting{
		ledger: a.ledger, paths: a.Config.Corrections, allowEmpty: a.AllowEmpty, freezes: a.gate.gate.Freezes,
		ready: func() bool { return a.specs.ready() == nil }, now: a.Now, log: a.Logger,
		silenced: db.Silences(), wake: make(chan struct{}, 1), silent: map[string]error{},
	}
	k.objectives.Store(new([]*slo.Objective))
	var err error
	k.Book, err = correction.Open(ctx, correction.Options{
		Store: db, Objectives: k.declared, Changed: func() { k.apply(); k.soon() }, Now: a.Now, Logger: a.Logger,
		Groups: k.ledger.Groups, Sum: k.ledger.Sum, NeedsTwo: func(o *slo.Objective) bool { return policy.NeedApproval(a.gate.inForce(), o) },
	})
	if err != nil {
		return nil, err
	}
	// The ledger asks while it is held: nothing here may ask it in turn.
	k.ledger.SetCorrectionsKnown(func(at time.Time, ids ...slo.ID) map[slo.ID]budget.Corrections {
		return k.Expand(at, k.now().Add(expandAhead), ids...)
	})
	for _, c := range a.Config.Alertmanagers {
		client, err := alertmanager.New(alertmanager.Options{URL: c.URL, Transport: clientOptions(c.Auth, c.TLS, c.Headers), Timeout: c.Timeout})
		if err != nil {
			return nil, fmt.Errorf("alertmanager %s: %w", c.URL.Redacted(), err)
		}
		a.cleanups.add("close the connections to an Alertmanager", func() error { client.Close(); return nil })
		k.silencing = append(k.silencing, client)
	}
	return k, nil
}

func (k *correcting) declared() []*slo.Objective { return *k.objectives.Load() }

// apply gives the ledger the corrections that count now. It is called whenever
// objectives or corrections change.
func (k *correcting) apply() {
	k.applying.Lock()
	defer k.applying.Unlock()
	declared := k.ledger.Objectives()
	k.objectives.Store(&declared)
	now := k.now()
	from := k.since(now)
	k.ledger.SetCorrections(correction.ExpandFrom(k.List(), declared, now, from, now.Add(expandAhead)))
	k.applied, k.from = now, from
}

// policiesChanged lets the ledger know at once for what corrections count that
// nobody has approved.
func (k *correcting) policiesChanged() {
	if k.ready() {
		k.apply()
		k.soon()
	}
}

// since returns from when on corrections matter: with a day to spare, since a
// slice may be so long, and for the longest window, since history is yet to come.
func (k *correcting) since(now time.Time) time.Time {
	from := now.Add(-slo.MaxWindow)
	if earliest := k.ledger.Earliest(); !earliest.IsZero() && earliest.Before(from) {
		from = earliest
	}
	return from.AddDate(0, 0, -1)
}

// due reports whether the ledger must be given the corrections again although
// nobody changed any: their time comes to an end, older history has come, or one
// counts now, or no longer does, by a clock that was set.
func (k *correcting) due() bool {
	k.applying.Lock()
	defer k.applying.Unlock()
	now := k.now()
	return now.Sub(k.applied).Abs() >= expandEvery || k.since(now).Before(k.from) ||
		slices.ContainsFunc(k.List(), func(c correction.Correction) bool { return c.CountedAt(now) != c.CountedAt(k.applied) })
}

// soon ends the present pause.
func (k *correcting) soon() {
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// follow refreshes at every interval, and soon after a change, until the
// context ends.
func (k *correcting) follow(ctx context.Context, interval time.Duration) error {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		k.refresh(ctx)
		k.silence(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		case <-k.wake:
		}
	}
}

// refresh looks at the files once, and expands what repeats for the time to
// come.
func (k *correcting) refresh(ctx context.Context) {
	if !k.ready() {
		return // what a correction is about, and who must approve it, is not known yet
	}
	loaded := correction.Load(ctx, k.paths, k.allowEmpty, k.List()...)
	if ctx.Err() != nil {
		return
	}
	problems, err := k.Sync(ctx, loaded)
	if ctx.Err() != nil {
		return
	}
	if k.due() {
		k.apply()
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if err != nil && (k.failed == nil || k.failed.Error() != err.Error()) {
		k.log.Error("keep corrections", "error", err)
	}
	k.problems, k.failed, k.loaded = slices.Concat(loaded.Problems, problems), err, loaded.Documents
}

// silence brings every Alertmanager in line.
func (k *correcting) silence(ctx context.Context) {
	if !k.ready() {
		return
	}
	now := k.now()
	wanted := silence.Wanted(k.List(), k.declared(), k.NeedsTwo, now)
	for _, at := range k.silencing {
		err := silence.Keep(ctx, at, k.silenced, wanted, now)
		if ctx.Err() != nil {
			return
		}
		k.mu.Lock()
		if last := k.silent[at.Name()]; err != nil && (last == nil || last.Error() != err.Error()) {
			k.log.Error("keep silences", "alertmanager", at.Name(), "error", err)
		}
		k.silent[at.Name()] = err
		k.mu.Unlock()
	}
}

// Effects returns what it makes of the balances when a correction counts, or no
// longer does.
func (k *correcting) Effects(c correction.Correction, counts bool) []correction.Effect {
	now := k.now()
	list := slices.DeleteFunc(slices.Clone(k.List()), func(other correction.Correction) bool { return c.ID != "" && other.ID == c.ID })
	if counts {
		c.RevokedAt = time.Time{}
		list = append(list, c.Approved("", now))
	}
	selected := k.Selected(&c.Terms)
	changed := correction.ExpandFrom(list, selected, now, k.since(now), now.Add(expandAhead))
	var before []budget.Status
	for _, o := range selected {
		if _, found := changed[o.ID]; !found {
			changed[o.ID] = budget.Corrections{}
		}
		before = append(before, k.ledger.Status(o.ID, now)...)
	}
	return correction.Compare(before, k.ledger.StatusesWith(now, changed), func(s budget.Status) []string {
		var names []string
		for _, f := range k.freezes(s) {
			names = append(names, f.Policy)
		}
		return names
	})
}

func (k *correcting) currentProblems() []diag.Problem {
	k.mu.Lock()
	defer k.mu.Unlock()
	problems := slices.Clone(k.problems)
	if k.ready() {
		problems = append(problems, correction.Unused(k.loaded, k.declared())...)
	}
	if k.ready() {
		problems = append(problems, k.unapproved()...)
		problems = append(problems, unmeasured(k.Unmeasured())...)
	}
	if k.failed != nil {
		problems = append(problems, problem(checkCorrections, k.failed, "those that were in force stay so; see to the data directory"))
	}
	for _, at := range k.silencing {
		if err := k.silent[at.Name()]; err != nil {
			p := problem(checkSilence, errors.New(firstLine(err)), "headroom tries again by itself; until then alerts may come for what a correction excludes")
			p.Severity = diag.Warning
			problems = append(problems, p)
		}
	}
	return problems
}

// unmeasured says which corrections adjust groups that do not exist.
func unmeasured(list []correction.Correction, texts []string) (problems []diag.Problem) {
	for i := range list {
		c := &list[i]
		p := problem(checkUnused, fmt.Errorf("correction %s of %s adjusts nothing: %s", c.ID, c.Author, texts[i]), fmt.Sprintf("declare it with a group that there is, and revoke this one: headroom correction revoke %s", c.ID))
		if c.File != "" {
			p.File, p.Line, p.Column, p.Hint = c.File, 1, 1, "mend group in its document"
		}
		p.Severity = diag.Warning
		problems = append(problems, p)
	}
	return problems
}

// unapproved says which corrections are in force without the second person that
// a policy asks for by now, and for what they do not count because of it.
func (k *correcting) unapproved() (problems []diag.Problem) {
	list := k.Unapproved()
	for i := range list {
		c := &list[i]
		counts := "counts"
		if withheld := k.Withheld(c); len(withheld) > 0 {
			counts = "does not count for " + correction.Named(withheld)
		}
		p := problem(checkUnapproved, fmt.Errorf("correction %s of %s %s, and nobody has approved it, which a policy asks for by now: %s", c.ID, c.Author, counts, c.Terms.Reason),
			fmt.Sprintf("let a second person look at it: headroom correction approve %s, or revoke %s", c.ID, c.ID))
		if c.File != "" {
			p.File, p.Line, p.Column, p.Hint = c.File, 1, 1, "write approved_by into its document, or remove the document"
		}
		p.Severity = diag.Warning
		problems = append(problems, p)
	}
	return problems
}

// firstLine is the first of several joined errors, and how many more there are.
func firstLine(err error) string {
	var several interface{ Unwrap() []error }
	if !errors.As(err, &several) || len(several.Unwrap()) < 2 {
		return err.Error()
	}
	return fmt.Sprintf("%v; and %d more", several.Unwrap()[0], len(several.Unwrap())-1)
}
