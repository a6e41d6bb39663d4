package gate

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"headroom/budget/audit"
	"headroom/budget/policy"
)

// Record is an answer that was given one or more times without a change of its
// State.
type Record struct {
	ID       string    `json:"id"`
	Caller   string    `json:"caller"`   // name of the token, "" for nobody known
	Decision Decision  `json:"decision"` // as it was given first, with the figures it rested on
	FirstAt  time.Time `json:"first_at"`
	LastAt   time.Time `json:"last_at"`
	Count    int64     `json:"count"`
}

// Audit returns the entry that is kept with a new record when a change passed
// what holds others.
func (r *Record) Audit(id string) (audit.Entry, bool) {
	d := &r.Decision
	if !d.Allowed || !slices.ContainsFunc(d.Reasons, func(r Reason) bool { return r.Effect == Passes }) {
		return audit.Entry{}, false
	}
	details := fmt.Sprintf("%s to %s, decision %s: %s", d.CountedAs, d.Environment, id, d.Summary)
	return audit.NewEntry(r.FirstAt, r.Caller, audit.GateExempt, d.Service, details), true
}

// Query selects records.
type Query struct {
	Service string   // "namespace/name"; "" for all
	Subject *Subject // nil for all
	After   *Place   // those after this one, in the order of the answer; nil: from the first
	Limit   int      // at most so many
}

// Place is that of a record in the order of answers, the latest first.
type Place struct {
	LastAt time.Time
	ID     string
}

// Subject is what the records of one sequence have in common.
type Subject struct {
	Service, Environment string
	Change, CountedAs    policy.Change
	Caller               string
}

func (r *Record) subject() Subject {
	d := &r.Decision
	return Subject{d.Service, d.Environment, d.Change, d.CountedAs, r.Caller}
}

// Store keeps records.
type Store interface {
	// SaveDecision inserts a record without an ID, with its entry of the audit if
	// it has one, and returns the ID it got;
	// of one with an ID it updates LastAt and Count, and inserts it again when
	// it is gone. It keeps a bounded number of records: those of known callers
	// are not removed for the sake of others.
	SaveDecision(ctx context.Context, r Record) (id string, err error)
	// Decisions returns the selected records, the latest LastAt first.
	Decisions(ctx context.Context, q Query) ([]Record, error)
}

// Bounds of what the journal holds back and remembers.
const (
	writeEvery  = time.Minute // repetitions are counted in memory so long
	maxSubjects = 4096
)

// journal writes each new state at once and repetitions of it now and then.
type journal struct {
	store Store

	mu   sync.Mutex
	open map[Subject]*openRecord
}

type openRecord struct {
	Record
	stored struct { // what the store has of it
		lastAt time.Time
		count  int64
	}
}

func newJournal(s Store) *journal { return &journal{store: s, open: map[Subject]*openRecord{}} }

// keep adds an answer and returns the record that it belongs to.
func (j *journal) keep(ctx context.Context, r Record) (Record, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	r.Decision.Environment = strings.ToLower(r.Decision.Environment)
	current, err := j.current(ctx, r.subject())
	if err != nil {
		return Record{}, err
	}
	if current != nil && current.Decision.State == r.Decision.State {
		current.LastAt = r.LastAt
		current.Count++
		if r.LastAt.Sub(current.stored.lastAt).Abs() < writeEvery { // more, too, when the clock was set back
			return current.Record, nil
		}
		return current.Record, j.write(ctx, current)
	}
	if current != nil {
		if err := j.write(ctx, current); err != nil {
			return Record{}, err
		}
	}
	begun := &openRecord{Record: r}
	if err := j.write(ctx, begun); err != nil {
		return Record{}, err
	}
	j.open[r.subject()] = begun
	return begun.Record, nil
}

// current returns the latest record of a subject, nil when there is none.
func (j *journal) current(ctx context.Context, s Subject) (*openRecord, error) {
	if r := j.open[s]; r != nil {
		return r, nil
	}
	if len(j.open) >= maxSubjects {
		if err := j.writeAll(ctx); err != nil {
			return nil, err
		}
		clear(j.open)
	}
	stored, err := j.store.Decisions(ctx, Query{Subject: &s, Limit: 1})
	if err != nil || len(stored) == 0 {
		return nil, err
	}
	r := &openRecord{Record: stored[0]}
	r.hasStored(r.ID)
	j.open[s] = r
	return r, nil
}

func (j *journal) write(ctx context.Context, r *openRecord) error {
	if r.stored.count == r.Count {
		return nil
	}
	id, err := j.store.SaveDecision(ctx, r.Record)
	if err != nil {
		return fmt.Errorf("keep the decision on %s: %w", r.Decision.Service, err)
	}
	r.hasStored(id)
	return nil
}

func (r *openRecord) hasStored(id string) {
	r.ID, r.stored.lastAt, r.stored.count = id, r.LastAt, r.Count
}

// flush writes every repetition that the store has not seen.
func (j *journal) flush(ctx context.Context) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.writeAll(ctx)
}

func (j *journal) writeAll(ctx context.Context) error {
	for _, r := range j.open {
		if err := j.write(ctx, r); err != nil {
			return err
		}
	}
	return nil
}
