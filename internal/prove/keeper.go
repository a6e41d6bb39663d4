package prove

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"headroom/budget"
	"headroom/budget/correction"
	"headroom/budget/sqlite"
	"headroom/internal/truth"
	"headroom/rules"
	"headroom/slo"
)

// keeper is a ledger with everything that feeds it, on a real database.
type keeper struct {
	*world

	path   string
	now    time.Time
	asked  *refusing
	store  *sqlite.Store
	ledger *budget.Ledger
	reader *budget.Reader
	book   *correction.Book

	two       bool       // whether the next correction needs a second person
	decisions []decision // of the scenario's corrections, in their order
	fed       int64      // up to when tiles were read when all went well
	reread    int64      // up to when raw series were read again
	answers   []answer

	exclusions map[int][]truth.Span // by the number of the correction
}

// decision is what became of a correction, and when.
type decision struct {
	id                string
	approved, revoked time.Time
}

// counted reports whether a correction counts as known at a time.
func (d decision) counted(known time.Time) bool {
	return !d.approved.IsZero() && !d.approved.After(known) && (d.revoked.IsZero() || d.revoked.After(known))
}

func (w *world) newKeeper(ctx context.Context, dir string, now time.Time) (*keeper, error) {
	k := &keeper{
		world: w, path: filepath.Join(dir, "ledger.db"), now: now, decisions: make([]decision, len(w.Corrections)),
		asked: &refusing{Querier: w.lab, every: w.Ledger.Flaky},
	}
	return k, k.open(ctx)
}

// open starts headroom from what its database holds.
func (k *keeper) open(ctx context.Context) error {
	var err error
	if k.store, err = sqlite.Open(ctx, sqlite.Options{Path: k.path}); err != nil {
		return err
	}
	clock := func() time.Time { return k.now }
	if k.ledger, err = budget.OpenLedger(ctx, budget.LedgerOptions{Store: k.store, Clock: clock, CacheBytes: 1 << 10}); err != nil {
		return err
	}
	if err = k.ledger.SetObjectives(ctx, []*slo.Objective{k.objective}, k.now); err != nil {
		return err
	}
	k.book, err = correction.Open(ctx, correction.Options{
		Store: k.store, Objectives: k.ledger.Objectives, Now: clock,
		NeedsTwo: func(*slo.Objective) bool { return k.two },
	})
	if err != nil {
		return err
	}
	k.ledger.SetCorrectionsKnown(func(at time.Time, ids ...slo.ID) map[slo.ID]budget.Corrections {
		return k.book.Expand(at, k.now.Add(ahead), ids...)
	})
	k.ledger.SetCorrections(k.book.Expand(k.now, k.now.Add(ahead)))
	k.reader, err = budget.NewReader(budget.ReaderOptions{
		Ledger: k.ledger, Querier: k.asked, SettleDelay: k.Scrape, Concurrency: 1, Late: k.Ledger.Late,
		Continuity: rules.Continuity,
		Raw:        func(o *slo.Objective, r time.Duration) (bad, total string) { return rules.Raw(o, k.Dialect, r) },
	})
	return err
}

// ahead is how far corrections are expanded.
const ahead = 2 * time.Hour

// restart ends headroom as kill -9 does, and starts it again.
func (k *keeper) restart(ctx context.Context) error {
	if err := k.store.Close(); err != nil {
		return err
	}
	return k.open(ctx)
}

// errRefused is what a metrics store says that is away.
var errRefused = errors.New("connection refused")

// refusing is a metrics store that answers, or does not.
type refusing struct {
	budget.Querier

	away  bool
	every int // refuses each so-manieth question; 0 for none
	asked int
}

func (r *refusing) refuses() error {
	r.asked++
	if r.away || r.every > 0 && r.asked%r.every == 0 {
		return errRefused
	}
	return nil
}

// Instant implements budget.Querier.
func (r *refusing) Instant(ctx context.Context, expr string, at time.Time) ([]budget.Series, error) {
	if err := r.refuses(); err != nil {
		return nil, err
	}
	return r.Querier.Instant(ctx, expr, at)
}

// Range implements budget.Querier.
func (r *refusing) Range(ctx context.Context, expr string, start, end time.Time, step time.Duration) ([]budget.Series, error) {
	if err := r.refuses(); err != nil {
		return nil, err
	}
	return r.Querier.Range(ctx, expr, start, end, step)
}

// tick lets the ledger read, and people decide.
func (k *keeper) tick(ctx context.Context) error {
	if err := k.decide(ctx); err != nil {
		return err
	}
	k.asked.away = within(k.Ledger.Away, k.now.Sub(at(0)))
	err := k.reader.Tick(ctx, k.now)
	if err != nil && !errors.Is(err, errRefused) {
		return fmt.Errorf("read at %s: %w", k.now.Sub(at(0)), err)
	}
	if err == nil {
		k.fed = k.now.Add(-k.Scrape).UnixMilli()
		k.reread = k.fed - k.Ledger.Late.Milliseconds()
	}
	return nil
}

// decide declares, approves and revokes what is due.
func (k *keeper) decide(ctx context.Context) error {
	due := func(d time.Duration) bool { return d > 0 && !k.now.Before(at(d)) }
	for i, c := range k.Corrections {
		d := &k.decisions[i]
		if d.id == "" && due(c.Declared) {
			k.two = c.Approved > 0
			draft := c.draft(k.Scenario)
			draft.Reason += fmt.Sprintf(" Number %d.", i) // one that is declared twice is refused
			added, err := k.book.Add(ctx, draft, "ada")
			if err != nil {
				return fmt.Errorf("declare a correction: %w", err)
			}
			d.id = added.ID
			if !k.two {
				d.approved = k.now
			}
		}
		if d.id != "" && d.approved.IsZero() && d.revoked.IsZero() && due(c.Approved) {
			if _, err := k.book.Approve(ctx, d.id, "grace"); err != nil {
				return err
			}
			d.approved = k.now
		}
		if d.id != "" && d.revoked.IsZero() && due(c.Revoked) {
			if _, err := k.book.Revoke(ctx, d.id, "grace", "It was another day."); err != nil {
				return err
			}
			d.revoked = k.now
		}
	}
	k.ledger.SetCorrections(k.book.Expand(k.now, k.now.Add(ahead)))
	return nil
}

func within(spans []Span, d time.Duration) bool {
	for _, s := range spans {
		if s.holds(d) {
			return true
		}
	}
	return false
}
