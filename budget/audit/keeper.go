package audit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// Options are what a Keeper needs.
type Options struct {
	Store  Store            // required
	Keep   time.Duration    // how long entries are kept; required
	Now    func() time.Time // nil: time.Now
	Logger *slog.Logger     // nil discards
}

// Keeper takes entries in. It is safe for concurrent use.
type Keeper struct {
	o Options

	mu      sync.Mutex
	pending map[key]*Entry
	late    []Entry // that could not be written and are not counted with others
	pruned  time.Time
	failed  error // of the last write

	comparing sync.Mutex        // held over a comparison
	owed      map[string]Things // by kind, that could not be compared yet
}

// key is what entries that are counted together have in common.
type key struct {
	actor, subject string
	action         Action
	outcome        Outcome
	hour           int64
}

// New makes a Keeper.
func New(o Options) (*Keeper, error) {
	if o.Store == nil || o.Keep <= 0 {
		return nil, errors.New("audit: Options need Store and Keep")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Keeper{o: o, pending: map[key]*Entry{}, owed: map[string]Things{}}, nil
}

// Bounds of what an entry says, in characters.
const (
	maxSubject = 300
	maxDetails = 1000
)

// maxPending bounds what waits to be counted, and what waits for the disk.
const maxPending = 10_000

// Record keeps an entry as of now. When it returns, the entry is durable, unless
// it is one that is counted with others: that is at the next Flush. One that
// cannot be written is logged, told by Err, and tried again at each Flush.
func (k *Keeper) Record(ctx context.Context, e Entry) {
	outcome := e.Outcome
	e = NewEntry(k.o.Now(), e.Actor, e.Action, e.Subject, e.Details)
	e.Outcome = outcome
	if e.Merged() || k.keep(ctx, []Entry{e}) != nil {
		k.wait(e)
	}
}

// wait leaves an entry to the next Flush.
func (k *Keeper) wait(e Entry) {
	at := key{e.Actor, e.Subject, e.Action, e.Outcome, e.At.Truncate(MergeSpan).UnixMilli()}
	k.mu.Lock()
	defer k.mu.Unlock()
	known := k.pending[at]
	switch {
	case e.Merged() && known != nil:
		if e.Until.After(known.Until) {
			known.Until, known.Details = e.Until, e.Details
		}
		known.At = slices.MinFunc([]time.Time{e.At, known.At}, time.Time.Compare)
		known.Count += e.Count
	case len(k.pending)+len(k.late) >= maxPending:
	case e.Merged():
		k.pending[at] = &e
	default:
		k.late = append(k.late, e)
	}
}

// keep writes entries. A request that is given up has changed something all the
// same.
func (k *Keeper) keep(ctx context.Context, entries []Entry) error {
	err := k.o.Store.AppendAudit(context.WithoutCancel(ctx), entries)
	k.note(err)
	return err
}

func (k *Keeper) note(err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err != nil {
		err = fmt.Errorf("keep who changed what: %w", err)
		if k.failed == nil || k.failed.Error() != err.Error() {
			k.o.Logger.Error("keep the audit", "error", err)
		}
	}
	k.failed = err
}

// Err is why the last entry was not kept, nil when it was.
func (k *Keeper) Err() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.failed
}

// Flush makes durable what is counted together, and what could not be written or
// compared before. Once an hour it forgets what is old. Whoever asks may give up;
// this goes on.
func (k *Keeper) Flush(ctx context.Context) {
	ctx = context.WithoutCancel(ctx)
	k.mu.Lock()
	entries := k.late
	for _, e := range k.pending {
		entries = append(entries, *e)
	}
	k.pending, k.late = map[key]*Entry{}, nil
	now := k.o.Now()
	prune := now.Sub(k.pruned).Abs() >= time.Hour
	k.mu.Unlock()
	if len(entries) > 0 {
		slices.SortStableFunc(entries, func(a, b Entry) int { return a.At.Compare(b.At) })
		if k.keep(ctx, entries) != nil {
			for _, e := range entries {
				k.wait(e)
			}
		}
	}
	k.retry(ctx)
	if !prune {
		return
	}
	n, err := k.o.Store.PruneAudit(ctx, now.Add(-k.o.Keep))
	if err != nil {
		k.note(err)
		return
	}
	if n > 0 {
		k.o.Logger.Info("forgot old entries of the audit", "count", n)
	}
	k.mu.Lock()
	k.pruned = now
	k.mu.Unlock()
}

// List returns the selected entries, the latest first.
func (k *Keeper) List(ctx context.Context, q Query) ([]Entry, error) {
	k.Flush(ctx)
	return k.o.Store.Audit(ctx, q)
}

// Things are what is compared with what was last seen: a kind of them, and of
// each by its name what matters in a line.
type Things struct {
	Kind           string
	Accept, Remove Action
	Actor          string
	Present        map[string]string
}

// Compare keeps an entry for each thing that is new, other than it was, or
// gone, also over a restart. What was seen and the entries about it are kept
// together; where they cannot be, the next Flush tries again.
func (k *Keeper) Compare(ctx context.Context, t Things) {
	k.comparing.Lock()
	defer k.comparing.Unlock()
	if delete(k.owed, t.Kind); !k.compare(context.WithoutCancel(ctx), &t) {
		k.owed[t.Kind] = t
	}
}

// retry compares once more what could not be compared.
func (k *Keeper) retry(ctx context.Context) {
	k.comparing.Lock()
	defer k.comparing.Unlock()
	maps.DeleteFunc(k.owed, func(_ string, t Things) bool { return k.compare(ctx, &t) })
}

// compare reports whether everything is kept that is to be.
func (k *Keeper) compare(ctx context.Context, t *Things) bool {
	before, err := k.o.Store.AuditState(ctx, t.Kind)
	if err != nil {
		k.note(err)
		return false
	}
	now := k.o.Now()
	changed := map[string]string{}
	var entries []Entry
	add := func(name string, action Action, is, details string) {
		changed[name] = is
		entries = append(entries, NewEntry(now, t.Actor, action, name, details))
	}
	for _, name := range slices.Sorted(maps.Keys(t.Present)) {
		switch is, was := t.Present[name], before[name]; {
		case is == was:
		case was == "":
			add(name, t.Accept, is, "new: "+is)
		default:
			add(name, t.Accept, is, is+"; was "+was)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if _, there := t.Present[name]; !there {
			add(name, t.Remove, "", "was "+before[name])
		}
	}
	if len(changed) == 0 {
		return true
	}
	err = k.o.Store.ChangeAuditState(ctx, t.Kind, changed, entries)
	k.note(err)
	return err == nil
}

func shorten(s string, most int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return s
}
