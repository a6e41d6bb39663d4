package correction

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
	"headroom/slo"
)

// Options are what a book needs.
type Options struct {
	Store      Store                                             // required
	Objectives func() []*slo.Objective                           // required: all that are declared
	NeedsTwo   func(o *slo.Objective) bool                       // whether a policy asks for a second person; nil: never
	Groups     func(slo.ID) []slo.Group                          // that were measured of an objective; nil: none is known
	Sum        func(k budget.Key, from, to time.Time) budget.Sum // what was measured of a group, as corrected; nil: it is not known
	Changed    func()                                            // called after a change; may be nil
	Now        func() time.Time                                  // nil: time.Now
	Logger     *slog.Logger                                      // nil discards
}

// Book holds all corrections and the rules of changing them. It is safe for
// concurrent use.
type Book struct {
	o Options

	changing sync.Mutex // held over a change

	mu   sync.RWMutex
	list []Correction // the oldest first; replaced, never changed
}

// Open reads the book from its store.
func Open(ctx context.Context, o Options) (*Book, error) {
	if o.Store == nil || o.Objectives == nil {
		return nil, errors.New("correction: Options need Store and Objectives")
	}
	if o.NeedsTwo == nil {
		o.NeedsTwo = func(*slo.Objective) bool { return false }
	}
	if o.Groups == nil {
		o.Groups = func(slo.ID) []slo.Group { return nil }
	}
	if o.Changed == nil {
		o.Changed = func() {}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	b := &Book{o: o}
	return b, b.load(ctx)
}

func (b *Book) load(ctx context.Context) error {
	list, err := b.o.Store.LoadCorrections(ctx)
	if err != nil {
		return fmt.Errorf("load corrections: %w", err)
	}
	for i := range list {
		c := &list[i]
		if c.Terms, err = c.Terms.Draft.Kept(); err != nil {
			return fmt.Errorf("load correction %s: %w", c.ID, err)
		}
		c.Terms.Objectives.Bound, c.needsTwo = c.Owners, b.o.NeedsTwo
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.list = list
	return nil
}

// List returns every correction, the oldest first. It must not be changed.
func (b *Book) List() []Correction {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.list
}

// Get returns one correction. The error is ErrNotFound.
func (b *Book) Get(id string) (Correction, error) {
	list := b.List()
	i := slices.IndexFunc(list, func(c Correction) bool { return c.ID == id })
	if i < 0 {
		return Correction{}, ErrNotFound
	}
	return list[i], nil
}

// History returns what happened to a correction, the oldest first.
func (b *Book) History(ctx context.Context, id string) ([]Entry, error) {
	if _, err := b.Get(id); err != nil {
		return nil, err
	}
	return b.o.Store.CorrectionHistory(ctx, id)
}

// Expand is what the corrections that counted as known at a time make of the
// declared objectives' accounts, up to a time; of all of them without ids.
func (b *Book) Expand(known, until time.Time, ids ...slo.ID) map[slo.ID]budget.Corrections {
	objectives := b.o.Objectives()
	if len(ids) > 0 {
		objectives = slices.DeleteFunc(slices.Clone(objectives), func(o *slo.Objective) bool { return !slices.Contains(ids, o.ID) })
	}
	return Expand(b.List(), objectives, known, until)
}

// Selected returns the declared objectives that a correction is about.
func (b *Book) Selected(t *Terms) []*slo.Objective {
	var selected []*slo.Objective
	for _, o := range b.o.Objectives() {
		if t.Objectives.Matches(o) {
			selected = append(selected, o)
		}
	}
	return selected
}

// Propose returns the correction that Add would add. The error is Faults, or a
// *Refusal where the same person has declared the same and it is not revoked. With
// owners it is about their objectives alone, whatever others declare later.
func (b *Book) Propose(d Draft, who string, owners ...string) (Correction, error) {
	terms, err := d.Terms()
	if err != nil {
		return Correction{}, err
	}
	c := Correction{Terms: terms, Author: who, Owners: owners, CreatedAt: b.o.Now().UTC().Truncate(time.Millisecond)}
	selected := b.Selected(&terms)
	if len(selected) == 0 {
		return Correction{}, Faults{{Field: "objectives", Message: fmt.Sprintf("no declared objective is selected by %s", terms.Objectives.String()), Hint: "mend the names"}}
	}
	if terms.Kind == Adjust {
		if err := groupOf(&terms, selected[0]); err != nil {
			return Correction{}, err
		}
	}
	if other, found := b.standing(&c); found {
		return Correction{}, &Refusal{Conflict: true, Message: fmt.Sprintf("%s has declared the same already, as correction %s, which is %s", who, other.ID, strings.ReplaceAll(string(other.State()), "_", " "))}
	}
	b.decide(&c, selected)
	c.Terms.Objectives.Bound = owners
	return c, nil
}

// decide says whether a new correction waits for approval, and of which
// objectives it was decided when it does not.
func (b *Book) decide(c *Correction, selected []*slo.Objective) {
	c.needsTwo = b.o.NeedsTwo
	if c.ApprovalNeeded = slices.ContainsFunc(selected, b.o.NeedsTwo); c.ApprovalNeeded {
		return
	}
	c.ApprovedAt, c.DeclaredFor = c.CreatedAt, []slo.ID{}
	for _, o := range selected {
		c.DeclaredFor = append(c.DeclaredFor, o.ID)
	}
	slices.SortFunc(c.DeclaredFor, slo.ID.Compare)
}

// groupOf demands that an adjustment names the labels that its objective is
// grouped by.
func groupOf(t *Terms, o *slo.Objective) error {
	var names []string
	for name := range t.Draft.Group {
		names = append(names, name)
	}
	slices.Sort(names)
	if slices.Equal(names, o.GroupBy) {
		return nil
	}
	if len(o.GroupBy) == 0 {
		return Faults{{Field: "group", Message: o.ID.String() + " is not grouped", Hint: "remove group"}}
	}
	by := strings.Join(o.GroupBy, ", ")
	return Faults{{Field: "group", Message: fmt.Sprintf("%s is grouped by %s", o.ID, by), Hint: "write a value of each, since an adjustment is about one group"}}
}

// Add takes a correction into the book. Where a policy asks for a second
// person, it is pending. Who adds the same again, not knowing whether it was
// added, is told of the first. The error may be Faults or a *Refusal.
func (b *Book) Add(ctx context.Context, d Draft, who string, owners ...string) (Correction, error) {
	b.changing.Lock()
	defer b.changing.Unlock()
	c, err := b.Propose(d, who, owners...)
	if err != nil {
		return Correction{}, err
	}
	return b.change(ctx, Change{Action: Added, New: c, Who: who, At: c.CreatedAt})
}

// NeedsTwo reports whether a policy asks for a second person now for what is
// corrected of an objective.
func (b *Book) NeedsTwo(o *slo.Objective) bool { return b.o.NeedsTwo(o) }

// Approve lets a pending correction count. The error may be ErrNotFound or a
// *Refusal.
func (b *Book) Approve(ctx context.Context, id, who string) (Correction, error) {
	b.changing.Lock()
	defer b.changing.Unlock()
	if _, err := b.MayApprove(id, who); err != nil {
		return Correction{}, err
	}
	return b.change(ctx, Change{Action: Approved, ID: id, Who: who, At: b.now()})
}

// MayApprove returns a correction that waits for the approval of somebody. The
// error is ErrNotFound or a *Refusal.
func (b *Book) MayApprove(id, who string) (Correction, error) {
	c, err := b.Get(id)
	switch {
	case err != nil:
		return Correction{}, err
	case c.State() == Revoked:
		return Correction{}, refusef("correction %s was revoked by %s", id, c.RevokedBy)
	case c.State() == InForce && c.ApprovedBy == "" && !b.wanting(&c):
		return Correction{}, refusef("correction %s is in force: it needs no approval", id)
	case c.State() == InForce && c.ApprovedBy != "":
		return Correction{}, refusef("correction %s is already approved, by %s", id, c.ApprovedBy)
	case strings.EqualFold(c.Author, who):
		return Correction{}, &Refusal{Forbidden: true, Message: fmt.Sprintf("%s has declared correction %s: a second person must approve it", who, id)}
	}
	return c, nil
}

// wanting reports whether a correction is in force that nobody has approved,
// although a policy asks for a second person now: the policy, or an objective
// under it, came later than the correction.
func (b *Book) wanting(c *Correction) bool {
	return c.State() == InForce && c.ApprovedBy == "" && slices.ContainsFunc(b.Selected(&c.Terms), b.o.NeedsTwo)
}

// Unapproved returns the corrections in force that nobody has approved although a
// policy asks for it now, but for those whose time has left every window.
func (b *Book) Unapproved() []Correction {
	var list []Correction
	horizon := b.o.Now().Add(-slo.MaxWindow)
	for _, c := range b.List() {
		if (c.Terms.Repeat != nil || c.Terms.To.After(horizon)) && b.wanting(&c) {
			list = append(list, c)
		}
	}
	return list
}

// Revoke takes a correction out of every account from now on; it stays in the
// book. The error may be ErrNotFound, Faults or a *Refusal.
func (b *Book) Revoke(ctx context.Context, id, who, reason string) (Correction, error) {
	b.changing.Lock()
	defer b.changing.Unlock()
	reason = strings.TrimSpace(reason)
	r := resolver{d: &Draft{Reason: reason}}
	if r.reason(); reason != "" && len(r.faults) > 0 {
		return Correction{}, r.faults
	}
	if _, err := b.MayRevoke(id, who); err != nil {
		return Correction{}, err
	}
	return b.change(ctx, Change{Action: Withdrew, ID: id, Who: who, At: b.now(), Reason: reason})
}

// MayRevoke returns a correction that is not revoked yet and that somebody may
// revoke. The error is ErrNotFound or a *Refusal.
func (b *Book) MayRevoke(id, who string) (Correction, error) {
	c, err := b.Get(id)
	switch {
	case err != nil:
		return Correction{}, err
	case c.State() == Revoked:
		return Correction{}, refusef("correction %s is already revoked, by %s", id, c.RevokedBy)
	case strings.EqualFold(c.Author, who) && b.RevokingNeedsTwo(&c):
		return Correction{}, &Refusal{Forbidden: true, Message: fmt.Sprintf("%s has declared correction %s, and it counts: a second person must revoke it", who, id)}
	}
	return c, nil
}

// Withheld returns the declared objectives that a correction in force does not
// count for until somebody approves it, of those that it is about; never nil.
func (b *Book) Withheld(c *Correction) []slo.ID {
	ids := []slo.ID{}
	for _, o := range b.o.Objectives() {
		if c.Withheld(o) {
			ids = append(ids, o.ID)
		}
	}
	return ids
}

// RevokingNeedsTwo reports whether it takes a second person to revoke a
// correction: one that counts, where a policy asks for a second person or has
// asked for one when it was declared. What revoking changes may lift a freeze as
// well as what declaring does.
func (b *Book) RevokingNeedsTwo(c *Correction) bool {
	return c.State() == InForce && (c.ApprovalNeeded || slices.ContainsFunc(b.Selected(&c.Terms), func(o *slo.Objective) bool {
		return b.o.NeedsTwo(o) && !c.Withheld(o)
	}))
}
